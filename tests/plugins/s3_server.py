"""A real S3 server for tests: SeaweedFS, one for all processes of a test run, gone with the run.

It checks the digests that are sent with an upload and has conditional writes; a server that
accepts a wrong checksum would be no test of us.
"""

import fcntl
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from luutru.repository.s3_client import client_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SECONDS_TO_START = 120
_GRPC = 10_000


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where a server listens and what opens it."""

    endpoint: str
    bucket: str = "luutru-test"
    key: str = "luutru-test"
    secret: str = "luutru-test-secret"

    def client(
        self, *, endpoint: str = "", attempts: int = 4, read_seconds: float = 60, secret: str = ""
    ) -> "S3Client":
        """A client as a location has one; it may go through a proxy in front of the server."""
        return client_of(
            boto3.Session(),
            endpoint=endpoint or self.endpoint,
            key=self.key,
            secret=secret or self.secret,
            attempts=attempts,
            read_seconds=read_seconds,
        )


@contextmanager
def shared_server(folder: Path) -> Iterator[S3Server]:
    """The server of a test run, started by whichever process asks first, ended by the last one.

    ``folder`` is shared by the processes of the run.
    """
    note, users = folder / "s3-server.json", folder / "s3-server.users"
    with _locked(folder):
        users.write_text(str(int(users.read_text()) + 1 if users.exists() else 1))
        if not note.exists():
            pid, data, server = _start()
            note.write_text(json.dumps({"pid": pid, "data": str(data), "server": asdict(server)}))
        told = json.loads(note.read_text())
    try:
        yield S3Server(**told["server"])
    finally:
        with _locked(folder):
            left = int(users.read_text()) - 1
            users.write_text(str(left))
            if left == 0:
                _end(told["pid"], Path(told["data"]))
                note.unlink()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "s3-server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start() -> tuple[int, Path, S3Server]:
    weed = Path(sys.executable).with_name("weed")
    data = Path(tempfile.mkdtemp(prefix="luutru-s3-"))
    master, volume, filer, s3 = _free_ports(4)
    server = S3Server(f"http://127.0.0.1:{s3}")
    credentials = [{"accessKey": server.key, "secretKey": server.secret}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    identity = {"name": "test", "credentials": credentials, "actions": actions}
    (data / "s3.json").write_text(json.dumps({"identities": [identity]}))
    command = [
        str(weed),
        "server",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={master}",
        f"-volume.port={volume}",
        "-filer",
        f"-filer.port={filer}",
        "-s3",
        f"-s3.port={s3}",
        f"-s3.config={data / 's3.json'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=500",
    ]
    with (data / "log").open("wb") as log:
        # A session of its own: an interrupt of the tests must not reach it before they are done.
        process = subprocess.Popen(command, cwd=data, stdout=log, stderr=log, start_new_session=True)
    until = time.monotonic() + _SECONDS_TO_START
    client = server.client(attempts=1)
    while True:
        try:
            client.create_bucket(Bucket=server.bucket)
            client.put_object(Bucket=server.bucket, Key="is-it-up", Body=b"yes")
            return process.pid, data, server
        except (BotoCoreError, ClientError) as error:
            if process.poll() is not None or time.monotonic() > until:
                log_text = (data / "log").read_text(errors="replace")[-2000:]
                _end(process.pid, data)
                raise RuntimeError(f"the S3 server does not start: {error}\n{log_text}") from error
            time.sleep(0.1)


def _end(pid: int, data: Path) -> None:
    # On SIGTERM it takes half a minute to end.
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)
    shutil.rmtree(data, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    """Ports that are free together with the one 10,000 above, which the server takes for itself."""
    found: set[int] = set()
    while len(found) < count:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as one, socket.socket() as other, suppress(OSError):
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + _GRPC))
            found.add(port)
    return sorted(found)
