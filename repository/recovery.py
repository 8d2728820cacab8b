"""What a crash left half done: completed where a copy was committed, else concluded as failed.

Nothing of it was acknowledged.  A deposit whose staging lock is held is under way in another
process and is left alone; so is one that a job has in hand, which goes on by itself.
"""

from contextlib import suppress

from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.root import find_object
from luutru.packaging.ocfl.storage import StorageError
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, writing
from luutru.repository.completion import complete
from luutru.repository.deposits import conclude, get_deposit, received_again, unfinished
from luutru.repository.errors import RepositoryError
from luutru.repository.journal import flush
from luutru.repository.models import Deposit, Job
from luutru.repository.receipts import write_receipt
from luutru.repository.staging import staging_folder


def recover(archive: Archive) -> list[str]:
    """Finish or conclude every deposit that a dead process left; returns their ids.

    What a location that is down keeps from being settled is left for the next time.
    """
    for storage in archive.locations:
        with suppress(StorageError):  # one that is down is swept when it is back
            storage.sweep()
    settled = []
    for deposit in unfinished(archive):
        if _has_job(archive, deposit.id):
            continue
        with suppress(FileExistsError, StorageError):
            # An unmounted location has nothing in it; that is not to say that nothing was committed.
            archive.first.available()
            # Held like a deposit under way: whoever has it concludes it before letting go.
            with staging_folder(archive.first.staging, deposit.id):
                if get_deposit(archive, deposit.id).status == "received" and _settle(archive, deposit):
                    settled.append(deposit.id)
    if settled:
        flush(archive)
    return settled


def _has_job(archive: Archive, deposit_id: str) -> bool:
    """Whether a job takes the deposit in: a deposit's job has its id."""
    with reading(archive.engine) as session:
        job = session.get(Job, deposit_id)
    return job is not None and job.finished is None


def _settle(archive: Archive, deposit: Deposit) -> bool:
    received = received_again(archive, deposit)
    report = Report(deposit.source)
    try:
        if deposit.object_id and archive.first.exists(find_object(deposit.object_id)):
            if deposit.report:
                report = Report.restored(deposit.report)
            complete(
                archive, received, deposit.object_id, report=report, fingerprint=deposit.fingerprint or ""
            )
            write_receipt(archive, deposit.id)
            return True
    except (RepositoryError, StorageError, OSError):
        return False  # a location is short or down: try again at the next start
    with writing(archive.engine) as session:
        conclude(
            session,
            received,
            "failed",
            report,
            detail="interrupted before anything was stored; deposit again",
        )
    return True
