"""The catalogue's schema on both databases: from every earlier revision, from nothing, by many at once."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from luutru.repository import schema
from luutru.repository.catalog import open_catalog, reading, writing
from luutru.repository.database import connected_for_reading, is_postgresql, make_engine
from luutru.repository.errors import CatalogueOutdated
from luutru.repository.events import EventRecord, record
from luutru.repository.models import Agency, Event, File
from luutru.repository.schema import migrate, newest_revision, revision_of

REVISIONS = sorted(path.name[:4] for path in (schema._MIGRATIONS / "versions").glob("[0-9]*.py"))
MOMENT = "'2026-01-02 03:04:05.678901'"
# One row in every table, as the first revision had them.
FIRST_ROWS = [
    f"insert into agency (code, name, registered) values ('H29', 'Sở Nội vụ', {MOMENT})",
    f"insert into copy values ('urn:uuid:1', 'local-1', 'intact', {MOMENT}, null)",
    (
        f"insert into deposit values ('d1', 'H29', 'túi', 'stored', {MOMENT}, {MOMENT}, 'ab', 'urn:uuid:1', "
        """'{"findings": []}')"""
    ),
    (
        f"insert into event values (7, 'urn:uuid:e', 'transfer', {MOMENT}, 'success', 'ghi chú', 'Luutru', null, "
        """'d1', null, '{"deposit": {"id": "d1"}}')"""
    ),
    "insert into file values ('urn:uuid:1', 'a/Ỳ.txt', 'v1', 5000000000, 'ff', 'x-fmt/111', 'text/plain', 'Ỳ.txt')",
    f"insert into job values ('j1', 'audit', '{{}}', null, 'done', {MOMENT}, {MOMENT}, null)",
    "insert into journal_position values ('local-1', 7)",
    f"insert into object values ('urn:uuid:1', 'H29', 'Hồ sơ', 'bagit', 'a/b', 'v1', {MOMENT})",
    f"insert into token values ('aa', 'H29', '', {MOMENT})",
    f"insert into upload values ('d1', 'H29', 'túi.zip', 'submitted', 9, {MOMENT})",
    f"insert into version values ('urn:uuid:1', 'v1', {MOMENT}, '', 'ff', 1, 5000000000)",
]

CAME_LATER = {"worker"}


@pytest.fixture
def engine(new_database: str) -> Iterator[sa.Engine]:
    """An engine for an empty database."""
    made = make_engine(new_database)
    yield made
    made.dispose()


def bring_to(engine: sa.Engine, revision: str) -> None:
    """The schema as an earlier version made it, with a row in each table."""
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for row in FIRST_ROWS:
            connection.exec_driver_sql(row)
        command.upgrade(config, revision)


def rows(engine: sa.Engine) -> dict[str, list[dict[str, Any]]]:
    with connected_for_reading(engine) as connection:
        return {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in SQLModel.metadata.sorted_tables
        }


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_earlier_schema_is_brought_to_the_present_one(engine: sa.Engine, revision: str) -> None:
    bring_to(engine, revision)
    assert migrate(engine) == (revision, newest_revision())
    kept = rows(engine)
    assert {table for table, found in kept.items() if len(found) == 1} == set(kept) - CAME_LATER
    assert (kept["job"][0]["run"], kept["job"][0]["cancelling"]) == (1, False)
    assert kept["agency"][0]["name"] == "Sở Nội vụ" and kept["agency"][0]["profiles"] is None
    assert kept["event"][0]["facts"] == {"deposit": {"id": "d1"}}
    assert kept["event"][0]["date_time"].isoformat() == "2026-01-02T03:04:05.678901+00:00"
    assert kept["file"][0]["size"] == 5_000_000_000
    assert migrate(engine) == (newest_revision(), newest_revision())
    with writing(engine) as session:
        record(
            session, EventRecord("transfer", facts={"agency": {"code": "H29", "profiles": ["agency-bag"]}})
        )
    with reading(engine) as session:
        assert session.get_one(Agency, "H29").profiles == ["agency-bag"]
        assert session.get_one(Event, 8).type == "transfer"


def test_the_migrations_make_what_the_models_say(engine: sa.Engine) -> None:
    migrate(engine)
    with connected_for_reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_an_outdated_catalogue_is_upgraded_where_one_machine_uses_it(
    engine: sa.Engine, new_database: str
) -> None:
    bring_to(engine, REVISIONS[-2])
    if is_postgresql(engine):
        with pytest.raises(CatalogueOutdated, match="luutru migrate"):
            open_catalog(new_database)
        assert revision_of(engine) == REVISIONS[-2]
    else:
        open_catalog(new_database).dispose()
        assert revision_of(engine) == newest_revision()


def test_a_catalogue_of_a_later_version_is_left_alone(engine: sa.Engine, new_database: str) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    for attempt in (lambda: open_catalog(new_database), lambda: migrate(engine)):
        with pytest.raises(CatalogueOutdated, match="later version"):
            attempt()
    assert revision_of(engine) == "9999"


def test_two_processes_that_open_a_new_database_at_once_do_not_collide(
    engine: sa.Engine, new_database: str
) -> None:
    """The processes load everything first and begin together, when their input ends."""
    code = (
        "import sys; from luutru.repository.catalog import open_catalog; import alembic.command; "
        "print(flush=True); sys.stdin.read(); open_catalog(sys.argv[1])"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, new_database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout is not None and process.stdout.readline() == "\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    said = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert revision_of(engine) == newest_revision()


def test_text_has_the_same_order_on_both_databases(engine: sa.Engine) -> None:
    """By code point: no order of a language, which differs by machine and changes with its library."""
    migrate(engine)
    paths = ["B", "a", "a b", "a-b", "a.b", "a/b", "ab", "b", "Đ", "đ", "ẩ"]
    with writing(engine) as session:
        session.add_all(
            File(object_id="o", path=path, version="v1", size=0, sha512="") for path in reversed(paths)
        )
    with reading(engine) as session:
        table = SQLModel.metadata.tables["file"]
        assert list(session.scalars(sa.select(table.c.path).order_by(table.c.path))) == paths
    if is_postgresql(engine):
        with connected_for_reading(engine) as connection:
            assert connection.execute(schema._OTHERWISE_SORTED).all() == []
