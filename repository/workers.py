"""Workers: the processes that do an archive's jobs, and how each knows which of the others live.

A worker of the same home holds a lock for as long as its process lives; that is certain and
known at once.  One elsewhere shows by a beat, a number in the catalogue that it counts up: no
clock of one machine is ever compared with that of another.
"""

import fcntl
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from luutru.fixity.durable import write_durably
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, upsert, writing
from luutru.repository.events import now
from luutru.repository.held import is_held
from luutru.repository.models import Worker


@contextmanager
def present(archive: Archive) -> Iterator[str]:
    """Be a worker of the archive for as long as this lasts; yields its name.

    The name is the first free one of this home, so that a process that starts again goes on
    under the name of the one that died.
    """
    name, lock = _first_free(archive)
    over = threading.Event()
    beat = threading.Thread(target=_beat, args=(archive, name, over), name="luutru-beat", daemon=True)
    try:
        with writing(archive.engine) as session:
            upsert(session, Worker, {"name": name, "beat": 0, "started": now()})
        beat.start()
        yield name
    finally:
        over.set()
        if beat.ident is not None:
            beat.join()
        with suppress(SQLAlchemyError), writing(archive.engine) as session:
            session.connection().execute(sa.delete(Worker).where(col(Worker.name) == name))
        os.close(lock)


def _first_free(archive: Archive) -> tuple[str, int]:
    start = f"{socket.gethostname()}-{_home_id(archive)}"
    number = 1
    while True:
        lock = os.open(_lock_of(archive, f"{start}-{number}"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            number += 1
            continue
        return f"{start}-{number}", lock


def _home_id(archive: Archive) -> str:
    """A word that no other home has: two homes of one machine are two sets of workers."""
    path = _folder(archive) / "home"
    if not path.exists():
        write_durably(path, uuid4().hex[:8].encode())
    return path.read_text()


def _lock_of(archive: Archive, name: str) -> Path:
    return _folder(archive) / f"{name}.lock"


def _folder(archive: Archive) -> Path:
    """Of this home alone, never shared: whether a lock is held is certain on one machine only."""
    folder = archive.settings.home / "workers"
    folder.mkdir(exist_ok=True)
    return folder


def _beat(archive: Archive, name: str, over: threading.Event) -> None:
    while not over.wait(archive.settings.worker_dead_after_seconds / 4):
        # A catalogue that is away for a while is no reason to die; others may take the work over.
        with suppress(SQLAlchemyError), writing(archive.engine) as session:
            session.connection().execute(
                sa.update(Worker).where(col(Worker.name) == name).values(beat=Worker.beat + 1)
            )


class Watch:
    """Watches the other workers; says of each whether it is dead."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._seen: dict[str, tuple[int, float]] = {}

    def look(self) -> None:
        """Look at all beats once; a worker is judged by what was seen over time."""
        with reading(self._archive.engine) as session:
            beats = {worker.name: worker.beat for worker in session.exec(select(Worker))}
        moment = time.monotonic()
        for name in self._seen.keys() - beats.keys():
            del self._seen[name]
        for name, beat in beats.items():
            if name not in self._seen or self._seen[name][0] != beat:
                self._seen[name] = (beat, moment)

    def is_dead(self, name: str | None) -> bool:
        """Whether a worker is gone: its lock is free, it signed off, or its beat stood still for long enough."""
        if name is None:
            return True
        lock = _lock_of(self._archive, name)
        if lock.exists():
            return not is_held(lock)
        if name not in self._seen:
            return True
        still = time.monotonic() - self._seen[name][1]
        return still > self._archive.settings.worker_dead_after_seconds
