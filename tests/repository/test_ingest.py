"""Ingest: what is stored, what is rejected, and what is left behind."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from luutru.fixity.walk import list_files
from luutru.metadata_profiles.premis import Event, FileObject, read_premis
from luutru.packaging.ocfl.storage import Full, Unreadable
from luutru.packaging.receipt import read_receipt
from luutru.repository import ingest as ingest_module
from luutru.repository import replication
from luutru.repository.archive import Archive, open_archive
from luutru.repository.catalog import reading
from luutru.repository.deposits import get_deposit
from luutru.repository.errors import NotYetStored, RepositoryError, SourceChanged, StorageShort
from luutru.repository.holdings import copies_of, files_of, object_ids, versions_of
from luutru.repository.ingest import ingest
from luutru.repository.journal import read_journal
from luutru.repository.receipts import read_receipt_file
from luutru.repository.recovery import recover


def stored_files(archive: Archive) -> list[str]:
    """Everything in all storage roots that belongs to an object."""
    return [f.path for s in archive.locations for path in s.list_objects() for f in s.list(path)]


def left_behind(archive: Archive) -> list[Path]:
    """What lies in the staging areas."""
    return [path for s in archive.locations for path in s.staging.iterdir()]


def test_a_bag_becomes_an_aip_in_every_location(archive: Archive, make_bag: Any) -> None:
    bag = make_bag()
    before = {path: (bag / path).read_bytes() for path in list_files(bag).sizes}
    outcome = ingest(archive, bag, agency="H29")
    assert outcome.status == "stored"
    assert outcome.object_id is not None and outcome.object_id.startswith("urn:uuid:")
    with reading(archive.engine) as session:
        files = files_of(session, outcome.object_id)
        copies = copies_of(session, outcome.object_id)
        (version,) = versions_of(session, outcome.object_id)
    assert {copy.location: copy.state for copy in copies} == {"local-1": "intact", "local-2": "intact"}
    submitted = {file.original_name: file for file in files if file.original_name}
    assert submitted.keys() == before.keys()
    assert version.files == len(files) and version.bytes == sum(file.size for file in files)
    for storage in archive.locations:
        (path,) = storage.list_objects()
        for name, file in submitted.items():
            assert storage.read(f"{path}/v1/content/{file.path}").read() == before[name]
    assert left_behind(archive) == []
    assert {path: (bag / path).read_bytes() for path in list_files(bag).sizes} == before


def test_the_aip_says_where_it_is_from(archive: Archive, make_bag: Any) -> None:
    outcome = ingest(archive, make_bag(), agency="H29")
    storage = archive.first
    (path,) = storage.list_objects()
    entities = list(read_premis(storage.read(f"{path}/v1/content/metadata/preservation/premis.xml")))
    events = [entity.type for entity in entities if isinstance(entity, Event)]
    assert events == [
        "transfer",
        "message digest calculation",
        "fixity check",
        "validation",
        "format identification",
        "information package creation",
    ]
    described = {e.original_name: e for e in entities if isinstance(e, FileObject)}
    text = described["data/Tờ trình 215-TTr-SNV.txt"]
    assert text.path == "representations/rep1/data/Tờ trình 215-TTr-SNV.txt"
    assert text.format.puid == "x-fmt/111"
    assert outcome.report.valid


def test_a_rejected_deposit_leaves_its_report_and_nothing_else(archive: Archive, make_bag: Any) -> None:
    bag = make_bag()
    (bag / "data" / "ảnh.bin").write_bytes(b"other")
    outcome = ingest(archive, bag, agency="H29")
    assert outcome.status == "rejected" and outcome.object_id is None
    deposit = get_deposit(archive, outcome.deposit_id)
    assert deposit.status == "rejected" and deposit.report is not None
    assert [found[0] for found in deposit.report["findings"]] == ["RFC8493-3/altered"]
    assert stored_files(archive) == [] and left_behind(archive) == []
    assert object_ids(archive) == []


def test_the_same_package_is_recognised_whatever_carries_it(archive: Archive, make_bag: Any) -> None:
    import shutil

    bag = make_bag()
    first = ingest(archive, bag, agency="H29")
    packed = shutil.make_archive(str(bag), "zip", bag.parent, bag.name)
    second = ingest(archive, Path(packed), agency="H29")
    assert (second.status, second.object_id) == ("stored", first.object_id)
    assert [finding.code for finding in second.report.findings] == ["LUUTRU-DUPLICATE"]
    other = ingest(archive, bag, agency="H01")
    assert other.object_id != first.object_id
    assert len(object_ids(archive)) == 2


def test_a_receipt_is_signed_and_names_what_was_submitted(archive: Archive, make_bag: Any) -> None:
    outcome = ingest(archive, make_bag(), agency="H29")
    data = read_receipt_file(archive, outcome.deposit_id)
    receipt = read_receipt(data)
    assert receipt.signed_by(archive.key.public)
    assert receipt.statement["object"] == outcome.object_id
    assert receipt.statement["submitted"]["files"] == 6
    assert {copy["location"] for copy in receipt.statement["copies"]} == {"local-1", "local-2"}
    changed = json.loads(data)
    changed["receipt"]["agency"] = "H01"
    assert not read_receipt(json.dumps(changed).encode()).signed_by(archive.key.public)


def test_nothing_at_the_path_is_no_deposit(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ingest(archive, tmp_path / "nothing", agency="H29")


@pytest.mark.parametrize("content", [{}, {"readme.txt": b"hello"}], ids=["empty folder", "no package"])
def test_what_is_no_package_is_rejected(archive: Archive, tmp_path: Path, content: dict[str, bytes]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, data in content.items():
        (folder / name).write_bytes(data)
    outcome = ingest(archive, folder, agency="H29")
    assert outcome.status == "rejected"
    assert "LUUTRU-KIND/unknown" in {finding.rule for finding in outcome.report.findings}
    assert stored_files(archive) == [] and left_behind(archive) == []


def test_a_deposit_whose_second_copy_fails_is_completed_later(
    archive: Archive, make_bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag = make_bag()

    def full(*_: object, **__: object) -> None:
        raise Full("no room left")

    with monkeypatch.context() as patched:
        patched.setattr(replication, "commit_first", full)
        with pytest.raises(NotYetStored, match="no room left"):
            ingest(archive, bag, agency="H29")
    assert object_ids(archive) == [] and left_behind(archive) == []
    (deposit,) = recover(archive)
    assert get_deposit(archive, deposit).status == "stored"
    # What is deposited once more is recognised: nothing of it lies there twice.
    assert ingest(archive, bag, agency="H29").object_id == get_deposit(archive, deposit).object_id
    assert len(object_ids(archive)) == 1
    assert [len(list(storage.list_objects())) for storage in archive.locations] == [1, 1]


def test_a_first_location_that_fills_up_stores_nothing_and_can_be_tried_again(
    archive: Archive, make_bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag = make_bag()

    def full(*_: object, **__: object) -> None:
        raise Full("no room left")

    with monkeypatch.context() as patched:
        patched.setattr(ingest_module, "commit_first", full)
        with pytest.raises(Full):
            ingest(archive, bag, agency="H29")
    assert stored_files(archive) == [] and left_behind(archive) == [] and recover(archive) == []
    assert ingest(archive, bag, agency="H29").status == "stored"


def test_a_short_disk_is_refused_before_a_byte_is_moved(
    archive: Archive, make_bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(archive.first), "free_bytes", lambda _: 1000)
    with pytest.raises(StorageShort, match="less than"):
        ingest(archive, make_bag(), agency="H29")
    assert stored_files(archive) == [] and left_behind(archive) == []


def test_nothing_is_written_where_a_location_is_not_mounted(archive: Archive, make_bag: Any) -> None:
    second = archive.locations[1]
    away = Path(second.place).rename(Path(second.place).with_name("unmounted"))
    Path(second.place).mkdir()
    with pytest.raises(Unreadable, match="mounted"):
        ingest(archive, make_bag(), agency="H29")
    assert list(Path(second.place).iterdir()) == []
    assert stored_files(archive) == []
    Path(second.place).rmdir()
    away.rename(Path(second.place))
    assert ingest(archive, make_bag(name="again"), agency="H29").status == "stored"
    # The journal of the location that was away has caught up.
    told = [[event.id for event in read_journal(storage)] for storage in archive.locations]
    assert told[0] and told[0] == told[1]


def test_an_unwritable_location_is_named(archive: Archive, make_bag: Any, tmp_path: Path) -> None:
    second = archive.locations[1]
    root = Path(second.place) / "ocfl"
    moved = Path(second.place) / "elsewhere"
    root.rename(moved)
    root.write_text("not a folder")
    with pytest.raises(Exception, match="local-2|ocfl"):
        ingest(archive, make_bag(), agency="H29")
    assert object_ids(archive) == []
    root.unlink()
    moved.rename(root)


def test_a_file_that_changes_while_read_is_the_sources_fault(
    archive: Archive, make_bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag = make_bag()
    unpack = getattr(ingest_module, "unpack")  # noqa: B009  (not exported to the type checker)

    def changed(source: Path, target: Path, report: Any, **options: Any) -> Any:
        contents = unpack(source, target, report, **options)
        report.add("LUUTRU-UNPACK/changed", "data/ảnh.bin")
        return contents

    monkeypatch.setattr(ingest_module, "unpack", changed)
    with pytest.raises(SourceChanged):
        ingest(archive, bag, agency="H29")
    assert stored_files(archive) == [] and left_behind(archive) == []


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.mark.parametrize(
    ("module", "step", "survives"),
    [
        (ingest_module, "unpack", False),
        (ingest_module, "build_aip", False),
        (ingest_module, "announce", False),
        (ingest_module, "commit_first", False),
        (ingest_module, "complete", True),
    ],
    ids=[
        "while unpacking",
        "while building",
        "before it is announced",
        "before the commit",
        "after the commit",
    ],
)
def test_a_crash_loses_nothing_that_was_committed(
    archive: Archive,
    make_bag: Any,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    step: str,
    survives: bool,
) -> None:
    bag = make_bag()

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(module, step, die)
        with pytest.raises(Killed):
            ingest(archive, bag, agency="H29")
    again = open_archive(archive.settings.home)
    (deposit_id,) = recover(again)
    deposit = get_deposit(again, deposit_id)
    assert deposit.status == ("stored" if survives else "failed")
    assert len(object_ids(again)) == int(survives)
    assert left_behind(again) == []
    assert recover(again) == []
    second = ingest(again, bag, agency="H29")
    assert second.status == "stored"
    assert len(object_ids(again)) == 1


def test_a_deposit_under_way_is_left_alone(
    archive: Archive, make_bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = getattr(ingest_module, "complete")  # noqa: B009

    def meanwhile(*arguments: Any, **options: Any) -> None:
        assert recover(archive) == []
        complete(*arguments, **options)

    monkeypatch.setattr(ingest_module, "complete", meanwhile)
    assert ingest(archive, make_bag(), agency="H29").status == "stored"


def test_each_submitted_byte_is_read_once(
    archive: Archive, make_bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = {"large.bin": os.urandom(8 << 20)}
    bag = make_bag(large, "large")
    opened: list[str] = []
    real = os.open

    def counting(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if str(path).startswith(str(bag)) and not flags & os.O_DIRECTORY:
            opened.append(str(path))
        return real(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", counting)
    ingest(archive, bag, agency="H29")
    assert opened.count(str(bag / "data" / "large.bin")) == 1


def test_an_error_of_the_repository_names_itself() -> None:
    assert not RepositoryError("x").transient and StorageShort("x").transient
