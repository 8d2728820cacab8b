"""The verdict on every file: the right word, whatever the name, the medium or the number of workers."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.fixity import check
from luutru.fixity.check import check_files, digest_files
from luutru.fixity.digest import ChangedWhileRead, FileDigest, UnknownAlgorithm
from luutru.fixity.read_ahead import ReadAhead
from luutru.fixity.verdict import Outcome

SHA = hashlib.sha256(b"record").digest()
MD5 = hashlib.md5(b"record").digest()


def outcomes(root: Path, expected: check.Expected, workers: int = 0) -> dict[str, Outcome]:
    return {verdict.path: verdict.outcome for verdict in check_files(root, expected, workers=workers)}


IMPOSSIBLE = ["a\0b", "\ud800", "x" * 256, "/".join(["x" * 200] * 30), "no/such", "record/below"]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("path", IMPOSSIBLE, ids=lambda path: ascii(path)[:12])
def test_a_name_that_no_file_can_have_is_missing(path: str, workers: int, tmp_path: Path) -> None:
    (tmp_path / "record").write_bytes(b"record")
    expected = {"record": [("sha256", SHA)], path: [("sha256", SHA)]}
    assert outcomes(tmp_path, expected, workers) == {"record": Outcome.INTACT, path: Outcome.MISSING}
    found = dict(digest_files(tmp_path, {path: 6, "record": 6}, ("sha256",), workers=workers))
    assert isinstance(found[path], OSError) and isinstance(found["record"], FileDigest)


@given(path=st.text(st.characters(), min_size=1, max_size=20))
def test_any_name_gets_a_verdict(path: str) -> None:
    assert outcomes(Path("/nonexistent"), {path: [("sha256", SHA)]}) == {path: Outcome.MISSING}


@pytest.mark.parametrize(
    ("wanted", "detail"),
    [
        ([("sha256", SHA), ("md5", MD5)], ""),
        ([("sha256", SHA), ("md5", bytes(16))], "md5"),
        ([("sha256", bytes(32)), ("md5", MD5)], "sha256"),
        ([("md5", bytes(16)), ("sha256", bytes(32))], "md5, sha256"),
        ([("sha256", SHA[:31])], "sha256"),
        ([], ""),
    ],
)
def test_every_digest_counts_and_the_wrong_ones_are_named(
    wanted: Sequence[tuple[str, bytes]], detail: str, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(b"record")
    (verdict,) = check_files(tmp_path, {"x": wanted}, sizes={"x": 6})
    assert (verdict.outcome, verdict.detail) == (Outcome.ALTERED if detail else Outcome.INTACT, detail)
    claims = [(name, {"x": digest}) for name, digest in wanted]
    faults = list(ReadAhead.of(tmp_path, {"x": 6}, ("md5", "sha256")).faults(claims))
    assert [(fault.outcome, fault.detail) for fault in faults] == (
        [(Outcome.ALTERED, detail)] if detail else []
    )


def test_a_file_that_changes_while_it_is_checked_is_altered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest that happens to fit says nothing of the bytes that are there now."""
    (tmp_path / "x").write_bytes(b"record")
    real = os.read

    def read(handle: int, length: int) -> bytes:
        data = real(handle, length)
        os.utime(tmp_path / "x", ns=(1, 1))
        return data

    monkeypatch.setattr(os, "read", read)
    (verdict,) = check_files(tmp_path, {"x": [("sha256", SHA)]})
    assert verdict.outcome is Outcome.ALTERED and "changed" in verdict.detail


def test_a_medium_that_fails_is_unreadable_and_never_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_bytes(b"record")

    def broken(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", broken)
    (verdict,) = check_files(tmp_path, {"x": [("sha256", SHA)]})
    assert (verdict.outcome, verdict.detail) == (Outcome.UNREADABLE, "Input/output error")


def test_a_link_in_place_of_a_file_is_not_that_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"record")
    (tmp_path / "x").symlink_to("real")
    assert outcomes(tmp_path, {"x": [("sha256", SHA)]}) == {"x": Outcome.UNREADABLE}


@pytest.mark.parametrize("workers", [0, 2])
def test_an_algorithm_that_is_unknown_is_no_damage(workers: int, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(b"record")
    with pytest.raises(UnknownAlgorithm):
        list(check_files(tmp_path, {"a": [("crc32", b"")], "b": [("crc32", b"")]}, workers=workers))
    with pytest.raises(UnknownAlgorithm):
        list(ReadAhead.of(tmp_path, {"a": 6}, ("crc32",)).faults([("crc32", {"a": b""})]))


def test_nothing_to_check_is_nothing(tmp_path: Path) -> None:
    assert list(check_files(tmp_path, {})) == []
    assert list(digest_files(tmp_path, {}, ("md5",))) == []
    assert list(ReadAhead.of(tmp_path, {}, ("md5",)).faults([("md5", {})])) == []


def test_progress_counts_what_was_read(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    def progress(files: int, size: int) -> None:
        told.append((files, size))

    for number in range(600):
        (tmp_path / str(number)).write_bytes(b"record")
    names = {str(number): [("sha256", SHA)] for number in range(600)}
    assert all(v.outcome is Outcome.INTACT for v in check_files(tmp_path, names, progress=progress))
    assert [sum(column) for column in zip(*told, strict=True)] == [600, 3600]


def test_errors_travel_between_processes_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    found = dict(digest_files(tmp_path, {"gone": 1, "folder": 1}, ("md5",), workers=2))
    assert isinstance(found["gone"], FileNotFoundError) and found["gone"].errno == 2
    assert isinstance(found["folder"], OSError) and not isinstance(found["folder"], ChangedWhileRead)
