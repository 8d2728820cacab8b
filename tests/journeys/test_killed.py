"""The process is killed in the middle: nothing acknowledged is lost, nothing half-done stays."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from luutru.repository.archive import open_archive
from luutru.repository.audit import audit
from luutru.repository.holdings import object_ids
from luutru.repository.recovery import recover
from luutru.repository.repair import repair

LUUTRU = Path(sys.executable).with_name("luutru")


@pytest.mark.parametrize("seed", range(5))
def test_ingest_killed_at_any_moment(seed: int, tmp_path: Path) -> None:
    """At whatever instruction the kill falls, the archive is whole and the same deposit succeeds after it."""
    import hashlib

    chance = random.Random(seed)
    bag = tmp_path / "bag"
    (bag / "data").mkdir(parents=True)
    lines = []
    for number in range(400):
        data = chance.randbytes(2000)
        (bag / "data" / f"{number}").write_bytes(data)
        lines.append(f"{hashlib.sha256(data).hexdigest()}  data/{number}\n")
    (bag / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    (bag / "manifest-sha256.txt").write_text("".join(lines))
    environment = {**os.environ, "LUUTRU_HOME": str(tmp_path / "home")}
    command = [str(LUUTRU), "ingest", str(bag), "--agency", "H29", "--format", "jsonl"]

    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    waited = time.monotonic() + 30
    staging = tmp_path / "home" / "storage" / "local-1" / "staging"
    while not (staging.exists() and any(staging.iterdir())) and time.monotonic() < waited:
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 1.2))
    process.kill()
    said = process.communicate()[0]
    acknowledged = json.loads(said)["object"] if said.endswith("\n") else None

    archive = open_archive(tmp_path / "home")
    recover(archive)
    held = list(object_ids(archive))
    assert len(held) <= 1
    if acknowledged:
        assert held == [acknowledged]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    outcome = json.loads(done.stdout)
    assert (done.returncode, outcome["status"]) == (0, "stored")
    if held:
        assert outcome["object"] == held[0]
    assert object_ids(archive) == [outcome["object"]]
    found: list[object] = []
    summary = audit(archive, on_damage=found.append)
    assert found == [] and (summary.objects, summary.copies) == (1, 2)
    for storage in archive.locations:
        assert len(list(storage.list_objects())) == 1
        # A single file half-written when the kill fell waits in staging until it is a day old.
        assert [p.name for p in storage.staging.iterdir() if p.is_dir()] == []


def test_repair_killed_between_quarantine_and_restoring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from luutru.packaging.samples.as_bag import make_bag
    from luutru.packaging.samples.records import make_records
    from luutru.repository import repair as repair_module
    from luutru.repository.ingest import ingest

    (tmp_path / "records").mkdir()
    make_records(tmp_path / "records")
    archive = open_archive(tmp_path / "home")
    assert ingest(archive, make_bag(tmp_path / "records", tmp_path / "bag"), agency="H29").status == "stored"
    file = next(f for f in archive.first.list("ocfl") if f.path.endswith(".pdf"))
    (Path(archive.first.place) / file.path).write_bytes(b"damaged")

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(repair_module, "copy_file", die)
        with pytest.raises(Killed):
            repair(archive)
    again = open_archive(tmp_path / "home")
    assert audit(again).damaged == 1
    assert repair(again).unrepairable == 0
    assert audit(again).damaged == 0
