"""Admission: whether the archive takes in anything more now (backpressure at its door).

Asked before a deposit is opened, uploaded and submitted.  Nothing is paused or resumed by hand:
the answer follows from disk, queue and locations as they are at that moment.
"""

import shutil

from sqlmodel import col, func, select

from luutru.packaging.ocfl.storage import StorageError
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading
from luutru.repository.errors import QueueFull, StorageShort
from luutru.repository.models import Job


def admit(archive: Archive, size: int = 0) -> None:
    """Return when a deposit of so many bytes may come in.

    Raises StorageShort where the home or a location is short or away, QueueFull while too many
    deposits wait; the same deposit may be tried again later.
    """
    _queue(archive)
    needed = archive.settings.reserve_bytes + size
    if shutil.disk_usage(archive.folder("uploads")).free < needed:
        raise StorageShort("there is no room for uploads now; nothing was taken in, try again later")
    try:
        refuse_if_short(archive, size)
    except StorageError as error:
        raise StorageShort(f"{error}; nothing was taken in, try again later") from error


def refuse_if_short(archive: Archive, size: int) -> None:
    """Make sure that every location is there and has room for so many bytes.

    Raises StorageShort, or StorageError for a location that is not available.
    """
    needed = archive.settings.reserve_bytes + size
    for storage in archive.locations:
        storage.available()  # a folder that waits for its medium must not be written to in its place
        if storage.free_bytes() < needed:
            raise StorageShort(
                f"location {storage.name} has less than {needed} bytes left; nothing was stored"
            )


def _queue(archive: Archive) -> None:
    waiting = select(func.count()).where(Job.kind == "ingest", col(Job.finished).is_(None))
    with reading(archive.engine) as session:
        count = session.exec(waiting).one()
    if count >= archive.settings.limit_queue:
        raise QueueFull(f"{count} deposits wait to be taken in already; try again later")
