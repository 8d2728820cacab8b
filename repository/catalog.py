"""The catalogue: an index over storage, on SQLite or PostgreSQL, brought to the present schema."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON")
_BATCH = 1000
_MIGRATIONS = Path(__file__).parent / "migrations"


def open_catalog(url: str) -> sa.Engine:
    """An engine for the catalogue, its schema migrated to the present one.

    SQLite runs in WAL mode with every commit on the medium.  Raises
    sqlalchemy.exc.SQLAlchemyError where the database cannot be opened.
    """
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", prepare_sqlite)
        sa.event.listen(engine, "begin", _begin)
    migrate(engine)
    return engine


def prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Set a new SQLite connection up: write-ahead log, every commit on the medium."""
    # The driver's own "begin" takes the write lock too late; ours is in _begin.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get("luutru_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Session]:
    """A session that only reads: it never waits for a writer and never makes one wait."""
    with (
        engine.connect().execution_options(luutru_reading=True) as connection,
        Session(connection) as session,
    ):
        yield session


@contextmanager
def writing(engine: sa.Engine) -> Iterator[Session]:
    """A session in one transaction: committed at the end, rolled back on any exception."""
    with engine.begin() as connection, Session(connection, autoflush=False) as session:
        yield session
        session.flush()


def migrate(engine: sa.Engine) -> None:
    """Bring the schema up to the newest migration; nothing to do costs one query."""
    if _revision(engine) == _newest_revision():
        return
    # Loading alembic is half of a short command's time.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect().execution_options(luutru_reading=True) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("select version_num from alembic_version")).scalar()


def _newest_revision() -> str:
    """Migrations are numbered: the last file's name begins with the newest revision."""
    return max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def table_of(model: type[SQLModel]) -> sa.Table:
    """The Core table behind a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def insert_many(session: Session, model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows in batches through Core; returns how many."""
    statement = sa.insert(table_of(model))
    batch: list[Mapping[str, Any]] = []
    count = 0
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            session.connection().execute(statement, batch)
            count += _BATCH
            batch = []
    if batch:
        session.connection().execute(statement, batch)
    return count + len(batch)


def upsert(session: Session, model: type[SQLModel], row: Mapping[str, Any]) -> None:
    """Insert a row, or update the given columns of the one with the same primary key."""
    table = table_of(model)
    keys = [column.name for column in table.primary_key]
    same = sa.and_(*(table.c[name] == row[name] for name in keys))
    values = {name: value for name, value in row.items() if name not in keys}
    connection = session.connection()
    if connection.execute(sa.select(table.c[keys[0]]).where(same)).first() is None:
        connection.execute(sa.insert(table).values(**row))
    elif values:
        connection.execute(sa.update(table).where(same).values(**values))
