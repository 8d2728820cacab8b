"""Audit and repair: every kind of damage is named for what it is, and mended from an intact copy."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luutru.repository.archive import Archive, open_archive
from luutru.repository.audit import AuditSummary, Damage, audit
from luutru.repository.catalog import reading
from luutru.repository.completion import complete
from luutru.repository.holdings import copies_of, events_of
from luutru.repository.ingest import ingest
from luutru.repository.repair import Mended, repair

CONTENT = "v1/content/representations/rep1/data"


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def swap(file: Path) -> None:
    other = next(path for path in sorted(file.parent.iterdir()) if path.is_file() and path != file)
    mine, theirs = file.read_bytes(), other.read_bytes()
    assert mine != theirs
    file.write_bytes(theirs)
    other.write_bytes(mine)


def lose(file: Path) -> None:
    file.unlink()


def add(file: Path) -> None:
    file.with_name("thêm.txt").write_text("not ours")


def link(file: Path) -> None:
    file.unlink()
    file.symlink_to("/etc/hostname")


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "inside").write_text("x")


DAMAGES: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "one bit": (flip, {"altered"}),
    "cut short": (truncate, {"altered"}),
    "two files swapped": (swap, {"altered"}),
    "lost": (lose, {"missing"}),
    "added": (add, {"unexpected"}),
    "a link in its place": (link, {"altered"}),
    "a folder in its place": (folder, {"altered", "unexpected"}),
}


@pytest.fixture
def held(archive: Archive, make_bag: Any) -> tuple[Archive, str]:
    """An archive that holds one object."""
    outcome = ingest(archive, make_bag(), agency="H29")
    assert outcome.object_id
    return archive, outcome.object_id


def run_audit(archive: Archive, chosen: list[str] | None = None) -> tuple[AuditSummary, list[Damage]]:
    found: list[Damage] = []
    return audit(archive, chosen, on_damage=found.append), found


def object_folder(archive: Archive, at: int) -> Path:
    storage = archive.locations[at]
    return Path(storage.place) / next(iter(storage.list_objects()))


def test_what_is_intact_is_said_to_be_read(held: tuple[Archive, str]) -> None:
    archive, object_id = held
    summary, found = run_audit(archive)
    assert found == []
    on_disk = [p for s in archive.locations for path in s.list_objects() for p in s.list(path)]
    assert (summary.objects, summary.copies, summary.intact, summary.damaged) == (1, 2, 2, 0)
    assert summary.files == len(on_disk) and summary.bytes == sum(file.size for file in on_disk)
    with reading(archive.engine) as session:
        checks = [e for e in events_of(session, object_id) if e.type == "fixity check" and e.location]
    assert {event.location for event in checks} == {"local-1", "local-2"}


@pytest.mark.parametrize("at", [0, 1], ids=["first copy", "second copy"])
@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_found_and_mended(held: tuple[Archive, str], kind: str, at: int) -> None:
    archive, object_id = held
    before = {f.path: archive.first.read(f.path).read() for f in archive.first.list("ocfl")}
    damage, outcomes = DAMAGES[kind]
    damage(object_folder(archive, at) / CONTENT / "ảnh.bin")
    summary, found = run_audit(archive)
    assert {str(item.outcome) for item in found} == outcomes
    assert {item.location for item in found} == {archive.locations[at].name}
    assert (summary.intact, summary.damaged) == (1, 1)
    with reading(archive.engine) as session:
        states = {copy.location: copy.state for copy in copies_of(session, object_id)}
    assert states[archive.locations[at].name] == "damaged"

    done: list[Mended] = []
    result = repair(archive, on_action=done.append)
    assert result.unrepairable == 0 and done
    assert run_audit(archive)[1] == []
    for storage in archive.locations:
        assert {f.path: storage.read(f.path).read() for f in storage.list("ocfl")} == before
    with reading(archive.engine) as session:
        types = [event.type for event in events_of(session, object_id)]
    assert "quarantine" in types or kind == "lost"
    assert "recovery" in types or kind == "added"


def test_what_was_damaged_is_kept_as_evidence(held: tuple[Archive, str]) -> None:
    archive, _ = held
    file = object_folder(archive, 1) / CONTENT / "ảnh.bin"
    flip(file)
    damaged = file.read_bytes()
    done: list[Mended] = []
    repair(archive, on_action=done.append)
    assert (Path(archive.locations[1].place) / done[0].quarantine).read_bytes() == damaged
    assert done[0].source == "local-1" and done[0].action == "restored"


@pytest.mark.parametrize(
    "name",
    [
        "inventory.json",
        "inventory.json.sha512",
        "0=ocfl_object_1.1",
        "v1/inventory.json",
        "v1/content/METS.xml",
    ],
)
def test_the_archives_own_files_are_guarded_too(held: tuple[Archive, str], name: str) -> None:
    archive, _ = held
    flip(object_folder(archive, 0) / name)
    assert [item.path for item in run_audit(archive)[1]] == [name]
    assert repair(archive).unrepairable == 0
    assert run_audit(archive)[1] == []


def test_an_inventory_rewritten_to_match_is_caught_by_the_catalogue(held: tuple[Archive, str]) -> None:
    import hashlib

    archive, _ = held
    root = object_folder(archive, 1)
    for place in (root, root / "v1"):
        text = (place / "inventory.json").read_bytes().replace(b"Ingest of deposit", b"Ingest of DEPOSIT")
        (place / "inventory.json").write_bytes(text)
        (place / "inventory.json.sha512").write_text(f"{hashlib.sha512(text).hexdigest()} inventory.json\n")
    assert run_audit(archive)[1] != []
    assert repair(archive).unrepairable == 0
    assert run_audit(archive)[1] == []


def test_a_copy_that_is_gone_is_made_anew(held: tuple[Archive, str]) -> None:
    archive, _ = held
    shutil.rmtree(object_folder(archive, 1))
    (damage,) = run_audit(archive)[1]
    assert (damage.path, str(damage.outcome), damage.location) == ("", "missing", "local-2")
    assert repair(archive).repaired == 1
    assert run_audit(archive)[1] == []


def test_a_lost_medium_is_replaced(held: tuple[Archive, str]) -> None:
    archive, _ = held
    shutil.rmtree(Path(archive.locations[1].place))
    again = open_archive(archive.settings.home)
    summary, (damage, *_) = run_audit(again)
    assert str(damage.outcome) == "unreadable"
    assert (summary.copies, summary.intact, summary.damaged) == (2, 1, 1)
    assert repair(again).unrepairable == 1
    again.locations[1].prepare()
    assert repair(again).unrepairable == 0
    assert run_audit(again)[1] == []


def test_damage_in_different_files_of_both_copies_is_mended_crosswise(held: tuple[Archive, str]) -> None:
    archive, _ = held
    flip(object_folder(archive, 0) / CONTENT / "ảnh.bin")
    flip(object_folder(archive, 1) / CONTENT / "Phụ lục" / "Danh mục.csv")
    assert repair(archive).unrepairable == 0
    assert run_audit(archive)[1] == []


def test_without_an_intact_copy_repair_refuses_and_touches_nothing(held: tuple[Archive, str]) -> None:
    archive, object_id = held
    for at in (0, 1):
        flip(object_folder(archive, at) / CONTENT / "ảnh.bin")
    before = [(object_folder(archive, at) / CONTENT / "ảnh.bin").read_bytes() for at in (0, 1)]
    done: list[Mended] = []
    result = repair(archive, on_action=done.append)
    assert (result.repaired, result.unrepairable) == (0, 2)
    assert {mended.action for mended in done} == {"unrepairable"}
    assert [(object_folder(archive, at) / CONTENT / "ảnh.bin").read_bytes() for at in (0, 1)] == before
    with reading(archive.engine) as session:
        last = events_of(session, object_id)[-1]
    assert (last.type, last.outcome) == ("recovery", "fail")
    assert len(run_audit(archive)[1]) == 2


def test_what_the_catalogue_does_not_know_is_unexpected(held: tuple[Archive, str]) -> None:
    archive, _ = held
    known = object_folder(archive, 0)
    stranger = known.parent.parent / "abc" / "stranger"
    shutil.copytree(known, stranger)
    (Path(archive.first.place) / "ocfl" / "note.txt").write_text("left here")
    summary, found = run_audit(archive)
    assert {(item.path.rpartition("/")[2], str(item.outcome)) for item in found} == {
        ("stranger", "unexpected"),
        ("note.txt", "unexpected"),
    }
    assert summary.damaged == 2


def test_a_lost_medium_of_an_empty_archive_is_damage_too(archive: Archive) -> None:
    shutil.rmtree(Path(archive.locations[1].place))
    summary, (damage,) = run_audit(archive)
    assert (damage.location, str(damage.outcome)) == ("local-2", "unreadable")
    assert summary.damaged == 1


def test_an_audit_during_an_ingest_calls_nothing_a_stranger(
    held: tuple[Archive, str], make_bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Committed and not yet registered: announced is known."""
    archive, _ = held
    seen: list[tuple[AuditSummary, list[Damage]]] = []

    def look_first(*args: Any, **named: Any) -> None:
        assert len(list(archive.first.list_objects())) == 2
        seen.append(run_audit(archive))
        complete(*args, **named)

    monkeypatch.setattr("luutru.repository.ingest.complete", look_first)
    assert ingest(archive, make_bag({"khác.txt": b"x"}, "other"), agency="H29").status == "stored"
    ((summary, found),) = seen
    assert found == [] and (summary.copies, summary.intact) == (2, 2)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_unreadable(held: tuple[Archive, str]) -> None:
    archive, _ = held
    file = object_folder(archive, 0) / CONTENT / "ảnh.bin"
    file.chmod(0)
    try:
        assert [str(item.outcome) for item in run_audit(archive)[1]] == ["unreadable"]
    finally:
        file.chmod(0o644)


def test_an_audit_of_one_object_reads_only_that(held: tuple[Archive, str], make_bag: Any) -> None:
    archive, object_id = held
    ingest(archive, make_bag({"khác.txt": b"x"}, "other"), agency="H29")
    summary, _ = run_audit(archive, [object_id])
    assert (summary.objects, summary.copies) == (1, 2)
