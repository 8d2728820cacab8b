"""Reading ahead: whatever is read, and by however many workers, the faults are those of a plain check."""

import hashlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.fixity import read_ahead
from luutru.fixity.check import check_files
from luutru.fixity.parallel import run as parallel_run
from luutru.fixity.read_ahead import ReadAhead
from luutru.fixity.verdict import Outcome
from luutru.fixity.walk import list_files

ALGORITHMS = ("sha512", "md5")
STATES = ["good", "altered", "missing", "folder", "link", "unclaimed"]


@pytest.mark.parametrize("batch", [1, 3, 512])
@pytest.mark.parametrize("workers", [0, 2])
@given(states=st.lists(st.sampled_from(STATES), max_size=12))
def test_the_faults_are_those_of_a_plain_check(workers: int, batch: int, states: list[str]) -> None:
    if workers and len(states) % 4:  # starting processes costs: a quarter of the cases has them
        workers = 0
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_ahead, "BATCH_FILES", batch)
        patch.setattr(read_ahead, "workers_for", lambda *_: workers)
        root = Path(folder)
        claimed = [(f"f{at:02d}", state) for at, state in enumerate(states) if state != "unclaimed"]
        for at, state in enumerate(states):
            make(root / f"f{at:02d}", state)
        claims = [
            (name, {path: hashlib.new(name, b"record").digest() for path, _ in claimed})
            for name in ALGORITHMS
        ]
        found = ReadAhead.of(root, {f"f{at:02d}": 6 for at in range(len(states))}, ALGORITHMS).faults(claims)
        expected = {path: [(name, digests[path]) for name, digests in claims] for path, _ in claimed}
        plain = check_files(root, expected)
        assert {(v.path, v.outcome, v.detail) for v in found} == {
            (v.path, v.outcome, v.detail) for v in plain if v.outcome is not Outcome.INTACT
        }


def make(path: Path, state: str) -> None:
    if state == "folder":
        path.mkdir()
    elif state == "link":
        path.symlink_to("elsewhere")
    elif state != "missing":
        path.write_bytes(b"record" if state == "good" else b"Record")


def test_files_are_read_while_they_are_listed(tmp_path: Path) -> None:
    """What is listed is what is read, names beyond ASCII and folders within folders too."""
    names = ["a", "hồ sơ/công văn.txt", "hồ sơ/phụ lục/1", "z/y/x"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    told: list[tuple[int, int]] = []
    ahead = ReadAhead(tmp_path, ("sha256",), progress=lambda *done: told.append(done))
    sizes = list_files(tmp_path, found=ahead.add).sizes
    ahead.close()
    right = {name: hashlib.sha256(name.encode()).digest() for name in names}
    assert list(ahead.faults([("sha256", right)])) == []
    assert [sum(part) for part in zip(*told, strict=True)] == [len(names), sum(sizes.values())]
    (fault,) = ahead.faults([("sha256", {**right, "z/y/x": bytes(32)})])
    assert (fault.path, fault.outcome, fault.detail) == ("z/y/x", Outcome.ALTERED, "sha256")


@pytest.mark.parametrize("size", [0, 1, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, (1 << 20) + 1])
def test_files_of_any_size_are_read_to_their_end(tmp_path: Path, size: int) -> None:
    """One read is enough for a small file only where it gave all that there is."""
    data = os.urandom(size)
    (tmp_path / "x").write_bytes(data)
    ahead = ReadAhead.of(tmp_path, {"x": size}, ALGORITHMS)
    assert list(ahead.faults([(name, {"x": hashlib.new(name, data).digest()}) for name in ALGORITHMS])) == []
    (fault,) = ahead.faults([("md5", {"x": hashlib.md5(data + b"more").digest()})])
    assert fault.outcome is Outcome.ALTERED


@pytest.mark.parametrize(("at_once", "started"), [(1, 4), (2, 2), (8, 1)])
def test_those_that_read_at_once_share_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, started: int
) -> None:
    crews: list[int] = []

    def run(task: Any, shared: Any, batches: Any, workers: int) -> Any:
        crews.append(workers)
        return parallel_run(task, shared, batches, min(workers, 1))

    monkeypatch.setattr(read_ahead, "run", run)
    monkeypatch.setattr(read_ahead, "workers_for", lambda *_: 4)
    (tmp_path / "x").write_bytes(b"record")
    ahead = ReadAhead(tmp_path, ("sha256",), at_once=at_once)
    ahead.add("x", 6)
    ahead.close()
    assert list(ahead.faults([("sha256", {"x": hashlib.sha256(b"record").digest()})])) == []
    assert crews == [started]
