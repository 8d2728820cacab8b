"""The catalogue: an index over storage, on SQLite or PostgreSQL, brought to the present schema."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from luutru.repository.database import connected_for_reading, is_postgresql, make_engine
from luutru.repository.schema import open_schema

_BATCH = 1000


def open_catalog(url: str) -> sa.Engine:
    """An engine for the catalogue, its schema the present one.

    Every commit is on the medium when it returns.  Raises CatalogueUnavailable, CatalogueOutdated,
    sqlalchemy.exc.SQLAlchemyError where the database cannot be opened.
    """
    engine = make_engine(url)
    open_schema(engine)
    return engine


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Session]:
    """A session that only reads, one moment of the catalogue: it never waits for a writer and never makes one wait."""
    with connected_for_reading(engine) as connection, Session(connection) as session:
        yield session


@contextmanager
def writing(engine: sa.Engine) -> Iterator[Session]:
    """A session in one transaction: committed at the end, rolled back on any exception.

    No other writes meanwhile, so what was read here is still so when it is written.
    """
    with engine.begin() as connection, Session(connection, autoflush=False) as session:
        yield session
        session.flush()


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
    values = {name: value for name, value in row.items() if name not in keys}
    connection = session.connection()
    # An update first: a row of some columns alone is refused by an insert even where it would only update.
    same = sa.and_(*(table.c[name] == row[name] for name in keys))
    if connection.execute(sa.update(table).where(same).values(**values)).rowcount:
        return
    insert = postgresql.insert if is_postgresql(connection.engine) else sqlite.insert
    connection.execute(insert(table).values(**row).on_conflict_do_update(index_elements=keys, set_=values))
