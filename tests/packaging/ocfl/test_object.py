"""Objects: versions built, committed and read back; a crash at any point leaves old or new."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from luutru.packaging.ocfl.commit import (
    Conflict,
    Recovery,
    commit_first,
    commit_next,
    read_object,
    resume_or_revert,
)
from luutru.packaging.ocfl.inventory import InventoryError, User
from luutru.packaging.ocfl.object import ObjectFile, StagingError, first_version, next_version
from luutru.packaging.ocfl.storage import Occupied

if TYPE_CHECKING:
    from tests.packaging.ocfl.conftest import Archive

FILES = {
    "METS.xml": b"<mets/>",
    "representations/rep1/data/Tờ trình.pdf": b"%PDF",
    "empty": b"",
    "again": b"%PDF",
}
NEW = {"representations/rep2/data/Tờ trình.txt": b"text", "METS.xml": b"<mets></mets>"}


def test_a_first_version_is_what_the_specification_says(archive: Archive) -> None:
    inventory = archive.store(FILES)
    folder = archive.folder
    assert (folder / "0=ocfl_object_1.1").read_bytes() == b"ocfl_object_1.1\n"
    data = (folder / "inventory.json").read_bytes()
    assert (folder / "v1/inventory.json").read_bytes() == data
    sidecar = f"{hashlib.sha512(data).hexdigest()} inventory.json\n".encode()
    assert (folder / "inventory.json.sha512").read_bytes() == sidecar
    assert (folder / "v1/inventory.json.sha512").read_bytes() == sidecar
    assert read_object(archive.storage, archive.path) == inventory
    assert set(inventory.state) == set(FILES)
    assert not list(archive.storage.staging.iterdir())


def test_a_next_version_adds_changes_and_removes_and_keeps_every_byte(archive: Archive) -> None:
    first = archive.store(FILES)
    before = {p: p.read_bytes() for p in (archive.folder / "v1").rglob("*") if p.is_file()}
    second = archive.store_next(first, NEW, removed=["empty"], known={"METS-1.xml": FILES["METS.xml"]})
    assert read_object(archive.storage, archive.path) == second
    assert set(second.state) == {*FILES, *NEW, "METS-1.xml"} - {"empty"}
    assert second.versions["v1"].state == first.state
    content = dict(second.content_paths())
    assert content["METS-1.xml"] == "v1/content/METS.xml"
    assert (archive.folder / content["METS.xml"]).read_bytes() == NEW["METS.xml"]
    assert {p: p.read_bytes() for p in before} == before
    assert archive.check().damage == ()
    assert not list(archive.storage.staging.iterdir())


def test_a_version_may_only_rename(archive: Archive) -> None:
    first = archive.store(FILES)
    second = archive.store_next(first, {}, removed=["again"], known={"renamed": FILES["again"]})
    assert second.manifest == first.manifest
    assert archive.check().intact


@pytest.mark.parametrize(
    ("extra", "named"),
    [({"more": b"x"}, {}), ({}, {"lacking": b"x"})],
    ids=["a file nobody named", "a named file that is not there"],
)
def test_staged_files_and_named_files_must_be_the_same(
    archive: Archive, extra: dict[str, bytes], named: dict[str, bytes]
) -> None:
    staged = archive.stage({"a": b"a", **extra}, "v1")
    with pytest.raises(StagingError, match="more|lacking"):
        first_version(staged, files=[_file("a", b"a"), *(_file(p, d) for p, d in named.items())], **_words())


def test_a_link_in_staging_is_refused(archive: Archive) -> None:
    staged = archive.stage({"a": b"a"}, "v1")
    (staged / "v1/content/link").symlink_to("/etc/passwd")
    with pytest.raises(StagingError, match="link"):
        first_version(staged, files=[_file("a", b"a")], **_words())


@pytest.mark.parametrize("path", ["../a", "/a", "a//b", ""])
def test_unsafe_logical_paths_are_refused(archive: Archive, path: str) -> None:
    staged = archive.stage({"a": b"a"}, "v1")
    with pytest.raises(StagingError, match="cannot be a path"):
        first_version(staged, files=[_file(path, b"a", "a")], **_words())


def test_bytes_said_to_be_known_must_be(archive: Archive) -> None:
    first = archive.store(FILES)
    with pytest.raises(StagingError, match="not in the object"):
        archive.stage_next(first, {}, known={"new": b"never seen"})


def test_nothing_is_overwritten(archive: Archive) -> None:
    archive.store(FILES)
    staged = archive.stage({"a": b"a"}, "v1")
    first_version(staged, files=[_file("a", b"a")], **_words())
    with pytest.raises(Occupied):
        commit_first(archive.storage, staged, archive.path)
    assert archive.check().intact


def test_two_updates_of_one_version_conflict(archive: Archive) -> None:
    first = archive.store(FILES)
    staged, second = archive.stage_next(first, {"x": b"x"})
    late = archive.storage.staging / "late"
    (late / "v2/content").mkdir(parents=True)
    (late / "v2/content/y").write_bytes(b"y")
    other = next_version(late, first, files=[_file("y", b"y")], **_words(object_id=False))
    commit_next(archive.storage, staged, archive.path, previous=first, new=second)
    with pytest.raises(Conflict):
        commit_next(archive.storage, late, archive.path, previous=first, new=other)
    assert read_object(archive.storage, archive.path) == second


class Crash(Exception):
    """The machine stops here."""


class Crashing:
    """A location that stops the machine before its n-th write."""

    def __init__(self, storage: object, writes: int) -> None:
        self._storage = storage
        self._left = writes

    def __getattr__(self, name: str) -> Any:
        if name in ("adopt", "write_file", "move_to_quarantine"):
            if self._left == 0:
                raise Crash
            self._left -= 1
        return getattr(self._storage, name)


@pytest.mark.parametrize(
    ("writes", "recovery", "head"),
    [(0, "clean", "v1"), (1, "resumed", "v2"), (2, "resumed", "v2"), (3, "clean", "v2")],
)
def test_a_crash_at_any_write_leaves_the_old_version_or_the_new(
    archive: Archive, writes: int, recovery: str, head: str
) -> None:
    first = archive.store(FILES)
    staged, second = archive.stage_next(first, NEW)
    crashing: Any = Crashing(archive.storage, writes)
    try:
        commit_next(crashing, staged, archive.path, previous=first, new=second)
    except Crash:
        assert writes < 3
    assert resume_or_revert(archive.storage, archive.path) is Recovery(recovery)
    assert read_object(archive.storage, archive.path).head == head
    assert archive.check().damage == ()
    assert resume_or_revert(archive.storage, archive.path) is Recovery.CLEAN


@pytest.mark.parametrize("harm", ["lost file", "altered file", "no inventory", "no sidecar"])
def test_an_unfinished_version_that_is_not_whole_is_taken_back(archive: Archive, harm: str) -> None:
    first = archive.store(FILES)
    staged, second = archive.stage_next(first, NEW)
    crashing: Any = Crashing(archive.storage, 1)
    with pytest.raises(Crash):
        commit_next(crashing, staged, archive.path, previous=first, new=second)
    match harm:
        case "lost file":
            (archive.folder / "v2/content/METS.xml").unlink()
        case "altered file":
            (archive.folder / "v2/content/METS.xml").write_bytes(b"<mets>/")
        case "no inventory":
            (archive.folder / "v2/inventory.json").unlink()
        case "no sidecar":
            (archive.folder / "v2/inventory.json.sha512").unlink()
    assert archive.check().damage
    assert resume_or_revert(archive.storage, archive.path) is Recovery.REVERTED
    assert read_object(archive.storage, archive.path) == first
    assert archive.check().damage == ()
    kept = list((archive.storage.root / "quarantine").rglob("*.txt"))
    assert [path.read_bytes() for path in kept] == [b"text"]


def test_a_damaged_sidecar_is_not_taken_for_an_unfinished_update(archive: Archive) -> None:
    archive.store(FILES)
    for path in ("inventory.json.sha512", "v1/inventory.json.sha512"):
        (archive.folder / path).write_bytes(b"0" * 128 + b" inventory.json\n")
    with pytest.raises(InventoryError):
        resume_or_revert(archive.storage, archive.path)
    with pytest.raises(InventoryError):
        read_object(archive.storage, archive.path)


def _file(path: str, data: bytes, content: str = "") -> ObjectFile:
    return ObjectFile(path, {"sha512": hashlib.sha512(data).digest()}, content)


def _words(*, object_id: bool = True) -> dict[str, Any]:
    from datetime import UTC, datetime

    words: dict[str, Any] = {"message": "", "user": User("A"), "created": datetime(2026, 1, 1, tzinfo=UTC)}
    return {"object_id": "urn:x", **words} if object_id else words


def test_versions_keep_the_padding_of_their_names(tmp_path: Path) -> None:
    from dataclasses import replace

    (tmp_path / "v1/content").mkdir(parents=True)
    (tmp_path / "v1/content/a").write_bytes(b"a")
    first = first_version(tmp_path, files=[_file("a", b"a")], **_words())
    padded = replace(first, head="v001", versions={"v001": first.versions["v1"]})
    second = next_version(tmp_path / "next", padded, files=[], **_words(object_id=False))
    assert second.head == "v002"
