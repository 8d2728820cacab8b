"""Deposits in the catalogue: registered when they come, concluded once, found again by what they hold."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.profile_registry import judged_by
from luutru.repository.agencies import ensure_agency
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, writing
from luutru.repository.errors import NotFound, UnderWay
from luutru.repository.events import EventRecord, Result, event_from_row, now, record
from luutru.repository.models import Deposit, Event
from luutru.repository.stages import Built, Outcome, Received, Status


def receive(
    archive: Archive,
    source: Path,
    *,
    agency: str,
    name: str,
    deposit_id: str,
    profiles: Sequence[str] = (),
) -> Received:
    """Register a submission: who hands over what, and when.  Raises NotAnAgencyCode."""
    shown = name or source.name
    moment = now()
    facts = {
        "id": deposit_id,
        "agency": agency,
        "source": shown,
        "status": "received",
        "received": moment.isoformat(),
    }
    event = EventRecord(
        "transfer",
        detail=f"Submission {shown} received from agency {agency}",
        deposit_id=deposit_id,
        date_time=moment,
        facts={"deposit": facts},
    )
    with writing(archive.engine) as session:
        ensure_agency(session, agency)
        record(session, event)
    return Received(deposit_id, agency, source, shown, event, tuple(profiles))


def conclude(
    session: Session,
    received: Received,
    status: Status,
    report: Report,
    *,
    object_id: str | None = None,
    fingerprint: str | None = None,
    detail: str = "",
) -> Outcome:
    """Record what became of a deposit, its report with it, in the caller's transaction."""
    results: dict[Status, Result] = {"stored": "success", "rejected": "fail", "failed": "fail"}
    moment = now()
    facts: dict[str, Any] = {
        "id": received.deposit_id,
        "status": status,
        "finished": moment.isoformat(),
        "fingerprint": fingerprint,
        "object_id": object_id,
        "report": report.as_kept(),
    }
    event = EventRecord(
        "ingestion end",
        results[status],
        detail or f"Deposit {status}{judged_by(report.profiles)}",
        object_id=object_id,
        deposit_id=received.deposit_id,
        date_time=moment,
        facts={"deposit": facts},
    )
    record(session, event)
    return Outcome(received.deposit_id, received.name, status, object_id, report)


def announce(archive: Archive, built: Built) -> None:
    """Record which object a deposit is about to become, so that a crash after the commit loses nothing.

    Raises UnderWay where another deposit of the same agency is about to become the same.
    """
    unpacked = built.assessed.unpacked
    facts = {
        "id": unpacked.received.deposit_id,
        "object_id": built.object_id,
        "fingerprint": built.assessed.fingerprint,
        "report": unpacked.report.as_kept(),
    }
    event = EventRecord(
        "ingestion start",
        detail=f"AIP {built.object_id} built from the submission",
        object_id=built.object_id,
        deposit_id=unpacked.received.deposit_id,
        facts={"deposit": facts},
    )
    same = select(Deposit.id).where(
        Deposit.fingerprint == built.assessed.fingerprint,
        Deposit.agency == unpacked.received.agency,
        Deposit.status == "received",
        Deposit.id != unpacked.received.deposit_id,
    )
    with writing(archive.engine) as session:
        record(session, event)
        # Asked after the event is written: writers of events come one after the other.
        if other := session.exec(same.limit(1)).first():
            raise UnderWay(
                f"deposit {other} holds the same names and bytes and is being taken in now; "
                "deposit this again when that one is concluded"
            )


def received_again(archive: Archive, deposit: Deposit, *, source: Path | None = None) -> Received:
    """The first stage of a deposit that was received earlier, from its event; where its bytes lie, if known."""
    query = select(Event).where(Event.deposit_id == deposit.id, Event.type == "transfer")
    with reading(archive.engine) as session:
        event = session.exec(query.order_by(col(Event.sequence).desc())).first()
    if event is None:
        raise NotFound(f"deposit {deposit.id} has no event of its receipt")
    place = source or Path(deposit.source)
    return Received(deposit.id, deposit.agency, place, deposit.source, event_from_row(event))


def find_duplicate(archive: Archive, agency: str, fingerprint: str) -> Deposit | None:
    """The stored deposit of the same agency that held the same names and bytes, if there is one."""
    query = (
        select(Deposit)
        .where(Deposit.fingerprint == fingerprint, Deposit.agency == agency, Deposit.status == "stored")
        .order_by(col(Deposit.received))
    )
    with reading(archive.engine) as session:
        return session.exec(query.limit(1)).first()


def find_deposit(archive: Archive, deposit_id: str) -> Deposit | None:
    """One deposit, or None where none of this id was received."""
    with reading(archive.engine) as session:
        return session.get(Deposit, deposit_id)


def get_deposit(archive: Archive, deposit_id: str) -> Deposit:
    """One deposit.  Raises NotFound."""
    deposit = find_deposit(archive, deposit_id)
    if deposit is None:
        raise NotFound(f"there is no deposit {deposit_id}")
    return deposit


def unfinished(archive: Archive) -> Sequence[Deposit]:
    """Deposits that were received and never concluded: under way, or cut off by a crash."""
    with reading(archive.engine) as session:
        return session.exec(select(Deposit).where(Deposit.status == "received")).all()
