"""Repair (PREMIS *quarantine*, *recovery*): a damaged copy is made whole from intact ones.

Every copy of a damaged object is read first, with the OCFL digest, so that what is restored
comes from bytes proven in the same run.  What is damaged goes to quarantine, good bytes take
its place, and the copy is read back.  Nothing is deleted; where no intact source is left,
nothing is touched and it is said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from luutru.fixity.verdict import Outcome, Verdict
from luutru.packaging.ocfl.check import ObjectCheck
from luutru.packaging.ocfl.inventory import FILE_NAME
from luutru.packaging.ocfl.storage import Missing, StorageError
from luutru.repository.archive import Archive
from luutru.repository.audit import Held, audit_copies, audit_copy, known
from luutru.repository.catalog import writing
from luutru.repository.errors import RepositoryError
from luutru.repository.events import EventRecord, record
from luutru.repository.holdings import object_ids
from luutru.repository.journal import flush
from luutru.repository.location import Location
from luutru.repository.replication import copy_file, replicate

REASON = "repair"

Action = Literal["restored", "removed", "unrepairable"]
Checks = Mapping[str, ObjectCheck]


@dataclass(frozen=True, slots=True)
class Mended:
    """What was done about one damaged file (an empty path: about the whole copy)."""

    object_id: str
    location: str
    path: str
    outcome: Outcome
    action: Action
    source: str = ""
    quarantine: str = ""
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """The line for programs."""
        return {
            "object": self.object_id,
            "location": self.location,
            "path": self.path,
            "outcome": str(self.outcome),
            "action": self.action,
            "source": self.source or None,
            "quarantine": self.quarantine or None,
            "detail": self.detail,
        }


@dataclass(slots=True)
class RepairSummary:
    """How many files (or whole copies) were mended, and how many could not be."""

    objects: int = 0
    repaired: int = 0
    unrepairable: int = 0

    def as_json(self) -> dict[str, int]:
        """The summary for programs."""
        return {"objects": self.objects, "repaired": self.repaired, "unrepairable": self.unrepairable}


def repair(
    archive: Archive,
    chosen: Sequence[str] | None = None,
    *,
    on_action: Callable[[Mended], None] = lambda _: None,
) -> RepairSummary:
    """Read every copy of the chosen objects, or of all, and mend what is not intact; tell each act.

    Raises NotFound for an unknown object; what cannot be mended is told, not raised.
    """
    summary = RepairSummary()
    for object_id in chosen if chosen is not None else object_ids(archive):
        held = known(archive, object_id)
        checks = audit_copies(archive, held, digest="sha512")
        summary.objects += 1
        for storage in archive.locations:
            for mended in _mend_copy(archive, held, storage, checks):
                if mended.action == "unrepairable":
                    summary.unrepairable += 1
                else:
                    summary.repaired += 1
                on_action(mended)
    flush(archive)
    return summary


def _mend_copy(archive: Archive, held: Held, storage: Location, checks: Checks) -> list[Mended]:
    check = checks[storage.name]
    if check.intact:
        return []
    try:
        if _beyond_files(check):
            done = [_mend_whole(archive, held, storage, checks)]
        else:
            done = [_mend_file(archive, held, storage, verdict, checks) for verdict in check.damage]
    except (StorageError, RepositoryError) as error:
        whole = Mended(held.id, storage.name, "", Outcome.UNKNOWN, "unrepairable", detail=str(error))
        _record(archive, [whole])
        return [whole]
    _record(archive, done)
    return [*done, *_read_back(archive, held, storage, done)]


def _beyond_files(check: ObjectCheck) -> bool:
    """Whether a copy is gone, cannot be looked into, or has no inventory to go by."""
    return check.inventory is None or any(verdict.path == "" for verdict in check.damage)


def _mend_whole(archive: Archive, held: Held, storage: Location, checks: Checks) -> Mended:
    verdict = next((v for v in checks[storage.name].damage if v.path == ""), Verdict("", Outcome.ALTERED))
    source = next((s for s in archive.locations if checks[s.name].intact), None)
    if source is None:
        detail = "no location has an intact copy of the whole object"
        return Mended(held.id, storage.name, "", verdict.outcome, "unrepairable", detail=detail)
    storage.available()
    quarantine = ""
    if storage.exists(held.path):
        quarantine = storage.move_to_quarantine(held.path, REASON)
    replicate(source, storage, held.path)
    return Mended(held.id, storage.name, "", verdict.outcome, "restored", source.name, quarantine)


def _mend_file(archive: Archive, held: Held, storage: Location, verdict: Verdict, checks: Checks) -> Mended:
    path = f"{held.path}/{verdict.path}"
    if verdict.outcome is Outcome.UNEXPECTED:
        quarantine = ""
        with suppress(Missing):  # it went with the folder it lay in
            quarantine = storage.move_to_quarantine(path, REASON)
        return Mended(held.id, storage.name, verdict.path, verdict.outcome, "removed", "", quarantine)
    found = next(_sources(archive, held, verdict.path, checks), None)
    if found is None:
        detail = "no location has an intact copy of this file"
        return Mended(held.id, storage.name, verdict.path, verdict.outcome, "unrepairable", detail=detail)
    source, source_path = found
    quarantine = ""
    with suppress(Missing):
        quarantine = storage.move_to_quarantine(path, REASON)
    copy_file(source, source_path, storage, path)
    return Mended(held.id, storage.name, verdict.path, verdict.outcome, "restored", source.name, quarantine)


def _sources(archive: Archive, held: Held, path: str, checks: Checks) -> Iterator[tuple[Location, str]]:
    """Where the same bytes lie intact, by the checks of this run; other copies first, then this one."""
    for storage in archive.locations:
        check = checks[storage.name]
        if check.inventory is None or check.inventory.id != held.id:
            continue
        damaged = {verdict.path for verdict in check.damage}
        for same in _same_bytes(check, path):
            if same not in damaged and storage.exists(f"{held.path}/{same}"):
                yield storage, f"{held.path}/{same}"


def _same_bytes(check: ObjectCheck, path: str) -> Iterator[str]:
    """The path itself, and for the root inventory and its sidecar their twins in the head version."""
    yield path
    if check.inventory is None:
        return
    head = f"{check.inventory.head}/"
    name = path.removeprefix(head)
    if name.startswith(FILE_NAME):
        yield name if path.startswith(head) else head + name


def _read_back(archive: Archive, held: Held, storage: Location, done: list[Mended]) -> list[Mended]:
    """Prove the mended copy; what is still not intact and was not said so already is told."""
    if all(mended.action == "unrepairable" for mended in done):
        return []
    check = audit_copy(archive, held, storage, digest="sha512")
    told = {mended.path for mended in done if mended.action == "unrepairable"}
    return [
        Mended(held.id, storage.name, v.path, v.outcome, "unrepairable", detail=f"after repair: {v.detail}")
        for v in check.damage
        if v.path not in told
    ]


def _record(archive: Archive, done: list[Mended]) -> None:
    """One event for what went to quarantine, one for what was restored, one for what could not be."""
    with writing(archive.engine) as session:
        for event in _events(done):
            record(session, event)


def _events(done: list[Mended]) -> Iterator[EventRecord]:
    object_id, location = done[0].object_id, done[0].location
    quarantined = [m for m in done if m.quarantine]
    restored = [m for m in done if m.action == "restored"]
    lost = [m for m in done if m.action == "unrepairable"]
    for kind, outcome, group in (
        ("quarantine", "success", quarantined),
        ("recovery", "success", restored),
        ("recovery", "fail", lost),
    ):
        if group:
            yield EventRecord(
                kind,
                "success" if outcome == "success" else "fail",
                f"{len(group)} files",
                object_id=object_id,
                location=location,
                facts={"files": [mended.as_json() for mended in group[:100]], "total": len(group)},
            )
