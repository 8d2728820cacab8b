"""What the service's jobs do: each kind of job, its argument and its result as plain data."""

from pathlib import Path
from typing import Any

from luutru.api.audit_lines import damage_line, summary_line
from luutru.repository.access import disseminate_zip
from luutru.repository.archive import Archive
from luutru.repository.audit import Damage, audit
from luutru.repository.ingest import ingest
from luutru.repository.jobs import Handler
from luutru.repository.uploads import get_upload, purge_expired, uploaded_file

_SHOWN = 1000


def _ingest(archive: Archive, argument: dict[str, Any]) -> dict[str, Any]:
    upload = get_upload(archive, argument["deposit"])
    source = uploaded_file(archive, upload.id)
    outcome = ingest(archive, source, agency=upload.agency, name=upload.name, deposit_id=upload.id)
    purge_expired(archive)
    return {"status": outcome.status, "object": outcome.object_id}


def _audit(archive: Archive, argument: dict[str, Any]) -> dict[str, Any]:
    found: list[Damage] = []
    chosen = [argument["object"]] if argument.get("object") else None
    summary = audit(archive, chosen, on_damage=found.append)
    lines = [damage_line(damage) for damage in found[:_SHOWN]]
    return {**summary_line(summary), "damages": lines, "damages_total": len(found)}


def _disseminate(archive: Archive, argument: dict[str, Any]) -> dict[str, Any]:
    path = archive.folder("disseminations") / f"{argument['id']}.zip"
    made = disseminate_zip(
        archive,
        argument["object"],
        path,
        form=argument["format"],
        version=argument.get("version"),
        representations=argument.get("representations"),
    )
    return {"file": Path(path).name, "bytes": path.stat().st_size, "version": made.version}


HANDLERS: dict[str, Handler] = {"ingest": _ingest, "audit": _audit, "dissemination": _disseminate}
