"""The audit (PREMIS *fixity check*): every copy against its inventory, storage against catalogue.

Both directions: what the catalogue knows must lie in every location, and what lies in a
location must be known.  Damage never stops an audit; what could not be read is said to be
unreadable, never intact.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlmodel import select

from luutru.fixity.verdict import Outcome
from luutru.packaging.contents import Progress
from luutru.packaging.ocfl.check import ObjectCheck, check_object
from luutru.packaging.ocfl.parsed_inventories import ParsedInventories
from luutru.packaging.ocfl.root import find_object
from luutru.packaging.ocfl.storage import OCFL_ROOT, StorageError
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, writing
from luutru.repository.events import EventRecord, now, record
from luutru.repository.holdings import get_object, object_ids
from luutru.repository.journal import flush
from luutru.repository.location import Location
from luutru.repository.models import Deposit, Object, Version

_DETAILED = 100


@dataclass(frozen=True, slots=True)
class Damage:
    """One file of one copy that is not intact; an empty path means the whole copy."""

    object_id: str
    location: str
    path: str
    outcome: Outcome
    detail: str = ""

    def as_json(self) -> dict[str, str]:
        """The line for programs (design section 7)."""
        return {
            "object": self.object_id,
            "location": self.location,
            "path": self.path,
            "outcome": str(self.outcome),
        }


@dataclass(slots=True)
class AuditSummary:
    """What an audit read and found; ``intact`` and ``damaged`` count copies.

    ``attested`` are those of the files that were not read: their location's server attests their digest.
    """

    objects: int = 0
    copies: int = 0
    files: int = 0
    bytes: int = 0
    intact: int = 0
    damaged: int = 0
    attested: int = 0
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The summary for programs."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Held:
    """What the catalogue knows of an object: where it lies and what its inventory must be."""

    id: str
    path: str
    inventory_digest: str | None


OnDamage = Callable[[Damage], None]


def audit(
    archive: Archive,
    chosen: Sequence[str] | None = None,
    *,
    read_back: bool = False,
    on_damage: OnDamage = lambda _: None,
    progress: Progress | None = None,
) -> AuditSummary:
    """Read every copy of the chosen objects, or of all; tell each damage as it is found.

    In a location that is set so, digests that its server attests stand for reading, unless
    ``read_back`` asks for every byte.

    An audit of all also looks through every location for what the catalogue does not know.
    Each check is recorded as an event of its object.  Raises NotFound for an unknown
    object; never because of damage.
    """
    begun = time.monotonic()
    summary = AuditSummary()
    for object_id in chosen if chosen is not None else object_ids(archive):
        held = known(archive, object_id)
        summary.objects += 1
        for name, check in audit_copies(archive, held, progress, read_back=read_back).items():
            _count(summary, check)
            for verdict in check.damage:
                on_damage(Damage(held.id, name, verdict.path, verdict.outcome, verdict.detail))
    if chosen is None:
        audit_strays(archive, summary, on_damage, objects=summary.objects)
    flush(archive)
    summary.seconds = round(time.monotonic() - begun, 3)
    return summary


def audit_strays(archive: Archive, summary: AuditSummary, on_damage: OnDamage, *, objects: int) -> None:
    """Look through every location for what the catalogue does not know; ``objects`` were audited before."""
    for damage in _unknown_to_catalogue(archive):
        # Of a location that is gone every copy was counted already.
        if not objects or damage.path not in ("", OCFL_ROOT):
            summary.copies += 1
            summary.damaged += 1
        on_damage(damage)


def known(archive: Archive, object_id: str) -> Held:
    """What the catalogue knows of one object.  Raises NotFound."""
    with reading(archive.engine) as session:
        found: Object = get_object(session, object_id)
        version = session.get(Version, (found.id, found.head))
    return Held(found.id, found.path, version.inventory_digest if version else None)


def audit_copies(
    archive: Archive,
    held: Held,
    progress: Progress | None = None,
    *,
    digest: str = "sha256",
    read_back: bool = True,
) -> dict[str, ObjectCheck]:
    """Check every copy of an object, all at once: they lie on independent media.

    Returns the checks by location, in the order of the locations; records them as
    ``audit_copy`` does.
    """
    parsed, at_once = ParsedInventories(), len(archive.locations)

    def check(storage: Location) -> ObjectCheck:
        return audit_copy(
            archive,
            held,
            storage,
            progress,
            digest=digest,
            read_back=read_back,
            parsed=parsed,
            at_once=at_once,
        )

    with ThreadPoolExecutor(at_once, "luutru-audit") as pool:
        checks = pool.map(check, archive.locations)
        return {storage.name: check for storage, check in zip(archive.locations, checks, strict=True)}


def audit_copy(
    archive: Archive,
    held: Held,
    storage: Location,
    progress: Progress | None = None,
    *,
    digest: str = "sha256",
    read_back: bool = True,
    parsed: ParsedInventories | None = None,
    at_once: int = 1,
) -> ObjectCheck:
    """Check one copy in full and record the outcome, in the catalogue and as an event.

    Without ``read_back`` a location that is set so is compared by what its server attests; the
    event says how many files were.
    """
    check = check_object(
        storage,
        held.path,
        digest=digest,
        inventory_digest=held.inventory_digest,
        parsed=parsed,
        at_once=at_once,
        progress=progress,
        attested=storage.audits_by_attestation and not read_back,
    )
    moment = now()
    facts = {
        "files": check.files,
        "bytes": check.bytes,
        "attested": check.attested,
        "algorithm": check.algorithm,
        "damaged": [[v.path, str(v.outcome), v.detail] for v in check.damage[:_DETAILED]],
        "damaged_total": len(check.damage),
        "copy": {
            "object_id": held.id,
            "location": storage.name,
            "state": "intact" if check.intact else state_of(check),
            "checked": moment.isoformat(),
        },
    }
    event = EventRecord(
        "fixity check",
        "success" if check.intact else "fail",
        f"{_how(check)}, {len(check.damage)} not intact",
        object_id=held.id,
        location=storage.name,
        date_time=moment,
        facts=facts,
    )
    with writing(archive.engine) as session:
        record(session, event)
    return check


def _how(check: ObjectCheck) -> str:
    """In words how a copy was checked: what was attested was not read, and is not said to be."""
    read = f"{check.files - check.attested} files read in full"
    return f"{check.attested} files attested by the server, {read}" if check.attested else read


def state_of(check: ObjectCheck) -> str:
    """The word for a whole copy: intact, missing or unreadable as a whole, else damaged."""
    if check.intact:
        return "intact"
    whole = [verdict for verdict in check.damage if verdict.path == ""]
    return str(whole[0].outcome) if whole else "damaged"


def _count(summary: AuditSummary, check: ObjectCheck) -> None:
    summary.copies += 1
    summary.files += check.files
    summary.bytes += check.bytes
    summary.attested += check.attested
    if check.intact:
        summary.intact += 1
    else:
        summary.damaged += 1


def _unknown_to_catalogue(archive: Archive) -> list[Damage]:
    """What lies in the storage roots and is in no row of the catalogue."""
    found, strangers = [], []
    expected = _paths_known(archive)
    for storage in archive.locations:
        try:
            strangers += [
                (storage.name, entry)
                for entry in storage.walk_root()
                if entry.kind != "object" or entry.path not in expected
            ]
        except StorageError as error:
            found.append(Damage("", storage.name, "", Outcome.UNREADABLE, str(error)))
    # Asked again: what a deposit under way commits meanwhile was announced before.
    expected = _paths_known(archive) if strangers else expected
    emptied = {str(parent) for path in expected for parent in PurePosixPath(path).parents}
    for name, entry in strangers:
        # A folder that a lost object left empty is told as the loss of the object.
        if entry.path in {"object": expected, "empty": emptied}.get(entry.kind, ()):
            continue
        outcome = Outcome.UNREADABLE if entry.kind == "unreadable" else Outcome.UNEXPECTED
        found.append(Damage("", name, entry.path, outcome, f"{entry.kind} not in the catalogue"))
    return found


def _paths_known(archive: Archive) -> set[str]:
    """Where the objects lie that are registered, or announced by a deposit that is not concluded."""
    with reading(archive.engine) as session:
        announced = session.exec(select(Deposit.object_id).where(Deposit.status == "received"))
        return {*map(find_object, filter(None, announced)), *session.exec(select(Object.path))}
