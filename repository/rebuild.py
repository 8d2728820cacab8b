"""The catalogue made anew from one storage location: its journal replayed, its objects registered.

Storage is the truth.  What is not in storage is not rebuilt: tokens (they are issued anew,
or kept where the old catalogue can be read), uploads and jobs.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, table_of, upsert, writing
from luutru.repository.errors import CatalogueBehindStorage
from luutru.repository.events import now, record
from luutru.repository.journal import read_journal
from luutru.repository.location import Location
from luutru.repository.models import (
    Agency,
    Copy,
    Deposit,
    Event,
    File,
    JournalPosition,
    Object,
    Version,
)
from luutru.repository.registration import NotAnAip, register
from luutru.repository.settings import default_home, load_settings

_MADE_ANEW: tuple[type[SQLModel], ...] = (
    Agency,
    Deposit,
    Object,
    Version,
    File,
    Copy,
    Event,
    JournalPosition,
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was found in storage; ``refused`` are objects that could not be registered, and why."""

    location: str
    objects: int
    files: int
    events: int
    refused: tuple[str, ...]


def rebuild(archive: Archive, name: str | None = None) -> Rebuilt:
    """Replace the catalogue's rows by what one location holds (the first unless named).

    One transaction: the old rows stand until the new ones are whole.  Raises NotFound for an
    unknown location, StorageError when it cannot be read.
    """
    storage = archive.location(name) if name else archive.first
    storage.available()
    with writing(archive.engine) as session:
        for model in _MADE_ANEW:
            session.connection().execute(sa.delete(table_of(model)))
        last = _replay(session, storage)
        files, objects, refused = _register_all(session, storage)
        events = (
            session.connection().execute(sa.select(sa.func.count()).select_from(table_of(Event))).scalar_one()
        )
        _follow_journals(session, archive, last)
    return Rebuilt(storage.name, objects, files, events, tuple(refused))


def _replay(session: Session, storage: Location) -> int:
    """Record every event of the journal again; returns the last sequence."""
    last = 0
    for event in read_journal(storage):
        record(session, event)
        last = event.sequence or last
    return last


def _register_all(session: Session, storage: Location) -> tuple[int, int, list[str]]:
    files = objects = 0
    refused: list[str] = []
    for path in storage.list_objects():
        point = session.connection().begin_nested()
        try:
            files += register(session, storage, path).files
        except NotAnAip as error:
            point.rollback()
            refused.append(str(error))
        else:
            point.commit()
            objects += 1
    return files, objects, refused


def _follow_journals(session: Session, archive: Archive, last: int) -> None:
    """Every location's journal goes on where it ends; one that is behind is caught up by the next flush.

    Raises CatalogueBehindStorage where another location knows more than the one rebuilt from.
    """
    for storage in archive.locations:
        ends = max((event.sequence or 0 for event in read_journal(storage)), default=0)
        if ends > last:
            raise CatalogueBehindStorage(
                f"location {storage.name} knows of {ends - last} events more: rebuild from it instead"
            )
        upsert(session, JournalPosition, {"location": storage.name, "sequence": ends})


def rows_of(archive: Archive) -> dict[str, list[dict[str, Any]]]:
    """All rows of what a rebuild makes anew, by table, in the order of their keys: to compare two catalogues."""
    found = {}
    with reading(archive.engine) as session:
        for model in _MADE_ANEW:
            if model is not JournalPosition:
                table = table_of(model)
                query = sa.select(table).order_by(*table.primary_key)
                found[table.name] = [dict(row) for row in session.connection().execute(query).mappings()]
    return found


def set_aside_unusable(home: Path | None) -> Path | None:
    """Move a SQLite catalogue that cannot be opened out of the way, kept as evidence; returns its new name."""
    settings = load_settings(home or default_home())
    url = sa.make_url(settings.database)
    if url.get_backend_name() != "sqlite" or not url.database or not Path(url.database).exists():
        return None
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            if connection.execute(sa.text("pragma integrity_check")).scalar() == "ok":
                return None
    except sa.exc.DatabaseError:
        pass
    finally:
        engine.dispose()
    aside = Path(f"{url.database}.damaged-{now():%Y%m%dT%H%M%SZ}")
    # The log first: one left behind would be read into whatever catalogue is made next.
    for ending in ("-wal", "-shm", ""):
        if Path(url.database + ending).exists():
            os.replace(url.database + ending, f"{aside}{ending}")
    return aside
