"""Events: what happened, to what, with what outcome, in the words of PREMIS 3.

An event is written in the transaction of what it records.  Its *facts* are the rows it
changes; the catalogue's agencies, deposits and copies come about by nothing else, so that
replaying the events makes them anew exactly as they were.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from luutru.repository.catalog import table_of, upsert
from luutru.repository.identifiers import new_urn
from luutru.repository.models import Agency, Copy, Deposit, Event, Moment

Result = Literal["success", "fail", "warning"]

SOFTWARE = f"Luutru {version('luutru')}"
_PROJECTIONS: dict[str, type[SQLModel]] = {"agency": Agency, "deposit": Deposit, "copy": Copy}


def now() -> datetime:
    """The present moment, UTC, to the microsecond."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event; ``type`` is a term of the Library of Congress *eventType* vocabulary where it has one."""

    type: str
    outcome: Result = "success"
    detail: str = ""
    object_id: str | None = None
    deposit_id: str | None = None
    location: str | None = None
    agent: str = SOFTWARE
    facts: dict[str, Any] = field(default_factory=dict)
    date_time: datetime = field(default_factory=now)
    id: str = field(default_factory=new_urn)
    sequence: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The event as one journal line; see ``event_from_json``."""
        return {
            "sequence": self.sequence,
            "id": self.id,
            "type": self.type,
            "date_time": self.date_time.isoformat(),
            "outcome": self.outcome,
            "detail": self.detail,
            "agent": self.agent,
            "object": self.object_id,
            "deposit": self.deposit_id,
            "location": self.location,
            "facts": self.facts,
        }


def event_from_json(line: dict[str, Any]) -> EventRecord:
    """An event read back from a journal.  Raises KeyError or ValueError for another shape."""
    return EventRecord(
        type=line["type"],
        outcome=line["outcome"],
        detail=line["detail"],
        object_id=line["object"],
        deposit_id=line["deposit"],
        location=line["location"],
        agent=line["agent"],
        facts=line["facts"] or {},
        date_time=datetime.fromisoformat(line["date_time"]),
        id=line["id"],
        sequence=line["sequence"],
    )


def event_from_row(row: Event) -> EventRecord:
    """An event as the catalogue keeps it."""
    return EventRecord(
        type=row.type,
        outcome=row.outcome,  # type: ignore[arg-type]
        detail=row.detail,
        object_id=row.object_id,
        deposit_id=row.deposit_id,
        location=row.location,
        agent=row.agent,
        facts=row.facts or {},
        date_time=row.date_time,
        id=row.id,
        sequence=row.sequence,
    )


def record(session: Session, event: EventRecord) -> None:
    """Write an event and the rows it changes, in the caller's transaction."""
    table = table_of(Event)
    # Counted under the writers' lock, without gaps; a sequence of the database counts before the commit,
    # so that a later number may be seen earlier.
    following = sa.select(sa.func.coalesce(sa.func.max(table.c.sequence), 0) + 1).scalar_subquery()
    row = {
        "sequence": following if event.sequence is None else event.sequence,
        "id": event.id,
        "type": event.type,
        "date_time": event.date_time,
        "outcome": event.outcome,
        "detail": event.detail,
        "agent": event.agent,
        "object_id": event.object_id,
        "deposit_id": event.deposit_id,
        "location": event.location,
        "facts": event.facts or None,
    }
    session.connection().execute(sa.insert(table).values(**row))
    for name, model in _PROJECTIONS.items():
        if name in event.facts:
            upsert(session, model, _typed(model, event.facts[name]))


def _typed(model: type[SQLModel], facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as column values: JSON has no moments, the catalogue has."""
    columns = table_of(model).c
    return {
        name: datetime.fromisoformat(value) if isinstance(columns[name].type, Moment) and value else value
        for name, value in facts.items()
    }
