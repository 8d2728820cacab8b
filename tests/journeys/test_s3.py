"""The whole story with a copy in a bucket, or both: deposit, audit, damage, repair, copies out, rebuild."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from s3_server import S3Server

from luutru.packaging.unpack import Limits
from luutru.packaging.verify import verify
from luutru.repository.access import disseminate_folder
from luutru.repository.archive import Archive, open_archive
from luutru.repository.audit import AuditSummary, Damage, audit
from luutru.repository.catalog import reading
from luutru.repository.holdings import events_of, object_ids
from luutru.repository.ingest import ingest
from luutru.repository.rebuild import rebuild, rows_of
from luutru.repository.recovery import recover
from luutru.repository.repair import Mended, repair
from luutru.repository.s3_storage import S3Storage

LUUTRU = Path(sys.executable).with_name("luutru")
KINDS = [("folder", "bucket"), ("bucket", "folder"), ("bucket", "bucket")]


def make_bag(bag: Path, files: int = 3, size: int = 3000) -> Path:
    chance, lines = random.Random(1), []
    (bag / "data").mkdir(parents=True)
    for number in range(files):
        data = chance.randbytes(size)
        (bag / "data" / f"Tờ trình {number}").write_bytes(data)
        lines.append(f"{hashlib.sha256(data).hexdigest()}  data/Tờ trình {number}\n")
    (bag / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    (bag / "manifest-sha256.txt").write_text("".join(lines), "utf-8")
    return bag


def write_settings(
    home: Path,
    kinds: tuple[str, ...],
    server: S3Server,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    **more: str,
) -> None:
    """Settings with keys in variables of their own names, as an operator would write them."""
    monkeypatch.setenv("TEST_S3_KEY", server.key)
    monkeypatch.setenv("TEST_S3_SECRET", server.secret)
    lines = []
    for number, kind in enumerate(kinds, 1):
        lines += ["[[locations]]", f'name = "place-{number}"']
        if kind == "folder":
            lines.append(f'path = "storage/{number}"')
            continue
        settings = {
            "url": f"{url}/{number}",
            "endpoint": server.endpoint,
            "key_variable": "TEST_S3_KEY",
            "secret_variable": "TEST_S3_SECRET",
            **more,
        }
        lines += [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    home.mkdir()
    (home / "luutru.toml").write_text("\n".join(lines), "utf-8")


@pytest.fixture(params=KINDS, ids="-".join)
def archive(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    s3_server: S3Server,
    s3_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Archive:
    write_settings(tmp_path / "home", request.param, s3_server, s3_url, monkeypatch)
    return open_archive(tmp_path / "home")


def bucket_of(archive: Archive) -> S3Storage:
    return next(storage for storage in archive.locations if isinstance(storage, S3Storage))


def damage(storage: S3Storage, path: str, server: S3Server) -> bytes:
    """Other bytes at a key, written by somebody else who knows nothing of digests; returns them."""
    data = bytearray(storage.bucket.get(path))
    data[len(data) // 2] ^= 1
    client = server.client()
    client.put_object(Bucket=storage.bucket.bucket, Key=storage.bucket.key(path), Body=bytes(data))
    assert storage.bucket.get(path) == data
    return bytes(data)


def run_audit(archive: Archive, **options: Any) -> tuple[AuditSummary, list[Damage]]:
    found: list[Damage] = []
    return audit(archive, on_damage=found.append, **options), found


def content_of(archive: Archive) -> str:
    return next(f.path for f in archive.first.list("ocfl") if "/data/T" in f.path)


def test_the_whole_story(archive: Archive, s3_server: S3Server, tmp_path: Path) -> None:
    bag = make_bag(tmp_path / "bag")
    outcome = ingest(archive, bag, agency="H29")
    assert outcome.status == "stored" and outcome.object_id
    held = [
        {file.path: storage.read(file.path).read() for file in storage.list("ocfl")}
        for storage in archive.locations
    ]
    assert held[0] == held[1] and len(held[0]) > 10
    summary, found = run_audit(archive)
    assert found == [] and (summary.intact, summary.attested) == (2, 0)
    for storage in archive.locations:
        assert [path.name for path in storage.staging.iterdir()] == []

    bucket, path = bucket_of(archive), content_of(archive)
    other = damage(bucket, path, s3_server)
    summary, found = run_audit(archive)
    assert [(item.location, str(item.outcome)) for item in found] == [(bucket.name, "altered")]
    assert path.endswith(found[0].path)

    done: list[Mended] = []
    assert repair(archive, on_action=done.append).unrepairable == 0
    assert [mended.action for mended in done] == ["restored"]
    assert bucket.bucket.get(done[0].quarantine) == other
    assert run_audit(archive)[1] == []

    dip = tmp_path / "copy"
    disseminate_folder(archive, outcome.object_id, dip)
    report, statement = verify(dip, archive.key.public, limits=Limits())
    assert report.valid and statement
    given = {file.name: file.read_bytes() for file in (dip / "data").rglob("Tờ*")}
    assert given == {file.name: file.read_bytes() for file in (bag / "data").iterdir()}

    before = rows_of(archive)
    archive.engine.dispose()
    for file in archive.settings.home.glob("catalogue.db*"):
        file.unlink()
    anew = open_archive(archive.settings.home, rebuilding=True)
    assert rebuild(anew, bucket.name).objects == 1
    assert rows_of(anew) == before


def test_a_lost_bucket_is_filled_again(archive: Archive, tmp_path: Path) -> None:
    ingest(archive, make_bag(tmp_path / "bag"), agency="H29")
    bucket = bucket_of(archive)
    for key in list(bucket.bucket.keys("ocfl")):
        if "/v1" in key.path or key.path.endswith("inventory.json"):
            bucket.bucket.delete(key.path)
    summary, found = run_audit(archive)
    assert summary.damaged == 1 and {item.location for item in found} == {bucket.name}
    assert repair(archive).unrepairable == 0
    assert run_audit(archive)[1] == []


def test_attested_is_said_and_read_back_reads(
    s3_server: S3Server, s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_settings(tmp_path / "home", ("folder", "bucket"), s3_server, s3_url, monkeypatch, audit="attested")
    archive = open_archive(tmp_path / "home")
    object_id = ingest(archive, make_bag(tmp_path / "bag"), agency="H29").object_id or ""
    summary, found = run_audit(archive)
    assert found == [] and 0 < summary.attested < summary.files
    back, found = run_audit(archive, read_back=True)
    assert found == [] and back.attested == 0 and back.bytes > summary.bytes
    with reading(archive.engine) as session:
        events = [e for e in events_of(session, object_id) if e.type == "fixity check" and e.location]
    told = {
        (e.location, "attested by the server" in e.detail, "read in full" in e.detail) for e in events[:2]
    }
    assert told == {("place-1", False, True), ("place-2", True, True)}
    assert not any("attested" in e.detail for e in events[2:])
    # Other bytes that the server attests, and other bytes that it attests nothing of: both are seen.
    bucket, path = bucket_of(archive), content_of(archive)
    right = bucket.bucket.get(path)
    bucket.write_file(path, b"changed")
    assert [str(item.outcome) for item in run_audit(archive)[1]] == ["altered"]
    bucket.write_file(path, right)
    assert run_audit(archive)[1] == []
    damage(bucket, path, s3_server)
    assert [str(item.outcome) for item in run_audit(archive)[1]] == ["altered"]


def test_the_commands_work_with_buckets(s3_server: S3Server, s3_url: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "LUUTRU_HOME": str(tmp_path / "home"),
        "AWS_ACCESS_KEY_ID": s3_server.key,
        "AWS_SECRET_ACCESS_KEY": s3_server.secret,
        "AWS_ENDPOINT_URL_S3": s3_server.endpoint,
    }

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(LUUTRU), *arguments], env=environment, capture_output=True, text=True, check=False
        )

    made = run("init", "--storage", f"a={tmp_path / 'a'}", "--storage", f"b={s3_url}")
    assert made.returncode == 0 and s3_url in made.stdout.replace("\n", "")
    bag = make_bag(tmp_path / "bag")
    assert run("ingest", str(bag), "--agency", "H29").returncode == 0
    done = run("audit", "--read-back", "--format", "jsonl")
    assert done.returncode == 0 and json.loads(done.stdout)["summary"]["copies"] == 2
    environment["AWS_SECRET_ACCESS_KEY"] = "geheim"
    refused = run("audit")
    assert refused.returncode == 1 and "geheim" not in refused.stdout + refused.stderr


@pytest.mark.parametrize("seed", range(2))
def test_ingest_killed_at_any_moment(
    seed: int, tmp_path: Path, s3_server: S3Server, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever the kill falls, the same deposit succeeds after it, and each copy is whole."""
    home, chance = tmp_path / "home", random.Random(seed)
    write_settings(home, ("bucket", "bucket"), s3_server, s3_url, monkeypatch)
    bag = make_bag(tmp_path / "bag", files=80)
    command = [str(LUUTRU), "ingest", str(bag), "--agency", "H29", "--format", "jsonl", "--home", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    staging = home / "staging" / "place-1"
    while not (staging.exists() and any(staging.iterdir())) and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 3))
    process.kill()
    said = process.communicate()[0]
    acknowledged = json.loads(said)["object"] if said.endswith("\n") else None

    archive = open_archive(home)
    recover(archive)
    held = list(object_ids(archive))
    assert len(held) <= 1 and (not acknowledged or held == [acknowledged])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["status"]) == (0, "stored")
    assert object_ids(archive) == [json.loads(done.stdout)["object"]]
    summary = audit(archive)
    assert (summary.objects, summary.intact) == (1, 2)
    for storage in archive.locations:
        assert len(list(storage.list_objects())) == 1
        assert [p.name for p in storage.staging.iterdir() if p.is_dir()] == []
    shutil.rmtree(home)
