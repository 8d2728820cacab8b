"""OAIS Ingest: a submission becomes an AIP in every storage location, or a report says why not.

Receive, unpack, recognise, check fixity and validate, build the AIP, commit it in the first
location, replicate it, read every copy back, register it, write the receipt.  Each stage is
a type (``luutru.repository.stages``).  A deposit is acknowledged as *stored* only after all
of this; a rejected one leaves its report and nothing else.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from luutru.metadata_profiles.finding import Report
from luutru.packaging.contents import Progress
from luutru.packaging.ocfl.commit import commit_first
from luutru.packaging.ocfl.root import find_object
from luutru.packaging.ocfl.storage import Occupied, StorageError
from luutru.packaging.package import assess
from luutru.packaging.unpack import unpack
from luutru.repository.admission import refuse_if_short
from luutru.repository.aip_builder import build_aip
from luutru.repository.archive import Archive
from luutru.repository.catalog import writing
from luutru.repository.completion import complete
from luutru.repository.deposits import announce, conclude, find_duplicate, get_deposit, receive
from luutru.repository.errors import NotYetStored, RepositoryError, SourceChanged, StorageShort
from luutru.repository.identifiers import new_uuid, object_urn
from luutru.repository.journal import flush
from luutru.repository.profiles import judging_of
from luutru.repository.receipts import write_receipt
from luutru.repository.stages import Assessed, Committed, Outcome, Received, Unpacked, fingerprint
from luutru.repository.staging import staging_folder


def ingest(
    archive: Archive,
    source: Path,
    *,
    agency: str,
    name: str = "",
    deposit_id: str | None = None,
    profiles: Sequence[str] = (),
    progress: Progress | None = None,
) -> Outcome:
    """Take in one package; returns what became of it, stored or rejected.

    The source is only read.  Raises FileNotFoundError when there is nothing at the path,
    StorageShort when a location or the staging space is short, SourceChanged when the files
    changed while they were read, other RepositoryErrors when the archive could not do its
    work.  The deposit is then *failed*: nothing of it is kept and it can be made again.
    Raises NotYetStored when the first copy lies in storage and the rest could not be done:
    the deposit stays *received* and is completed by ``recover``.
    ``profiles`` judge the package besides those of its agency.
    """
    if not source.exists():
        raise FileNotFoundError(f"{source}: there is nothing here to deposit")
    deposit = deposit_id or str(new_uuid())
    with staging_folder(archive.first.staging, deposit) as folder:
        received = receive(archive, source, agency=agency, name=name, deposit_id=deposit, profiles=profiles)
        try:
            return _process(archive, received, folder, progress)
        except (RepositoryError, StorageError, OSError) as error:
            if has_first_copy(archive, deposit):
                raise NotYetStored(
                    f"the deposit has a copy in location {archive.first.name}, but not all was done ({error}); "
                    "it is completed at the next start or the next ingest, do not deposit it again"
                ) from error
            give_up(archive, received, str(error))
            if isinstance(error, OSError):
                raise StorageShort(
                    f"the deposit could not be taken in ({error}); nothing was stored, try again"
                ) from error
            raise
        finally:
            flush(archive)


def give_up(archive: Archive, received: Received, why: str) -> None:
    """Conclude a deposit as failed, of which nothing lies in storage: it can be made again."""
    with writing(archive.engine) as session:
        conclude(session, received, "failed", Report(received.name), detail=why)


def has_first_copy(archive: Archive, deposit_id: str) -> bool:
    """Whether a deposit was announced and may lie in the first location: then nothing of it is given up."""
    announced = get_deposit(archive, deposit_id).object_id
    try:
        return announced is not None and archive.first.exists(find_object(announced))
    except StorageError:
        return True


def _process(archive: Archive, received: Received, folder: Path, progress: Progress | None) -> Outcome:
    committed = commit(archive, received, folder, progress)
    if isinstance(committed, Outcome):
        return committed
    complete(
        archive,
        received,
        committed.object_id,
        report=committed.report,
        fingerprint=committed.fingerprint,
    )
    write_receipt(archive, received.deposit_id)
    return Outcome(received.deposit_id, received.name, "stored", committed.object_id, committed.report)


def commit(
    archive: Archive, received: Received, folder: Path, progress: Progress | None = None
) -> Committed | Outcome:
    """The AIP in the first location; or what became of the deposit, if it is to go no further.

    ``folder`` is a staging folder of the first location.  Raises as ``ingest``.
    """
    unpacked = _unpack(archive, received, folder, progress)
    assessed = _assess(archive, unpacked)
    report, mark = unpacked.report, assessed.fingerprint
    if not report.valid:
        with writing(archive.engine) as session:
            return conclude(session, received, "rejected", report, fingerprint=mark)
    if earlier := find_duplicate(archive, received.agency, mark):
        report.add("LUUTRU-DUPLICATE", object=earlier.object_id, deposit=earlier.id)
        with writing(archive.engine) as session:
            return conclude(
                session, received, "stored", report, object_id=earlier.object_id, fingerprint=mark
            )
    built = build_aip(archive, assessed, object_id=object_urn(received.deposit_id))
    announce(archive, built)
    # It may be there already, where another worker took this deposit for abandoned and was faster.
    with suppress(Occupied):
        commit_first(archive.first, built.staged, find_object(built.object_id))
    return Committed(received, built.object_id, report, mark)


def _unpack(archive: Archive, received: Received, folder: Path, progress: Progress | None) -> Unpacked:
    report = Report(received.name)
    # A disk that will be full is better refused before than after the bytes were moved.
    refuse_if_short(archive, received.source.stat().st_size if received.source.is_file() else 0)
    target = folder / "unpacked"
    contents = unpack(received.source, target, report, limits=archive.limits, progress=progress)
    if report.count("LUUTRU-UNPACK/changed") or report.count("LUUTRU-UNPACK/vanished"):
        raise SourceChanged(
            f"{received.name} changed while it was read; nothing was stored, deposit it again"
        )
    return Unpacked(received, contents, folder, report)


def _assess(archive: Archive, unpacked: Unpacked) -> Assessed:
    judging = judging_of(archive, unpacked.received)
    assessment = assess(unpacked.contents, unpacked.report, judging=judging)
    return Assessed(unpacked, assessment, fingerprint(unpacked.contents, assessment.recognised.root))
