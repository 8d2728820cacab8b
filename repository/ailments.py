"""What can be the matter with an archive, each found by looking and never by guessing (`luutru doctor`).

Every ailment says what it means and what to do; where that can be done without a person's
judgement, it brings the cure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select

from luutru.packaging.ocfl.commit import Recovery, resume_or_revert, stored_digest
from luutru.packaging.ocfl.inventory import FILE_NAME, InventoryError
from luutru.packaging.ocfl.storage import Missing, StorageError
from luutru.repository.archive import Archive, refuse_older_catalogue
from luutru.repository.catalog import reading, writing
from luutru.repository.deposits import unfinished
from luutru.repository.errors import CatalogueBehindStorage
from luutru.repository.journal import flush, last_sequence_of
from luutru.repository.location import Location
from luutru.repository.models import Event, Job, JournalPosition, Object, Upload, Version
from luutru.repository.rebuild import rebuild
from luutru.repository.recovery import recover
from luutru.repository.registration import register
from luutru.repository.repair import repair
from luutru.repository.staging import abandoned
from luutru.repository.workers import Watch

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Ailment:
    """One thing that is not as it should be: its code, where, what it means, what to do, and the cure."""

    code: str
    where: str
    meaning: str
    advice: str
    cure: Callable[[], object] | None = None


def catalogue_faults(archive: Archive) -> Iterator[Ailment]:
    """The database's own integrity."""
    with reading(archive.engine) as session:
        if archive.engine.dialect.name != "sqlite":
            return
        told = session.connection().execute(sa.text("pragma integrity_check(10)")).scalars().all()
    if told != ["ok"]:
        yield Ailment(
            "catalogue-damaged",
            archive.settings.database,
            f"SQLite finds its own file damaged: {'; '.join(told)}",
            "stop the service and run «luutru rebuild»; the damaged file is kept",
        )


def locations_away(archive: Archive) -> Iterator[Ailment]:
    """Locations that are not there."""
    for storage in archive.locations:
        try:
            storage.available()
        except StorageError as error:
            yield Ailment(
                "location-away",
                storage.name,
                f"the location cannot be used: {error}",
                "mount it and look at its permissions; if its medium is lost, mount another there, "
                "run «luutru init», then «luutru repair»",
            )


def journals(archive: Archive) -> Iterator[Ailment]:
    """Journals behind the catalogue, and a catalogue behind the journals."""
    with reading(archive.engine) as session:
        last = session.exec(select(sa.func.max(Event.sequence))).one() or 0
        positions = {p.location: p.sequence for p in session.exec(select(JournalPosition))}
    for storage in _there(archive):
        done = positions.get(storage.name, 0)
        try:
            refuse_older_catalogue(archive.engine, storage, done)
            ahead = last_sequence_of(storage) > last
        except CatalogueBehindStorage:
            ahead = True
        if ahead:
            yield Ailment(
                "catalogue-behind",
                storage.name,
                "the location's journal tells of events that the catalogue does not know: the catalogue was "
                "lost, or put back from a backup",
                f"run «luutru rebuild --from {storage.name}»",
                lambda name=storage.name: rebuild(archive, name),  # type: ignore[misc]
            )
        elif done < last:
            yield Ailment(
                "journal-behind",
                storage.name,
                f"the location's journal lacks {last - done} events that the catalogue has",
                "nothing is lost while the catalogue stands; the next command writes them",
                lambda: flush(archive),
            )


def deposits_left(archive: Archive) -> Iterator[Ailment]:
    """Deposits that were received, are not concluded, and are in nobody's hands."""
    with reading(archive.engine) as session:
        at_work = set(session.exec(select(Job.id).where(col(Job.finished).is_(None))))
    for deposit in unfinished(archive):
        if deposit.id not in at_work:
            yield Ailment(
                "deposit-left",
                deposit.id,
                "the deposit was cut off; it was not acknowledged",
                "it is completed if a copy of it was committed, else concluded as failed",
                lambda: recover(archive),
            )


def uploads_left(archive: Archive) -> Iterator[Ailment]:
    """Uploads that were handed over and are in no job."""
    query = select(Upload.id).where(
        Upload.state == "submitted", col(Upload.id).not_in(select(Job.id).where(Job.kind == "ingest"))
    )
    with reading(archive.engine) as session:
        left = session.exec(query).all()
    for upload_id in left:
        yield Ailment(
            "upload-left",
            upload_id,
            "the package was handed over and nobody takes it in",
            "it is opened again: submit it once more",
            lambda upload=upload_id: _reopen(archive, upload),  # type: ignore[misc]
        )


def _reopen(archive: Archive, upload_id: str) -> None:
    with writing(archive.engine) as session:
        session.connection().execute(
            sa.update(Upload).where(col(Upload.id) == upload_id).values(state="uploaded")
        )


def jobs_left(archive: Archive) -> Iterator[Ailment]:
    """Jobs under way whose worker is gone."""
    watch = Watch(archive)
    watch.look()
    with reading(archive.engine) as session:
        running = session.exec(select(Job).where(Job.status == "running")).all()
    for job in running:
        if watch.is_dead(job.worker):
            yield Ailment(
                "job-left",
                job.id,
                f"the {job.kind} is under way and its worker {job.worker or ''} is gone",
                "start «luutru serve» or «luutru worker»: it goes on there",
            )


def staging_left(archive: Archive) -> Iterator[Ailment]:
    """What dead processes left in staging; nothing there was ever acknowledged."""
    for storage in _there(archive):
        left = abandoned(storage.staging)
        if left:
            yield Ailment(
                "staging-left",
                storage.name,
                f"{len(left)} folders of processes that died lie in {storage.staging}",
                "they are removed; nothing in them was acknowledged",
                storage.sweep,
            )


def objects_unknown(archive: Archive) -> Iterator[Ailment]:
    """Objects in storage that no row of the catalogue and no deposit under way knows."""
    with reading(archive.engine) as session:
        known = set(session.exec(select(Object.path)))
    under_way = any(True for _ in unfinished(archive))
    seen: set[str] = set()
    for storage in _there(archive):
        for path in storage.list_objects():
            if path in known or path in seen or under_way:
                continue
            seen.add(path)
            yield Ailment(
                "object-unknown",
                f"{storage.name}: {path}",
                "an object lies in storage that the catalogue does not know",
                "it is registered from what it says of itself",
                lambda place=storage, key=path: _register(archive, place, key),  # type: ignore[misc]
            )


def _register(archive: Archive, storage: Location, path: str) -> None:
    with writing(archive.engine) as session:
        register(session, storage, path)


def objects_half_written(archive: Archive) -> Iterator[Ailment]:
    """Objects whose update a crash cut short, and rows that know another version than storage has."""
    there = _there(archive)
    for object_id, path, expected in _held(archive):
        for storage in there:
            try:
                state = resume_or_revert(storage, path, dry_run=True)
                digest = stored_digest(storage, f"{path}/{FILE_NAME}")
            except Missing:
                yield Ailment(
                    "copy-missing",
                    f"{storage.name}: {object_id}",
                    "the location has no copy of the object",
                    "«luutru repair» makes one from an intact copy and proves it",
                    lambda mended=object_id: repair(archive, [mended]),  # type: ignore[misc]
                )
                continue
            except (StorageError, InventoryError):
                continue  # damage: the audit's to name, repair's to mend
            if state is not Recovery.CLEAN:
                yield Ailment(
                    "object-half-written",
                    f"{storage.name}: {object_id}",
                    "an update of the object was cut short",
                    "it is finished if the new version is whole, else taken back into quarantine",
                    lambda place=storage, key=path: resume_or_revert(place, key),  # type: ignore[misc]
                )
            elif digest != expected:
                yield Ailment(
                    "object-differs",
                    f"{storage.name}: {object_id}",
                    "the object's inventory is not the one that the catalogue knows",
                    "run «luutru audit --object ID»; if the catalogue is old, «luutru rebuild»",
                )


def _held(archive: Archive) -> Iterator[tuple[str, str, str]]:
    """Each object's identifier, key and inventory digest, a page of the catalogue at a time."""
    after = ""
    while True:
        query = (
            select(Object.id, Object.path, Version.inventory_digest)
            .where(Version.object_id == Object.id, Version.number == Object.head, Object.id > after)
            .order_by(col(Object.id))
            .limit(_PAGE)
        )
        with reading(archive.engine) as session:
            rows = session.exec(query).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def _there(archive: Archive) -> list[Location]:
    found = []
    for storage in archive.locations:
        try:
            storage.available()
        except StorageError:
            continue
        found.append(storage)
    return found
