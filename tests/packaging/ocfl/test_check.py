"""The audit finds every planted damage, says what it is, and never raises."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.fixity.read_ahead import ReadAhead
from luutru.fixity.walk import Listing
from luutru.packaging.ocfl.check import check_object
from luutru.packaging.ocfl.storage import Unreadable

if TYPE_CHECKING:
    from tests.packaging.ocfl.conftest import Archive

FILES = {
    "METS.xml": b"<mets/>",
    "metadata/preservation/premis.xml": b"<premis/>",
    "representations/rep1/data/Quyết định 458.pdf": b"%PDF-1.7 458",
    "representations/rep1/data/b.pdf": b"%PDF-1.7 459",
    "empty": b"",
}
PDF = "v1/content/representations/rep1/data/Quyết định 458.pdf"
OTHER = "v1/content/representations/rep1/data/b.pdf"


def test_a_sound_object_is_intact_and_everything_was_read(archive: Archive) -> None:
    inventory = archive.store(FILES)
    check = archive.check()
    assert check.intact
    assert check.inventory is not None
    assert check.inventory.versions == inventory.versions
    assert check.algorithm == "sha256"
    on_disk = [path for path in archive.folder.rglob("*") if path.is_file()]
    assert check.files == len(on_disk)
    assert check.bytes == sum(path.stat().st_size for path in on_disk)


def test_the_ocfl_digest_serves_where_the_other_is_not_complete(archive: Archive) -> None:
    archive.store(FILES)
    assert archive.check(digest="sha1").algorithm == "sha512"
    assert archive.check(digest="sha512").algorithm == "sha512"
    flip(archive.folder / PDF)
    assert archive.outcomes(digest="sha512") == {PDF: "altered"}


def flip(path: Path, at: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x01
    path.write_bytes(data)


def link(path: Path) -> None:
    kept = path.with_name("kept")
    path.rename(kept)
    path.symlink_to(kept.name)


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def full_folder_instead(path: Path) -> None:
    folder_instead(path)
    (path / "x").write_bytes(b"")


def pipe_instead(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def swap(folder: Path) -> None:
    one, other = (folder / PDF), (folder / OTHER)
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)


DAMAGE: dict[str, tuple[Callable[[Path], object], dict[str, str]]] = {
    "a flipped byte": (lambda o: flip(o / PDF), {PDF: "altered"}),
    "a truncated file": (lambda o: os.truncate(o / PDF, 3), {PDF: "altered"}),
    "a lost file": (lambda o: (o / PDF).unlink(), {PDF: "missing"}),
    "the only file of a folder lost": (
        lambda o: (o / "v1/content/metadata/preservation/premis.xml").unlink(),
        {"v1/content/metadata/preservation/premis.xml": "missing"},
    ),
    "two files swapped": (swap, {PDF: "altered", OTHER: "altered"}),
    "an added file": (lambda o: (o / "v1/content/new").write_bytes(b""), {"v1/content/new": "unexpected"}),
    "a file in the root": (lambda o: (o / "notes.txt").write_bytes(b""), {"notes.txt": "unexpected"}),
    "a file in logs": (lambda o: _write(o / "logs/x"), {"logs/x": "unexpected"}),
    "an empty folder": (lambda o: (o / "v1/content/x").mkdir(), {"v1/content/x": "unexpected"}),
    "a link in place": (
        lambda o: link(o / PDF),
        {PDF: "altered", PDF.replace("Quyết định 458.pdf", "kept"): "unexpected"},
    ),
    "a folder in place": (lambda o: folder_instead(o / PDF), {PDF: "altered"}),
    "a full folder in place": (
        lambda o: full_folder_instead(o / OTHER),
        {OTHER: "altered", f"{OTHER}/x": "unexpected"},
    ),
    "a pipe in place": (lambda o: pipe_instead(o / PDF), {PDF: "altered"}),
    "a link beside": (lambda o: (o / "v1/content/l").symlink_to("/"), {"v1/content/l": "unexpected"}),
    "declaration lost": (lambda o: (o / "0=ocfl_object_1.1").unlink(), {"0=ocfl_object_1.1": "missing"}),
    "declaration altered": (lambda o: flip(o / "0=ocfl_object_1.1"), {"0=ocfl_object_1.1": "altered"}),
    "inventory flipped": (lambda o: flip(o / "inventory.json", 8), {"inventory.json": "altered"}),
    "inventory lost": (lambda o: (o / "inventory.json").unlink(), {"inventory.json": "missing"}),
    "inventory not JSON": (
        lambda o: (o / "inventory.json").write_bytes(b"\0" * 99),
        {"inventory.json": "altered"},
    ),
    "inventory empty": (lambda o: os.truncate(o / "inventory.json", 0), {"inventory.json": "altered"}),
    "inventory a folder": (lambda o: folder_instead(o / "inventory.json"), {"inventory.json": "altered"}),
    "sidecar altered": (lambda o: flip(o / "inventory.json.sha512"), {"inventory.json.sha512": "altered"}),
    "sidecar lost": (lambda o: (o / "inventory.json.sha512").unlink(), {"inventory.json.sha512": "missing"}),
    "version's inventory flipped": (
        lambda o: flip(o / "v1/inventory.json", 9),
        {"v1/inventory.json": "altered"},
    ),
    "version's inventory lost": (
        lambda o: (o / "v1/inventory.json").unlink(),
        {"v1/inventory.json": "missing"},
    ),
    "version's sidecar altered": (
        lambda o: flip(o / "v1/inventory.json.sha512", 5),
        {"v1/inventory.json.sha512": "altered"},
    ),
}


def _write(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"x")


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_found_and_named(archive: Archive, case: str) -> None:
    harm, expected = DAMAGE[case]
    inventory = archive.store(FILES)
    digest = archive.check().inventory_digest
    harm(archive.folder)
    assert archive.outcomes() == expected
    check = check_object(archive.storage, archive.path, inventory_digest=digest)
    assert {verdict.path: str(verdict.outcome) for verdict in check.damage} == expected
    # What the content was checked against is the sound inventory, whichever copy of it was damaged.
    assert check.inventory is not None
    assert check.inventory.manifest == inventory.manifest


def test_a_lost_object_is_missing_and_an_absent_location_unreadable(archive: Archive) -> None:
    archive.store(FILES)
    shutil.rmtree(archive.folder)
    assert archive.outcomes() == {"": "missing"}
    shutil.rmtree(archive.storage.root / "ocfl")
    assert archive.outcomes() == {"": "unreadable"}
    assert not archive.check().intact


def test_a_file_in_place_of_the_object_is_not_an_object(archive: Archive) -> None:
    archive.store(FILES)
    shutil.rmtree(archive.folder)
    archive.folder.write_bytes(b"")
    assert archive.outcomes() == {"": "missing"}


def test_without_any_inventory_nothing_is_called_intact(archive: Archive) -> None:
    archive.store(FILES)
    for path in archive.folder.rglob("inventory.json"):
        path.write_bytes(b"{}")
    check = archive.check()
    outcomes = {verdict.path: str(verdict.outcome) for verdict in check.damage}
    assert check.inventory is None
    assert not check.intact
    assert outcomes["inventory.json"] == outcomes["v1/inventory.json"] == "altered"
    assert outcomes[PDF] == "unknown"


def test_a_forged_inventory_is_found_by_what_the_catalogue_knows(archive: Archive) -> None:
    """All four witnesses in the object agree on a forgery; only the catalogue knows better."""
    archive.store(FILES)
    known = archive.check().inventory_digest
    assert known is not None
    original = archive.storage.root / "original"
    archive.folder.rename(original)
    archive.store({**FILES, "METS.xml": b"<forged/>"})
    assert archive.check().intact
    assert archive.outcomes(inventory_digest=known) == {
        "inventory.json": "altered",
        "inventory.json.sha512": "altered",
        "v1/inventory.json": "altered",
        "v1/inventory.json.sha512": "altered",
    }


def test_a_version_that_no_inventory_names_is_unexpected(archive: Archive) -> None:
    first = archive.store(FILES)
    staged, _ = archive.stage_next(first, {"new": b"new"})
    archive.storage.adopt(staged / "v2", f"{archive.path}/v2")
    assert archive.outcomes() == {
        "v2/content/new": "unexpected",
        "v2/inventory.json": "unexpected",
        "v2/inventory.json.sha512": "unexpected",
    }


def test_an_object_put_back_to_an_earlier_version_is_not_intact(archive: Archive) -> None:
    first = archive.store(FILES)
    earlier = {n: (archive.folder / n).read_bytes() for n in ("inventory.json", "inventory.json.sha512")}
    archive.store_next(first, {"new": b"new"})
    known = archive.check().inventory_digest
    for name, data in earlier.items():
        (archive.folder / name).write_bytes(data)
    assert set(archive.outcomes().values()) == {"unexpected"}
    assert known is not None
    assert archive.outcomes(inventory_digest=known) == {
        "inventory.json": "altered",
        "inventory.json.sha512": "altered",
    }


@pytest.mark.parametrize("name", ["inventory.json", "inventory.json.sha512"])
def test_damage_to_an_earlier_version_s_inventory_is_found(archive: Archive, name: str) -> None:
    first = archive.store(FILES)
    archive.store_next(first, {"new": b"new"})
    assert archive.check().intact
    place = archive.folder / "v1" / name
    sound = place.read_bytes()
    for at in (0, 9, len(sound) // 2, len(sound) - 3):
        flip(place, at)
        assert f"v1/{name}" in archive.outcomes()
        place.write_bytes(sound)
    place.unlink()
    assert archive.outcomes()[f"v1/{name}"] == "missing"


def test_versions_with_each_other_s_inventories_are_found(archive: Archive) -> None:
    first = archive.store(FILES)
    second = archive.store_next(first, {"new": b"new"})
    archive.store_next(second, {"newer": b"newer"})
    for name in ("inventory.json", "inventory.json.sha512"):
        one, other = archive.folder / "v1" / name, archive.folder / "v2" / name
        data = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(data)
    assert archive.outcomes() == {"v1/inventory.json": "altered", "v2/inventory.json": "altered"}


def test_what_the_medium_refuses_is_unreadable(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be listed: permissions do not stop the superuser, so the listing says it."""
    archive.store(FILES)
    folder = PDF.rpartition("/")[0]
    sound = archive.storage.survey(archive.path)
    sizes = {path: size for path, size in sound.sizes.items() if not path.startswith(folder)}
    refused = Listing(sizes, frozenset(), [(folder, "unreadable")])

    def survey(_: str, *, found: Callable[[str, int], object]) -> Listing:
        for item in sizes.items():
            found(*item)
        return refused

    monkeypatch.setattr(archive.storage, "survey", survey)
    assert archive.outcomes() == {PDF: "unreadable", OTHER: "unreadable", folder: "unreadable"}


def test_files_that_the_storage_does_not_answer_for_are_unknown(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.store(FILES)
    listing, reading = archive.storage.read_whole(archive.path, "sha256")
    monkeypatch.setattr(ReadAhead, "faults", lambda *_: iter(()))
    monkeypatch.setattr(ReadAhead, "files", property(lambda _: 0))
    monkeypatch.setattr(archive.storage, "read_whole", lambda *_, **__: (listing, reading))
    assert archive.outcomes() == {"": "unknown"}


@pytest.mark.parametrize("name", ["inventory.json", "0=ocfl_object_1.1"])
def test_a_file_of_the_object_that_cannot_be_opened_is_unreadable(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    archive.store(FILES)
    read = archive.storage.read

    def refuse(path: str) -> BinaryIO:
        if path == f"{archive.path}/{name}":
            raise Unreadable("input/output error")
        return read(path)

    monkeypatch.setattr(archive.storage, "read", refuse)
    assert archive.outcomes() == {name: "unreadable"}


@settings(max_examples=25)
@given(
    files=st.dictionaries(
        st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=40
        ).filter(lambda name: name not in (".", "..") and len(name.encode()) < 256),
        st.binary(max_size=200),
        min_size=1,
        max_size=6,
    ),
    data=st.data(),
)
def test_any_tree_is_intact_and_any_single_change_is_found(
    new_archive: Callable[[Path], Archive], files: dict[str, bytes], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        archive = new_archive(Path(folder))
        archive.store(files)
        assert archive.check().intact
        everything = sorted(path for path in archive.folder.rglob("*") if path.is_file())
        victim = data.draw(st.sampled_from(everything))
        path = victim.relative_to(archive.folder).as_posix()
        sound = victim.read_bytes()
        change = data.draw(st.sampled_from(["flip", "cut", "grow", "lose", "add"]))
        if change == "flip" and sound:
            flip(victim, data.draw(st.integers(0, len(sound) - 1)))
        elif change == "cut" and sound:
            os.truncate(victim, data.draw(st.integers(0, len(sound) - 1)))
        elif change == "lose":
            victim.unlink()
        elif change == "add":
            path += "+"
            if len(victim.name.encode()) > 254:
                return
            victim.with_name(victim.name + "+").write_bytes(b"")
        else:
            victim.write_bytes(sound + b"\0")
        assert archive.outcomes() == {path: {"lose": "missing", "add": "unexpected"}.get(change, "altered")}
