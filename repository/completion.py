"""The second half of an ingest: from one committed copy to a stored deposit.

It starts from what lies in storage alone and may be done again, so that what a crash cut off
after the first commit is completed, not lost.
"""

from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.commit import stored_digest
from luutru.packaging.ocfl.inventory import FILE_NAME
from luutru.packaging.ocfl.root import find_object
from luutru.repository.archive import Archive
from luutru.repository.catalog import writing
from luutru.repository.deposits import conclude
from luutru.repository.events import EventRecord, now, record
from luutru.repository.location import Location
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
    """Replicate a committed AIP, read every copy back, register it and conclude its deposit.

    Copying reads the first copy back; each further one is read where it lies.  Catalogue
    rows, events and the deposit's status are one transaction.  Raises NoIntactCopy,
    CopyNotProven, StorageError; nothing is acknowledged then.
    """
    path = find_object(object_id)
    digest = stored_digest(archive.first, f"{path}/{FILE_NAME}")
    missing = [storage for storage in archive.locations if not storage.exists(path)]
    for storage in missing:
        replicate(archive.first, storage, path)
    for storage in archive.locations:
        if storage is not archive.first or not missing:
            prove(storage, path, digest)
    with writing(archive.engine) as session:
        register(session, archive.first, path)
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
