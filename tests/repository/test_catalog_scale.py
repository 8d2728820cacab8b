"""What is asked of a large catalogue goes by an index on both databases: the plans say so, no clock does."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from luutru.repository import holdings
from luutru.repository.archive import Archive
from luutru.repository.catalog import insert_many, reading, writing
from luutru.repository.deposits import find_duplicate
from luutru.repository.events import EventRecord, record
from luutru.repository.models import Copy, Deposit, Event, File, Object, Version
from luutru.repository.uploads import purge_expired

START = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 1000
IDS = [f"urn:uuid:{number:032x}" for number in range(COUNT)]


@pytest.fixture
def full(archive: Archive) -> Archive:
    """Rows enough that the planner prefers an index, with its statistics up to date."""
    moments = [START + timedelta(seconds=number) for number in range(COUNT)]
    with writing(archive.engine) as session:
        insert_many(session, Object, (
            {"id": id, "agency": f"H{n % 2}", "title": "", "kind": "", "path": "", "head": "v1", "created": START}
            for n, id in enumerate(IDS)
        ))  # fmt: skip
        insert_many(session, Version, (
            {"object_id": id, "number": "v1", "created": START, "message": "", "inventory_digest": "", "bytes": 1}
            for id in IDS
        ))  # fmt: skip
        insert_many(session, Copy, (
            {"object_id": id, "location": name, "state": "intact", "stored": START, "checked": moment}
            for id, moment in zip(IDS, moments, strict=True)
            for name in ("a", "b")
        ))  # fmt: skip
        insert_many(session, File, (
            {"object_id": id, "path": f"{n}", "version": "v1", "size": 1, "sha512": "", "puid": "", "mime": "",
             "original_name": ""}
            for id in IDS
            for n in range(5)
        ))  # fmt: skip
        insert_many(session, Deposit, (
            {"id": f"d{n}", "agency": f"H{n % 2}", "source": "", "status": "stored", "received": START,
             "finished": START, "fingerprint": f"f{n}", "object_id": id}
            for n, id in enumerate(IDS)
        ))  # fmt: skip
        insert_many(session, Event, (
            {"sequence": n + 1, "id": f"e{n}", "type": "transfer", "date_time": START, "outcome": "success",
             "detail": "", "agent": "", "object_id": id}
            for n, id in enumerate(IDS)
        ))  # fmt: skip
    with archive.engine.begin() as connection:
        connection.exec_driver_sql("analyze")
    return archive


@pytest.fixture
def plans(full: Archive, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The plan of every statement that is run from here on."""
    explain = "explain query plan " if full.engine.dialect.name == "sqlite" else "explain "
    found: list[str] = []
    if full.engine.dialect.name != "sqlite":
        # The tables of a test are so small that reading them whole is cheap; whether an index serves is asked.
        sa.event.listen(full.engine, "begin", _without_reading_all)

    def note(
        connection: sa.Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.lower().startswith(("select", "insert into event", "update")) and not many:
            cursor.execute(explain + statement, parameters)
            found.append("\n".join(str(row[-1]) for row in cursor.fetchall()))

    sa.event.listen(full.engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(full.engine, "before_cursor_execute", note)


def _without_reading_all(connection: sa.Connection) -> None:
    connection.exec_driver_sql("set local enable_seqscan = off")


def due(session: Session) -> int:
    found = holdings.due_copies(session, START + timedelta(days=1), limit=10)
    assert [(copy.object_id, copy.location) for copy in found[:3]] == [
        (IDS[0], "a"),
        (IDS[0], "b"),
        (IDS[1], "a"),
    ]
    return len(found)


def objects_page(session: Session) -> int:
    found = holdings.list_objects(session, after=IDS[499], limit=10)
    return len(holdings.summaries(session, found))


ASKED: dict[str, Callable[[Session], int]] = {
    "the copies to audit next": due,
    "a page of all objects": objects_page,
    "a page of an agency's objects": lambda s: len(
        holdings.list_objects(s, agency="H1", after=IDS[9], limit=10)
    ),
    "one object": lambda s: len(holdings.get_object(s, IDS[7]).id),
    "the versions": lambda s: len(holdings.versions_of(s, IDS[7])),
    "its files": lambda s: len(holdings.files_of(s, IDS[7], after="2")),
    "its copies": lambda s: len(holdings.copies_of(s, IDS[7])),
    "its events": lambda s: len(holdings.events_of(s, IDS[7])),
    "what the producer sent": lambda s: len(holdings.submitted_files(s, IDS[7])) + 1,
}


@pytest.mark.parametrize("name", ASKED)
def test_it_is_found_by_an_index(full: Archive, plans: list[str], name: str) -> None:
    with reading(full.engine) as session:
        assert ASKED[name](session)
    assert_by_index(plans)
    if "page" in name or "next" in name:
        # Of a page the rows come in its order; sorting would read all of them first.
        assert "Sort" not in plans[0] and "TEMP B-TREE FOR ORDER" not in plans[0], plans[0]


def test_a_duplicate_is_found_by_an_index(full: Archive, plans: list[str]) -> None:
    assert find_duplicate(full, "H1", "f7") is not None
    assert_by_index(plans)


def test_an_event_is_recorded_by_an_index(full: Archive, plans: list[str]) -> None:
    facts = {"copy": {"object_id": IDS[0], "location": "a", "state": "damaged"}}
    with writing(full.engine) as session:
        record(session, EventRecord("fixity check", facts=facts))
    assert len([plan for plan in plans if "event" in plan.lower() or "copy" in plan]) == 2
    assert_by_index(plans)


def test_expired_uploads_are_found_by_an_index(full: Archive, plans: list[str]) -> None:
    assert purge_expired(full) == []
    # The uploads are few, and read through; the deposits are many.
    assert_by_index([plan.replace("SCAN upload", "").replace("Seq Scan on upload", "") for plan in plans])


def test_a_table_read_through_is_noticed(full: Archive, plans: list[str]) -> None:
    """The tests above can fail."""
    with reading(full.engine) as session:
        holdings.list_objects(session, title="nothing")
        session.scalars(sa.select(Copy).order_by(sa.text("state"))).first()
    with pytest.raises(AssertionError):
        assert_by_index(plans)


def test_copies_never_checked_are_due_first(full: Archive) -> None:
    with writing(full.engine) as session:
        session.add(Copy(object_id="new", location="a", state="intact"))
        session.get_one(Copy, (IDS[0], "a")).checked = START + timedelta(days=2)
    with reading(full.engine) as session:
        found = holdings.due_copies(session, START + timedelta(seconds=2), limit=10)
        assert [copy.object_id for copy in found] == ["new", IDS[0], IDS[1], IDS[1]]
        assert [copy.object_id for copy in holdings.due_copies(session, START, limit=1)] == ["new"]


def assert_by_index(plans: list[str]) -> None:
    told = "\n".join(plans)
    assert (
        "ix_" in told or "pkey" in told or "autoindex" in told or "PRIMARY KEY" in told or "_key" in told
    ), told
    scans = [line for line in told.splitlines() if "Seq Scan" in line or line.startswith("SCAN")]
    assert [line for line in scans if "USING" not in line] == [], told
