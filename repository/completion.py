"""The second half of an ingest: from one committed copy to a stored deposit.

It starts from what lies in storage alone, and each part may be done again, so that what a
crash cut off after the first commit is completed, not lost.
"""

from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.commit import stored_digest
from luutru.packaging.ocfl.inventory import FILE_NAME
from luutru.packaging.ocfl.root import find_object
from luutru.packaging.ocfl.storage import Occupied
from luutru.repository.archive import Archive
from luutru.repository.catalog import writing
from luutru.repository.deposits import conclude
from luutru.repository.events import EventRecord, now, record
from luutru.repository.location import Location
from luutru.repository.models import Deposit
from luutru.repository.registration import register
from luutru.repository.replication import prove, replicate
from luutru.repository.stages import Received


def complete(
    archive: Archive,
    received: Received,
    object_id: str,
    *,
    report: Report,
    fingerprint: str,
) -> None:
    """Copy a committed AIP to all locations, read every copy back, register it and conclude its deposit.

    Raises NoIntactCopy, CopyNotProven, StorageError; nothing is acknowledged then.
    """
    copied = [copy_to(archive, object_id, storage) for storage in archive.locations[1:]]
    if not any(copied):
        prove_first(archive, object_id)
    acknowledge(archive, received, object_id, report=report, fingerprint=fingerprint)


def copy_to(archive: Archive, object_id: str, target: Location) -> bool:
    """Make sure of a proven copy in a location; whether one was made now.

    Copying reads the first copy back; the new one is read where it lies.  Raises as ``complete``.
    """
    path = find_object(object_id)
    made = not target.exists(path)
    if made:
        try:
            replicate(archive.first, target, path)
        except Occupied:
            made = False  # another worker was faster
    prove(target, path, stored_digest(archive.first, f"{path}/{FILE_NAME}"))
    return made


def prove_first(archive: Archive, object_id: str) -> None:
    """Read the first copy back where no copying did.  Raises CopyNotProven, StorageError."""
    path = find_object(object_id)
    prove(archive.first, path, stored_digest(archive.first, f"{path}/{FILE_NAME}"))


def acknowledge(
    archive: Archive, received: Received, object_id: str, *, report: Report, fingerprint: str
) -> None:
    """Register an AIP that has all its copies and conclude its deposit as stored, once, in one transaction.

    Raises NotAnAip, StorageError.
    """
    with writing(archive.engine) as session:
        # The row is held: of two workers the second finds the deposit stored.
        deposit = session.get(Deposit, received.deposit_id, with_for_update=True)
        if deposit is not None and deposit.status == "stored":
            return
        register(session, archive.first, find_object(object_id))
        for storage in archive.locations:
            record(session, _copied(object_id, received.deposit_id, storage, first=storage is archive.first))
        conclude(session, received, "stored", report, object_id=object_id, fingerprint=fingerprint)


def _copied(object_id: str, deposit_id: str, storage: Location, *, first: bool) -> EventRecord:
    moment = now()
    copy = {
        "object_id": object_id,
        "location": storage.name,
        "state": "intact",
        "stored": moment.isoformat(),
        "checked": moment.isoformat(),
    }
    return EventRecord(
        "ingestion" if first else "replication",
        detail=f"Copy in location {storage.name} written and read back",
        object_id=object_id,
        deposit_id=deposit_id,
        location=storage.name,
        date_time=moment,
        facts={"copy": copy},
    )
