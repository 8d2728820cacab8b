"""The ingest of an uploaded package as a job: the same work as by hand, in steps that outlive the process.

Each step finds out from storage and catalogue what is done already, so that it may be done
again on any worker.
"""

from typing import Any

from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.root import find_object
from luutru.repository.archive import Archive
from luutru.repository.completion import acknowledge, copy_to, prove_first
from luutru.repository.deposits import find_deposit, get_deposit, receive, received_again
from luutru.repository.errors import UnderWay
from luutru.repository.ingest import commit, give_up, has_first_copy
from luutru.repository.journal import flush
from luutru.repository.models import Deposit
from luutru.repository.receipts import write_receipt
from luutru.repository.stages import Received
from luutru.repository.staging import staging_folder
from luutru.repository.uploads import get_upload, purge_expired, uploaded_file
from luutru.repository.work import Cancelled, Step, StepFailed, Work


def ingest_job(work: Work, argument: dict[str, Any]) -> dict[str, Any]:
    """Take in an upload, by its id; gives the deposit's status and its object."""
    deposit_id = argument["deposit"]
    try:
        if work.step("take in", take_in, deposit_id) == "received":
            for storage in work.archive.locations[1:]:
                work.step(f"copy to {storage.name}", copy, deposit_id, storage.name)
            work.step("read back", read_back, deposit_id)
            work.step("register", register_stored, deposit_id)
        outcome: dict[str, Any] = work.step("receipt", receipt, deposit_id)
    except Cancelled as error:
        conclude_failed(work.archive, deposit_id, str(error))
        raise
    except StepFailed as error:
        if not error.transient:
            work.step("give up", conclude_failed, deposit_id, str(error))
        raise
    work.step("journals", write_journals)
    return outcome


def ingest_given_up(archive: Archive, argument: dict[str, Any], why: str) -> None:
    """Nobody takes the deposit in any more: it is failed, unless a copy of it may lie in storage."""
    conclude_failed(archive, argument["deposit"], why)


def take_in(archive: Archive, deposit_id: str) -> str:
    """Unpack, check and commit the first copy, unless that is done; the deposit's status.

    Raises UnderWay while another process is at it, and as ``ingest``.
    """
    received = _received(archive, deposit_id)
    deposit = get_deposit(archive, deposit_id)
    if deposit.status != "received":
        return deposit.status
    archive.first.available()
    if deposit.object_id and archive.first.exists(find_object(deposit.object_id)):
        return deposit.status
    archive.first.sweep()
    try:
        with staging_folder(archive.first.staging, deposit_id) as folder:
            commit(archive, received, folder)
    except FileExistsError as error:
        raise UnderWay(f"deposit {deposit_id} is being taken in by another process") from error
    return get_deposit(archive, deposit_id).status


def copy(archive: Archive, deposit_id: str, location: str) -> None:
    """Make sure of a proven copy in a location."""
    copy_to(archive, _object_of(get_deposit(archive, deposit_id)), archive.location(location))


def read_back(archive: Archive, deposit_id: str) -> None:
    """Prove the first copy where it lies."""
    prove_first(archive, _object_of(get_deposit(archive, deposit_id)))


def register_stored(archive: Archive, deposit_id: str) -> None:
    """Acknowledge the deposit as stored: all its copies are proven."""
    deposit = get_deposit(archive, deposit_id)
    acknowledge(
        archive,
        received_again(archive, deposit),
        _object_of(deposit),
        report=Report.restored(deposit.report) if deposit.report else Report(deposit.source),
        fingerprint=deposit.fingerprint or "",
    )


def receipt(archive: Archive, deposit_id: str) -> dict[str, Any]:
    """Write a stored deposit's receipt; what became of the deposit."""
    deposit = get_deposit(archive, deposit_id)
    if deposit.status == "stored":
        write_receipt(archive, deposit_id)
    return {"status": deposit.status, "object": deposit.object_id if deposit.status == "stored" else None}


def conclude_failed(archive: Archive, deposit_id: str, why: str) -> None:
    """Conclude a deposit that cannot be taken in as failed, unless a copy of it may lie in storage."""
    received = _received(archive, deposit_id)
    deposit = get_deposit(archive, deposit_id)
    if deposit.status == "received" and not has_first_copy(archive, deposit_id):
        give_up(archive, received, why)
    flush(archive)


def write_journals(archive: Archive) -> None:
    """Tell every location what happened, and remove uploads whose term is over."""
    flush(archive)
    purge_expired(archive)


INGEST_STEPS: tuple[Step, ...] = (take_in, copy, read_back, register_stored, receipt, write_journals)
"""The steps in their order, for those who test each of them."""


def _received(archive: Archive, deposit_id: str) -> Received:
    upload = get_upload(archive, deposit_id)
    source = uploaded_file(archive, deposit_id)
    deposit = find_deposit(archive, deposit_id)
    if deposit is None:
        return receive(archive, source, agency=upload.agency, name=upload.name, deposit_id=deposit_id)
    return received_again(archive, deposit, source=source)


def _object_of(deposit: Deposit) -> str:
    assert deposit.object_id is not None, "a deposit is announced before its first copy is committed"
    return deposit.object_id
