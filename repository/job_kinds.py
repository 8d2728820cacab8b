"""The kinds of jobs of an archive: what each does, and how many of it at once."""

from typing import Any

from luutru.repository.access import disseminate_zip
from luutru.repository.archive import Archive
from luutru.repository.audit import AuditSummary, Damage, audit, audit_strays
from luutru.repository.holdings import next_objects
from luutru.repository.ingest_job import ingest_given_up, ingest_job
from luutru.repository.job_states import Kind
from luutru.repository.journal import flush
from luutru.repository.repair import Mended, RepairSummary, repair
from luutru.repository.settings import Settings
from luutru.repository.work import Work

_SHOWN = 1000
_OBJECTS_A_STEP = 50


def job_kinds(settings: Settings) -> dict[str, Kind]:
    """Every kind by its name.  A reader's copy comes first, a routine audit last."""
    return {
        "ingest": Kind(
            ingest_job, settings.concurrency_ingest, priority=5, attempts=None, given_up=ingest_given_up
        ),
        "audit": Kind(audit_job, settings.concurrency_audit, priority=20),
        "repair": Kind(repair_job, settings.concurrency_repair, priority=5),
        "dissemination": Kind(dissemination_job, settings.concurrency_dissemination, priority=1),
    }


def audit_job(work: Work, argument: dict[str, Any]) -> dict[str, Any]:
    """Audit one object or, some at a time, all; gives the summary and the first of the damage."""
    if argument.get("object"):
        return _audited(work.step("audit", audit_some, [argument["object"]]))
    whole: dict[str, Any] = {"summary": {}, "damages": [], "damages_total": 0}
    after: str | None = ""
    while after is not None:
        part = work.step(f"audit after {after or 'the start'}", audit_next, after)
        after = part.pop("last")
        _add(whole, part)
        work.progress(objects=whole["summary"]["objects"], bytes=whole["summary"]["bytes"])
    _add(whole, work.step("look for what is unknown", audit_unknown, whole["summary"]["objects"]))
    return _audited(whole)


def audit_next(archive: Archive, after: str) -> dict[str, Any]:
    """Audit the next objects in the order of their ids; ``last`` is the last of them, if there are more."""
    chosen = next_objects(archive, after, limit=_OBJECTS_A_STEP)
    last = chosen[-1] if len(chosen) == _OBJECTS_A_STEP else None
    return {**audit_some(archive, chosen), "last": last}


def audit_some(archive: Archive, chosen: list[str]) -> dict[str, Any]:
    """Audit some objects, every copy in full."""
    found: list[Damage] = []
    return _told(audit(archive, chosen, on_damage=found.append), found)


def audit_unknown(archive: Archive, objects: int) -> dict[str, Any]:
    """Look through every location for what the catalogue does not know."""
    found: list[Damage] = []
    summary = AuditSummary()
    audit_strays(archive, summary, found.append, objects=objects)
    flush(archive)
    return _told(summary, found)


def _told(summary: AuditSummary, found: list[Damage]) -> dict[str, Any]:
    shown = [damage.as_json() for damage in found[:_SHOWN]]
    return {"summary": summary.as_json(), "damages": shown, "damages_total": len(found)}


def _add(whole: dict[str, Any], part: dict[str, Any]) -> None:
    for name, value in part["summary"].items():
        whole["summary"][name] = whole["summary"].get(name, 0) + value
    whole["damages"] += part["damages"][: _SHOWN - len(whole["damages"])]
    whole["damages_total"] += part["damages_total"]


def _audited(whole: dict[str, Any]) -> dict[str, Any]:
    whole["summary"]["seconds"] = round(whole["summary"]["seconds"], 3)
    return whole


def repair_job(work: Work, argument: dict[str, Any]) -> dict[str, Any]:
    """Repair one object or, one after the other, all; gives what was done."""
    if argument.get("object"):
        done: dict[str, Any] = work.step("repair", repair_one, argument["object"])
        return done
    whole: dict[str, Any] = {"objects": 0, "repaired": 0, "unrepairable": 0, "actions": []}
    after = ""
    while chosen := work.step(f"after {after or 'the start'}", next_ids, after):
        for object_id in chosen:
            part = work.step(f"repair {object_id}", repair_one, object_id)
            for name in ("objects", "repaired", "unrepairable"):
                whole[name] += part[name]
            whole["actions"] += part["actions"][: _SHOWN - len(whole["actions"])]
        after = chosen[-1]
        work.progress(objects=whole["objects"], repaired=whole["repaired"])
    return whole


def next_ids(archive: Archive, after: str) -> list[str]:
    """The next objects in the order of their ids."""
    return next_objects(archive, after, limit=_OBJECTS_A_STEP)


def repair_one(archive: Archive, object_id: str) -> dict[str, Any]:
    """Read every copy of an object and mend what is not intact."""
    done: list[Mended] = []
    summary: RepairSummary = repair(archive, [object_id], on_action=done.append)
    return {**summary.as_json(), "actions": [mended.as_json() for mended in done[:_SHOWN]]}


def dissemination_job(work: Work, argument: dict[str, Any]) -> dict[str, Any]:
    """Make a DIP as a zip; gives its file, size and version."""
    made: dict[str, Any] = work.step("disseminate", disseminate, argument)
    return made


def disseminate(archive: Archive, argument: dict[str, Any]) -> dict[str, Any]:
    """Make a DIP as a zip, whole or not at all; made again it replaces the one before."""
    path = archive.folder("disseminations") / f"{argument['id']}.zip"
    made = disseminate_zip(
        archive,
        argument["object"],
        path,
        form=argument["format"],
        version=argument.get("version"),
        representations=argument.get("representations"),
    )
    return {"file": path.name, "bytes": path.stat().st_size, "version": made.version}
