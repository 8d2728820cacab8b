"""An open archive: its settings, catalogue, storage locations and key, handed to every operation."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import col, func, select

from luutru.fixity.durable import write_durably
from luutru.fixity.signing import PRIVATE_NAME, SigningKey, load_or_create_key
from luutru.packaging.ocfl.storage import JOURNAL, StorageError
from luutru.packaging.unpack import Limits
from luutru.repository.catalog import open_catalog, reading
from luutru.repository.errors import CatalogueBehindStorage, NotFound
from luutru.repository.location import Location
from luutru.repository.locations import open_location
from luutru.repository.models import Event, JournalPosition
from luutru.repository.settings import FILE_NAME, FIRST_SETTINGS, Settings, default_home, load_settings


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything an operation needs; settings are read here and nowhere deeper."""

    settings: Settings
    engine: sa.Engine
    locations: tuple[Location, ...]
    key: SigningKey

    @property
    def first(self) -> Location:
        """The location where packages are staged and the first copy is made."""
        return self.locations[0]

    @property
    def limits(self) -> Limits:
        """What a package may at most hold."""
        s = self.settings
        return Limits(entries=s.limit_entries, bytes=s.limit_bytes, ratio=s.limit_ratio)

    def location(self, name: str) -> Location:
        """The location of this name.  Raises NotFound."""
        for location in self.locations:
            if location.name == name:
                return location
        known = ", ".join(location.name for location in self.locations)
        raise NotFound(f"there is no location {name!r}; the archive has {known}")

    def folder(self, name: str) -> Path:
        """A working folder that all machines of the archive see (``uploads``, ``receipts`` ...), made when missing."""
        folder = self.settings.shared_folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def make_home(home: Path) -> None:
    """Write the first settings of a home, unless it has some."""
    home.mkdir(parents=True, exist_ok=True)
    if not (home / FILE_NAME).exists():
        write_durably(home / FILE_NAME, FIRST_SETTINGS.encode("utf-8"))


def open_archive(home: Path | None = None, *, rebuilding: bool = False) -> Archive:
    """Open the archive at a home; the home, its catalogue, key and locations are made on first use.

    Raises CatalogueBehindStorage for a new catalogue over used locations (unless it is about
    to be rebuilt), OSError or StorageError where a folder cannot be written, pydantic.ValidationError for settings
    that do not fit, sqlalchemy.exc.SQLAlchemyError for a catalogue that cannot be opened.
    """
    home = (home or default_home()).absolute()
    make_home(home)
    settings = load_settings(home)
    engine = open_catalog(settings.database)
    locations = tuple(open_location(item, home) for item in settings.locations)
    _prepare_new(engine, locations, rebuilding=rebuilding)
    _refuse_without_key(engine, settings.shared_folder)
    return Archive(settings, engine, locations, load_or_create_key(settings.shared_folder / "keys"))


def _refuse_without_key(engine: sa.Engine, shared: Path) -> None:
    """What was signed must stay checkable: a lost key is put back, never silently replaced."""
    if (shared / "keys" / PRIVATE_NAME).exists():
        return
    with reading(engine) as session:
        if session.exec(select(Event.id).limit(1)).first() is not None:
            raise NotFound(
                f"the archive's key {shared / 'keys' / PRIVATE_NAME} is missing: put it back from a backup; "
                "if there is none, «luutru init --new-key» makes another"
            )


def _prepare_new(engine: sa.Engine, locations: tuple[Location, ...], *, rebuilding: bool) -> None:
    """Make locations that were never used; one that was used and is gone must not come back empty."""
    with reading(engine) as session:
        used = {position.location: position.sequence for position in session.exec(select(JournalPosition))}
        last = session.exec(select(func.max(Event.sequence))).one() or 0
    for storage in locations:
        if storage.name in used:
            if not rebuilding:
                with suppress(StorageError):  # one that is down is told by whoever needs it
                    refuse_older_catalogue(engine, storage, used[storage.name])
            continue
        segments = [int(Path(file.path).stem) for file in storage.list(JOURNAL)]
        if segments and segments[-1] > last and not rebuilding:
            raise CatalogueBehindStorage(
                f"location {storage.name} knows of events that this catalogue does not: "
                f"run «luutru rebuild --from {storage.name}» first"
            )
        storage.prepare()


def refuse_older_catalogue(engine: sa.Engine, storage: Location, done: int) -> None:
    """Make sure that the journal segment after ``done`` is unwritten, or was written by this catalogue.

    A catalogue put back from a backup counts on from an old event; what it would write must not
    replace what was written since.  Raises CatalogueBehindStorage, StorageError.
    """
    path = segment_path(done + 1)
    if not storage.exists(path):
        return
    with storage.read(path) as segment:
        try:
            told = {json.loads(line)["id"] for line in segment}
        except (ValueError, KeyError, TypeError):
            told = {""}
    with reading(engine) as session:
        events = session.exec(select(Event.id).where(col(Event.sequence) > done))
        if told - set(events):
            raise CatalogueBehindStorage(
                f"location {storage.name} knows of events that this catalogue does not, which may have been "
                f"put back from a backup: run «luutru rebuild --from {storage.name}» first"
            )


def segment_path(first: int) -> str:
    """The key of the journal segment that begins with the event of this sequence."""
    return f"{JOURNAL}/{first:020d}.jsonl"
