"""The lines of an audit for programs (design section 7), the same on the command line and by REST."""

from dataclasses import asdict
from typing import Any

from luutru.repository.audit import AuditSummary, Damage


def damage_line(damage: Damage) -> dict[str, Any]:
    """One damaged file of one copy."""
    return {
        "object": damage.object_id,
        "location": damage.location,
        "path": damage.path,
        "outcome": str(damage.outcome),
    }


def summary_line(summary: AuditSummary) -> dict[str, Any]:
    """The last line."""
    return {"summary": asdict(summary)}
