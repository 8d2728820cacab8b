"""The story of many machines on this one: PostgreSQL, an S3 server, a service and two workers.

A worker is killed in the middle of an ingest and the other finishes it; a file in the bucket is
altered, found and repaired; a copy is handed out and verified.  `make demo-distributed` runs it;
everything it starts is real, and gone at its end.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "plugins"))

import httpx
from rich.console import Console
from s3_server import S3Server, shared_server

from databases import started_server
from luutru.packaging.samples.as_bag import make_bag
from luutru.packaging.samples.records import make_records

LUUTRU = str(Path(sys.executable).with_name("luutru"))
DEAD_AFTER_SECONDS = "3"

out = Console(highlight=False)


class Machine:
    """A home of its own; database, locations and one folder are shared with the others."""

    def __init__(self, name: str, place: Path, database: str, s3: S3Server) -> None:
        self.name = name
        self.home = place / name
        self.home.mkdir()
        (self.home / "luutru.toml").write_text(
            f'database_url = "{database}"\nshared = "{place / "shared"}"\n'
            f'[[locations]]\nname = "disk"\npath = "{place / "disk"}"\nmedium = "disk"\n'
            f'[[locations]]\nname = "bucket"\nurl = "s3://{s3.bucket}/holdings"\nendpoint = "{s3.endpoint}"\n'
            'key_variable = "S3_KEY"\nsecret_variable = "S3_SECRET"\nmedium = "object store"\n',
            encoding="utf-8",
        )
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LUUTRU_")},
            "LUUTRU_HOME": str(self.home),
            "LUUTRU_WORKER_DEAD_AFTER_SECONDS": DEAD_AFTER_SECONDS,
            "LUUTRU_LANGUAGE": "en",
            "S3_KEY": s3.key,
            "S3_SECRET": s3.secret,
        }

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """A command of this machine, in the background."""
        return subprocess.Popen(
            [LUUTRU, *command], env=self.environment, text=True, stdout=subprocess.DEVNULL
        )

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """A command of this machine, to its end."""
        return subprocess.run(
            [LUUTRU, *command], env=self.environment, text=True, capture_output=True, check=False
        )

    def lines(self, *command: str) -> list[dict[str, Any]]:
        """What a command says for programs."""
        return [json.loads(line) for line in self.run(*command, "--format", "jsonl").stdout.splitlines()]


class Service:
    """The REST service as an agency and the staff call it."""

    def __init__(self, machine: Machine, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._machine = machine

    def __call__(self, token: str, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        answer = httpx.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=60, **options)
        answer.raise_for_status()
        return answer

    def token(self, *who: str) -> str:
        """A bearer token, issued on the machine."""
        return self._machine.run("token", *who).stdout.strip()

    def finished(self, token: str, path: str, *until: str) -> dict[str, Any]:
        """A resource once its status is one of those."""
        found: dict[str, Any] = {}
        wait(lambda: bool(found.update(self(token, "GET", path).json()) or found["status"] in until), path)
        return found


def wait(done: Any, what: str, seconds: float = 120) -> None:
    """Return once something is so.  Raises TimeoutError."""
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(0.05)


@contextmanager
def running(process: "subprocess.Popen[str]") -> Iterator["subprocess.Popen[str]"]:
    """A process that ends with this block, whatever happens."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


def tell(text: str) -> None:
    """One step of the story."""
    out.print(f"\n[bold]{text}[/]")


def show(text: str) -> None:
    """What came of it."""
    out.print(f"  [green]✓[/] {text}")


def main() -> None:
    """Tell the story; raises where it does not go as it should."""
    # PostgreSQL runs as a user of its own, who sees no folder of ours.
    place, cluster = (Path(tempfile.mkdtemp(prefix=f"luutru-{name}-")) for name in ("distributed", "pg"))
    try:
        with started_server(cluster) as server, shared_server(place) as s3:
            _story(place, server.database(empty=True), s3)
    finally:
        for folder in (place, cluster):
            shutil.rmtree(folder, ignore_errors=True)


def _story(place: Path, database: str, s3: S3Server) -> None:
    began = time.monotonic()
    tell("1. Three machines share a PostgreSQL database, a disk and an S3 bucket.")
    door, first, second = (Machine(name, place, database, s3) for name in ("door", "first", "second"))
    assert door.run("init").returncode == 0, door.run("init").stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = Service(door, port)
    with running(door.start("serve", "--no-work", "--port", str(port))):
        wait(lambda: _answers(service.url), "the service")
        agency, staff = service.token("--agency", "H99.08"), service.token("--staff")
        show(f"the service answers at {service.url} and leaves the work to workers")

        tell("2. An agency hands over a file.")
        deposit = _deposit(service, agency, place)
        show(f"deposit {deposit} is accepted: whatever dies now, it is not lost")

        tell("3. The first worker takes it up, and its machine dies.")
        with running(first.start("worker")) as doomed:
            wait(
                lambda: service(staff, "GET", f"/jobs/{deposit}").json()["status"] == "running",
                "the first worker",
            )
            doomed.kill()
        job = service(staff, "GET", f"/jobs/{deposit}").json()
        assert job["status"] == "running"
        show(f"worker {job['worker']} was killed in the middle of the ingest")

        tell(f"4. The second worker notices after {DEAD_AFTER_SECONDS} seconds, and takes over.")
        with running(second.start("worker")):
            stored = service.finished(agency, f"/deposits/{deposit}", "stored", "rejected", "failed")
            job = service.finished(staff, f"/jobs/{deposit}", "done", "failed")
            assert (stored["status"], job["takeovers"]) == ("stored", 1), (stored, job)
            object_id = stored["object"]
            show(f"stored as {object_id} by worker {job['worker']}")
            copies = service(staff, "GET", f"/objects/{object_id}/copies").json()["items"]
            for copy in copies:
                show(f"{copy['location']}: {copy['state']}, read back {copy['checked'][:19]}")

            tell("5. Somebody alters a file in the bucket.")
            key = _alter(s3)
            show(key)
            audit = service(staff, "POST", "/audits", json={}).json()
            found = service.finished(staff, f"/audits/{audit['id']}", "done")["result"]
            assert found["damages_total"] == 1, found
            (damage,) = found["damages"]
            show(f"the audit finds it: {damage['location']}, {damage['path']}, {damage['outcome']}")

            tell("6. It is repaired from the disk.")
            repair = service(staff, "POST", "/repairs", json={}).json()
            mended = service.finished(staff, f"/jobs/{repair['id']}", "done")["result"]
            assert (mended["repaired"], mended["unrepairable"]) == (1, 0), mended
            show(f"{mended['actions'][0]['path']} from {mended['actions'][0]['source']}")
            (summary,) = (line["summary"] for line in second.lines("audit") if "summary" in line)
            assert (summary["intact"], summary["damaged"]) == (2, 0), summary
            show(f"{summary['intact']} copies intact, {summary['files']} files read in full")

            tell("7. A reader receives a copy that proves itself.")
            copy = service(agency, "POST", "/disseminations", json={"object": object_id}).json()
            service.finished(agency, f"/disseminations/{copy['id']}", "done")
            file = place / "copy.zip"
            file.write_bytes(service(agency, "GET", f"/disseminations/{copy['id']}/content").content)
            verified = door.run("verify", str(file))
            assert verified.returncode == 0, verified.stdout
            show(f"{file.name}, {file.stat().st_size:,} bytes: genuine, checked offline")
    doctor = second.run("doctor")
    assert doctor.returncode == 0, doctor.stdout
    show("the doctor finds nothing that is not as it should be")
    out.print(f"\nDone in {time.monotonic() - began:.1f} seconds. What was started is gone.")


def _answers(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/health", timeout=5).json()["status"] == "ok")
    except httpx.TransportError:
        return False


def _deposit(service: Service, token: str, place: Path) -> str:
    (place / "records").mkdir()
    make_records(place / "records")
    bag = make_bag(place / "records", place / "bag")
    packed = Path(shutil.make_archive(str(place / "package"), "zip", place, bag.name))
    deposit = str(service(token, "POST", "/deposits", json={"name": "hồ sơ.zip"}).json()["id"])
    service(token, "PUT", f"/deposits/{deposit}/content", content=packed.read_bytes())
    service(token, "POST", f"/deposits/{deposit}/submit")
    return deposit


def _alter(s3: S3Server) -> str:
    client = s3.client()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=s3.bucket, Prefix="holdings/ocfl/")
    key = next(item["Key"] for page in pages for item in page["Contents"] if item["Key"].endswith(".pdf"))
    data = client.get_object(Bucket=s3.bucket, Key=key)["Body"].read()
    changed = data[:100] + bytes([data[100] ^ 1]) + data[101:]
    client.put_object(Bucket=s3.bucket, Key=key, Body=changed)
    return f"{key.rpartition('/')[2]}: one bit of byte 100"


if __name__ == "__main__":
    main()
