"""The journal: every event of the catalogue, written into every storage location.

The catalogue is an index; what happened to the holdings must outlive it.  After each
operation the events that a location does not have yet are written there as one segment,
``journal/<first sequence>.jsonl``: one event a line, in order of their sequence, never
changed once the position has moved past it.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import col, select

from luutru.packaging.ocfl.storage import JOURNAL, StorageError
from luutru.repository.archive import Archive, refuse_older_catalogue, segment_path
from luutru.repository.catalog import reading, upsert, writing
from luutru.repository.database import JOURNAL_LOCK, alone
from luutru.repository.events import EventRecord, event_from_json, event_from_row
from luutru.repository.location import Location
from luutru.repository.models import Event, JournalPosition

_SEGMENT_EVENTS = 5000


def flush(archive: Archive) -> list[str]:
    """Bring the journal of every location up to the catalogue; returns the locations that could not be written.

    One process at a time does it, of all that share the catalogue.
    A location that is down is caught up by a later flush; nothing is lost, for the
    catalogue still has the events.  A catalogue that
    is new to a used location never comes here (``open_archive`` refuses it).
    """
    behind = []
    with _only_writer(archive):
        for location in archive.locations:
            try:
                while _write_segment(archive, location):
                    pass
            except StorageError:
                behind.append(location.name)
    return behind


@contextmanager
def _only_writer(archive: Archive) -> Iterator[None]:
    """Keep others from writing journals: those of this home by a file's lock, other machines by the database's."""
    with (archive.settings.home / "journal.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with alone(archive.engine, JOURNAL_LOCK):
            yield


def begin_again(archive: Archive, location: Location) -> None:
    """Let the journal of a location whose medium was replaced begin at the first event again."""
    if not any(True for _ in location.list(JOURNAL)):
        with writing(archive.engine) as session:
            upsert(session, JournalPosition, {"location": location.name, "sequence": 0})


def _write_segment(archive: Archive, location: Location) -> bool:
    with reading(archive.engine) as session:
        position = session.get(JournalPosition, location.name)
        done = position.sequence if position else 0
        query = select(Event).where(col(Event.sequence) > done).order_by(col(Event.sequence))
        events = [event_from_row(row) for row in session.exec(query.limit(_SEGMENT_EVENTS))]
    if not events:
        return False
    first = events[0].sequence or 0
    refuse_older_catalogue(archive.engine, location, first - 1)
    location.available()  # a folder that waits for its medium must not be written to in its place
    lines = b"".join(
        json.dumps(event.as_json(), ensure_ascii=False).encode("utf-8") + b"\n" for event in events
    )
    location.write_file(segment_path(first), lines)
    with writing(archive.engine) as session:
        position = session.get(JournalPosition, location.name)
        # A database that was restarted meanwhile has let another writer in, whose longer segment of the same
        # name we may have replaced: then it is written again.
        alone_until_now = (position.sequence if position else 0) == done
        following = events[-1].sequence if alone_until_now else done
        upsert(session, JournalPosition, {"location": location.name, "sequence": following})
    return len(events) == _SEGMENT_EVENTS or not alone_until_now


def read_journal(location: Location) -> Iterator[EventRecord]:
    """Every event a location's journal holds, in order, each once.

    Raises StorageError where a segment cannot be read, ValueError for one that is not in
    the form of a journal.
    """
    last = 0
    for stored in location.list(JOURNAL):
        with location.read(stored.path) as segment:
            for line in segment:
                event = event_from_json(json.loads(line))
                if event.sequence is not None and event.sequence > last:
                    last = event.sequence
                    yield event


def last_sequence_of(location: Location) -> int:
    """The sequence of the last event that a location's journal holds, 0 if it holds none.

    Reads the last segment only.  Raises StorageError, or ValueError for one that is not in the form of a journal.
    """
    segments = [stored.path for stored in location.list(JOURNAL)]
    if not segments:
        return 0
    with location.read(segments[-1]) as segment:
        return max((json.loads(line)["sequence"] for line in segment), default=0)
