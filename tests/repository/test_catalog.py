"""The catalogue on both databases: one writer at a time, events in order, faults that pass, plans by index."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from databases import Server
from luutru.repository import database as database_module
from luutru.repository.archive import Archive, open_archive
from luutru.repository.catalog import open_catalog, reading, table_of, upsert, writing
from luutru.repository.database import connected_for_reading, make_engine
from luutru.repository.errors import CatalogueUnavailable, NotText
from luutru.repository.events import EventRecord, record
from luutru.repository.holdings import list_objects
from luutru.repository.ingest import ingest
from luutru.repository.journal import flush, read_journal
from luutru.repository.models import Agency, Event, JournalPosition, Object
from luutru.repository.rebuild import rebuild, rows_of

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def engine(archive: Archive) -> sa.Engine:
    """The engine of a new archive's catalogue."""
    return archive.engine


def sequences(engine: sa.Engine) -> list[int]:
    with reading(engine) as session:
        return list(session.scalars(sa.select(table_of(Event).c.sequence).order_by(sa.text("1"))))


def test_an_event_is_never_seen_before_an_earlier_one(archive: Archive) -> None:
    """Two racing writers: the first takes its number, and commits late."""
    holds, may_commit = threading.Event(), threading.Event()
    begun = len(sequences(archive.engine))

    def first() -> None:
        with writing(archive.engine) as session:
            record(session, EventRecord("transfer", detail="first"))
            session.flush()
            holds.set()
            assert may_commit.wait(30)

    def second() -> None:
        with writing(archive.engine) as session:
            record(session, EventRecord("transfer", detail="second"))
        flush(archive)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first)
        assert holds.wait(30)
        two = pool.submit(second)
        time.sleep(0.5)  # long enough for the second to commit and flush, if it could
        seen = sequences(archive.engine)
        may_commit.set()
        one.result(30), two.result(30)
    assert len(seen) == begun, "the second event was visible before the first"
    told = [(event.sequence, event.detail) for event in read_journal(archive.first)]
    assert told[-2:] == [(begun + 1, "first"), (begun + 2, "second")]


def test_a_number_that_was_rolled_back_is_given_to_the_next_event(engine: sa.Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as session:
        record(session, EventRecord("transfer"))
        raise ZeroDivisionError
    with writing(engine) as session:
        record(session, EventRecord("transfer"))
        record(session, EventRecord("validation"))
    assert sequences(engine) == [1, 2]


def test_writers_race_for_one_row_and_none_fails(engine: sa.Engine) -> None:
    def write(number: int) -> None:
        with writing(engine) as session:
            known = session.get(JournalPosition, "x")
            count = known.sequence if known else 0
            upsert(session, JournalPosition, {"location": "x", "sequence": count + 1})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with reading(engine) as session:
        assert session.get_one(JournalPosition, "x").sequence == 40


def test_a_row_inserted_meanwhile_is_updated(engine: sa.Engine) -> None:
    """As by a program that does not wait for our lock: the insert itself must bear it."""
    full = {"code": "H29", "name": "a", "registered": MOMENT}
    with writing(engine) as session:
        upsert(session, Agency, full)
        upsert(session, Agency, {"code": "H29", "name": "b"})
    table = table_of(Agency)
    with writing(engine) as session:
        real = session.connection().execute

        def blind(statement: Any, *more: Any, **options: Any) -> Any:
            if isinstance(statement, sa.Update):
                statement = statement.where(sa.false())
            return real(statement, *more, **options)

        session.connection().execute = blind  # type: ignore[method-assign]
        upsert(session, Agency, {**full, "name": "c"})
    with connected_for_reading(engine) as connection:
        assert connection.execute(sa.select(table.c.code, table.c.name)).all() == [("H29", "c")]


def test_who_reads_sees_one_moment(engine: sa.Engine) -> None:
    with reading(engine) as session:
        count = sa.select(sa.func.count()).select_from(table_of(Event))
        assert session.scalar(count) == 0
        with writing(engine) as other:
            record(other, EventRecord("transfer"))
        assert session.scalar(count) == 0
    assert sequences(engine) == [1]


def test_a_moment_is_the_same_in_every_time_zone(
    archive: Archive, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", "Asia/Ho_Chi_Minh")
    there = MOMENT.astimezone(timezone(timedelta(hours=7)))
    other = make_engine(archive.engine.url.render_as_string(hide_password=False))
    with writing(other) as session:
        upsert(session, Agency, {"code": "H29", "registered": there, "name": ""})
    for engine in (other, archive.engine):
        with reading(engine) as session:
            assert session.get_one(Agency, "H29").registered == MOMENT
            assert session.scalars(sa.select(Agency).where(table_of(Agency).c.registered == there)).all()
            assert not session.scalars(sa.select(Agency).where(table_of(Agency).c.registered < MOMENT)).all()


def test_identifiers_differ_by_case_and_titles_are_found_whatever_theirs(engine: sa.Engine) -> None:
    with writing(engine) as session:
        for code in ("h29", "H29"):
            session.add(
                Object(
                    id=f"urn:{code}",
                    agency=code,
                    title=f"Ho so {code}",
                    kind="",
                    path="",
                    head="v1",
                    created=MOMENT,
                )
            )
    with reading(engine) as session:
        assert [found.id for found in list_objects(session, agency="H29")] == ["urn:H29"]
        assert [found.id for found in list_objects(session, title="SO h29")] == ["urn:H29", "urn:h29"]
        assert list_objects(session, title="%29") == []
        assert [found.id for found in list_objects(session, after="urn:H29", limit=1)] == ["urn:h29"]


def test_a_catalogue_moves_from_one_database_to_the_other(
    archive: Archive, make_bag: Any, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebuilt on a SQLite file of its own, whatever it was on: the rows are equal."""
    ingest(archive, make_bag(), agency="H29")
    before = rows_of(archive)
    monkeypatch.setenv("LUUTRU_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    other = open_archive(archive.settings.home, rebuilding=True)
    rebuild(other)
    assert rows_of(other) == before


@ON_POSTGRESQL
def test_journals_are_written_by_one_machine_at_a_time(archive: Archive) -> None:
    """Another machine has another home: the lock of a file does not hold it."""
    with writing(archive.engine) as session:
        record(session, EventRecord("transfer"))
    with ThreadPoolExecutor(1) as pool:
        with database_module.alone(make_engine(str(archive.settings.database)), database_module.JOURNAL_LOCK):
            flushed = pool.submit(flush, archive)
            time.sleep(0.5)
            assert not flushed.done() and list(read_journal(archive.first)) == []
        assert flushed.result(30) == []
    assert [event.sequence for event in read_journal(archive.first)] == [1]


def test_a_segment_written_by_two_at_once_is_written_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock was lost with the server: another wrote a longer segment, and ours replaced it."""
    with writing(archive.engine) as session:
        record(session, EventRecord("transfer", detail="1"))
    storage = archive.first
    real = type(storage).write_file
    once: list[str] = []

    def overtaken(self: Any, path: str, content: Any) -> None:
        if self.name == storage.name and not once:
            once.append(path)
            with writing(archive.engine) as session:
                record(session, EventRecord("transfer", detail="2"))
                upsert(session, JournalPosition, {"location": storage.name, "sequence": 2})
        real(self, path, content)

    monkeypatch.setattr(type(storage), "write_file", overtaken)
    assert flush(archive) == []
    assert once and [event.detail for event in read_journal(storage)] == ["1", "2"]


@ON_POSTGRESQL
def test_a_restarted_server_is_survived(archive: Archive, make_bag: Any, postgres_server: Server) -> None:
    if postgres_server.control is None:
        pytest.skip("the server of LUUTRU_TEST_POSTGRES is not ours to restart")
    with (
        pytest.raises(CatalogueUnavailable, match="database_url") as caught,
        writing(archive.engine) as session,
    ):
        record(session, EventRecord("transfer"))
        postgres_server.control("restart", "-m", "immediate")
        record(session, EventRecord("transfer"))
    assert caught.value.transient
    assert sequences(archive.engine) == []
    postgres_server.control("restart", "-m", "immediate")
    assert ingest(archive, make_bag(), agency="H29").status == "stored"


@ON_POSTGRESQL
def test_a_server_that_does_not_answer_is_told_as_passing(archive: Archive) -> None:
    url = archive.engine.url.set(port=1)
    with pytest.raises(CatalogueUnavailable, match="server of database_url"):
        open_catalog(url.render_as_string(hide_password=False))


def test_a_writer_that_waits_too_long_is_told_so(archive: Archive, database: str) -> None:
    url = sa.make_url(archive.settings.database)
    if database == "postgresql":
        url = url.update_query_dict({"options": "-c lock_timeout=50ms"})
    short = make_engine(url.render_as_string(hide_password=False))
    if database == "sqlite":
        sa.event.listen(short, "connect", lambda connection, _: connection.execute("pragma busy_timeout=50"))
    with writing(archive.engine) as session:
        record(session, EventRecord("transfer"))
        with pytest.raises(CatalogueUnavailable) as caught, writing(short):
            pass
    assert caught.value.transient


@ON_POSTGRESQL
def test_a_mistake_is_not_told_as_passing(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.ProgrammingError), engine.begin() as connection:
        connection.exec_driver_sql("select * from nothing")


@ON_POSTGRESQL
def test_who_reads_cannot_write(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.InternalError, match="read-only"), reading(engine) as session:
        record(session, EventRecord("transfer"))


def test_text_that_cannot_be_kept_is_told_and_nothing_is(engine: sa.Engine, database: str) -> None:
    refused = ["half \ud800"] if database == "sqlite" else ["half \ud800", "nul \0"]
    for text in refused:
        with pytest.raises(NotText), writing(engine) as session:
            record(session, EventRecord("transfer"))
            record(session, EventRecord("transfer", detail=text))
    assert sequences(engine) == []


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_means_psycopg_3(scheme: str) -> None:
    engine = make_engine(f"{scheme}://luutru@localhost/luutru")
    assert (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg")
