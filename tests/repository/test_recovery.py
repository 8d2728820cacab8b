"""What a crash leaves, wherever it falls: staging is swept, deposits are settled once, no evidence is replaced."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from databases import back_up
from luutru.repository import recovery
from luutru.repository.archive import Archive, open_archive
from luutru.repository.audit import audit
from luutru.repository.catalog import reading, upsert, writing
from luutru.repository.deposits import get_deposit, unfinished
from luutru.repository.errors import CatalogueBehindStorage
from luutru.repository.holdings import object_ids
from luutru.repository.ingest import ingest
from luutru.repository.journal import flush, read_journal
from luutru.repository.models import JournalPosition
from luutru.repository.rebuild import rebuild, rows_of, set_aside_unusable
from luutru.repository.recovery import recover
from luutru.repository.staging import staging_folder, sweep


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


def die(*_: object, **__: object) -> None:
    raise Killed


@pytest.fixture
def cut_off(archive: Archive, make_bag: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Archive, str]:
    """An archive killed after the first copy was committed; its deposit."""
    with monkeypatch.context() as patched:
        patched.setattr("luutru.repository.ingest.complete", die)
        with pytest.raises(Killed):
            ingest(archive, make_bag(), agency="H29")
    (deposit,) = unfinished(archive)
    assert deposit.object_id and list(archive.first.list_objects())
    return archive, deposit.id


def test_a_folder_without_its_lock_yet_is_swept(tmp_path: Path) -> None:
    """Killed between making the folder and its lock."""
    (tmp_path / "new").mkdir()
    assert sweep(tmp_path) == ["new"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_swept_before_its_lock_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open
    swept: list[int] = []

    def open_late(path: Path, *more: int) -> int:
        if not swept and str(path).endswith(".lock"):
            swept.append(1)
            assert sweep(tmp_path) == ["mine"]
        return real(path, *more)

    monkeypatch.setattr(os, "open", open_late)
    with staging_folder(tmp_path, "mine") as folder:
        assert swept and folder.is_dir()
        assert sweep(tmp_path) == []
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_removal_cut_off_is_finished_by_the_next_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, pytest.raises(Killed), staging_folder(tmp_path, "mine") as folder:
        (folder / "unpacked").mkdir()
        (folder / "unpacked" / "x").write_bytes(b"x")
        (folder / "a").write_bytes(b"")
        patched.setattr(shutil, "rmtree", die)
    assert (tmp_path / "mine" / "unpacked" / "x").exists()
    assert sweep(tmp_path) == ["mine"]
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_lock_and_is_not_empty_is_left(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "x").write_bytes(b"x")
    assert sweep(tmp_path) == []
    assert (tmp_path / "theirs" / "x").exists()


def test_a_committed_deposit_is_completed(cut_off: tuple[Archive, str]) -> None:
    archive, deposit = cut_off
    assert recover(archive) == [deposit]
    assert get_deposit(archive, deposit).status == "stored"
    assert audit(archive).intact == 2


def test_a_location_that_is_down_makes_no_deposit_a_failure(cut_off: tuple[Archive, str]) -> None:
    """Where nothing can be seen, that nothing was committed cannot be said."""
    archive, deposit = cut_off
    away = Path(archive.first.place).rename(Path(archive.first.place).with_name("unmounted"))
    assert recover(archive) == []
    assert get_deposit(archive, deposit).status == "received"
    assert not Path(archive.first.place).exists()
    away.rename(Path(archive.first.place))
    assert recover(archive) == [deposit]
    assert get_deposit(archive, deposit).status == "stored"


def test_a_deposit_concluded_meanwhile_is_not_concluded_again(
    cut_off: tuple[Archive, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, deposit = cut_off
    stale = unfinished(archive)
    assert recover(archive) == [deposit]
    before = rows_of(archive)
    monkeypatch.setattr(recovery, "unfinished", lambda _: stale)
    assert recover(archive) == []
    assert rows_of(archive) == before


def test_a_deposit_held_by_another_process_is_left_to_it(cut_off: tuple[Archive, str]) -> None:
    archive, deposit = cut_off
    with staging_folder(archive.first.staging, deposit):
        assert recover(archive) == []
        assert get_deposit(archive, deposit).status == "received"
    assert recover(archive) == [deposit]


def test_a_segment_cut_off_from_its_position_is_written_again(archive: Archive, make_bag: Any) -> None:
    ingest(archive, make_bag(), agency="H29")
    told = [event.id for event in read_journal(archive.first)]
    with writing(archive.engine) as session:
        upsert(session, JournalPosition, {"location": archive.first.name, "sequence": 0})
    audit(open_archive(archive.settings.home))
    again = [event.id for event in read_journal(archive.first)]
    assert again[: len(told)] == told and len(again) == len(told) + 2
    assert again == [event.id for event in read_journal(archive.locations[1])]


@pytest.fixture
def put_back(archive: Archive, make_bag: Any, tmp_path: Path) -> Path:
    """The home of an archive whose catalogue was put back from a backup older than its last deposit."""
    ingest(archive, make_bag(), agency="H29")
    put_back = back_up(archive, tmp_path)
    ingest(archive, make_bag({"khác.txt": b"x"}, "other"), agency="H29")
    put_back()
    return archive.settings.home


def test_a_catalogue_older_than_the_journal_is_refused(put_back: Path) -> None:
    with pytest.raises(CatalogueBehindStorage, match="backup"):
        open_archive(put_back)
    archive = open_archive(put_back, rebuilding=True)
    rebuild(archive)
    assert len(object_ids(open_archive(put_back))) == 2


def test_a_catalogue_older_than_the_journal_replaces_nothing_in_it(put_back: Path) -> None:
    archive = open_archive(put_back, rebuilding=True)
    before = [event.id for event in read_journal(archive.first)]
    with pytest.raises(CatalogueBehindStorage):
        audit(archive)
    with pytest.raises(CatalogueBehindStorage):
        flush(archive)
    assert [event.id for event in read_journal(archive.first)] == before


def test_a_segment_that_says_nothing_sensible_is_not_replaced(archive: Archive) -> None:
    with reading(archive.engine) as session:
        position = session.get(JournalPosition, archive.first.name)
        done = position.sequence if position else 0
    archive.first.write_file(f"journal/{done + 1:020d}.jsonl", b"\0\0\0\n")
    with pytest.raises(CatalogueBehindStorage):
        open_archive(archive.settings.home)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_log_of_a_damaged_catalogue_is_left_for_the_next(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.engine.dispose()
    file = archive.settings.home / "catalogue.db"
    file.write_bytes(b"not a database" * 100)
    log = Path(f"{file}-wal")
    log.write_bytes(b"a log")
    real = os.replace

    def move_one(source: str, target: str) -> None:
        if not log.exists():
            raise Killed
        real(source, target)

    monkeypatch.setattr(os, "replace", move_one)
    with pytest.raises(Killed):
        set_aside_unusable(archive.settings.home)
    assert file.exists() and not log.exists()
