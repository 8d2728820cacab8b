"""The database under the catalogue: SQLite or PostgreSQL, with the same promises on both.

One process writes at a time, whatever the number of processes and machines: SQLite locks its
file, and on PostgreSQL a writing transaction begins with an advisory lock.  So the order of
events is the order in which they become visible (decision 16).  Who only reads sees one
moment of the catalogue, never waits for a writer and never makes one wait.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa
from sqlalchemy.engine import ExceptionContext

from luutru.repository.errors import CatalogueUnavailable, NotText, RepositoryError

READING = "luutru_reading"
"""Execution option of a connection that only reads."""

_WAIT_SECONDS = 30
_PRAGMAS = (
    f"busy_timeout={_WAIT_SECONDS * 1000}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
)
# A worker that vanished or froze must not keep the lock of the writers: the server ends its session.
_SERVER_SETTINGS = (
    f"-c lock_timeout={_WAIT_SECONDS}s -c idle_in_transaction_session_timeout=300s "
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)

# Advisory locks of PostgreSQL: ours are under this number, which is «LU» in ASCII.
_LOCKS = 0x4C55
_WRITER, JOURNAL_LOCK = 1, 2

# Classes of SQLSTATE after which the same call may succeed: connection, rollback by the server
# (deadlock), resources, a lock not had in time, shutdown.
_TRANSIENT_STATES = ("08", "40", "53", "55", "57")
_TRANSIENT_SQLITE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL)


def make_engine(url: str) -> sa.Engine:
    """An engine for a SQLAlchemy URL; ``postgresql://`` means psycopg 3.  Nothing is opened yet.

    What it runs raises CatalogueUnavailable where the same call may succeed later, and NotText.
    """
    parsed = sa.make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "postgresql":
        engine = _postgresql(parsed)
    else:
        engine = sa.create_engine(parsed)
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    sa.event.listen(engine, "handle_error", _in_our_words)
    return engine


def _postgresql(url: sa.URL) -> sa.Engine:
    settings = " ".join((_SERVER_SETTINGS, *url.normalized_query.get("options", ())))
    asked = {"options": settings, "connect_timeout": 10, "application_name": "luutru"}
    # An idle connection is tried before it is used: the server may have been restarted meanwhile.
    engine = sa.create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=15, connect_args=asked)
    sa.event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own "begin" takes the write lock too late; ours is in _begin_sqlite.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _is_reading(connection: sa.Connection) -> bool:
    return bool(connection.get_execution_options().get(READING, False))


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN" if _is_reading(connection) else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: sa.Connection) -> None:
    if not _is_reading(connection):
        _lock(connection, _WRITER)


def _lock(connection: sa.Connection, number: int) -> None:
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCKS, number)))


@contextmanager
def connected_for_reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection whose statements all see the catalogue at one moment, and cannot change it."""
    options: dict[str, object] = {READING: True}
    if is_postgresql(engine):
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect() as connection:
        yield connection.execution_options(**options)


@contextmanager
def alone(engine: sa.Engine, number: int) -> Iterator[None]:
    """Hold one of our locks on PostgreSQL, against every process on every machine, however long it takes.

    SQLite serves one machine, whose processes lock files instead: nothing is done there.
    """
    if not is_postgresql(engine):
        yield
        return
    with engine.connect().execution_options(**{READING: True}) as connection:
        connection.exec_driver_sql("set local lock_timeout = 0")
        connection.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")
        _lock(connection, number)
        try:
            yield
        finally:
            # Where the server ended the session, the lock is gone already; what was done under it stands.
            with suppress(CatalogueUnavailable):
                connection.close()


def is_postgresql(engine: sa.Engine) -> bool:
    """Whether the catalogue is on PostgreSQL."""
    return engine.dialect.name == "postgresql"


def _in_our_words(context: ExceptionContext) -> RepositoryError | None:
    """Replace what may pass, and text that no database can keep, by an error of ours that says so."""
    error = context.original_exception
    if context.is_pre_ping:
        return None  # the pool itself replaces a connection that was lost
    if isinstance(error, UnicodeEncodeError) or "cannot contain NUL" in str(error):
        return NotText(f"a text holds a character that cannot be kept ({error}); correct it")
    if isinstance(error, sqlite3.OperationalError):
        # The low byte is the error, the rest its finer kind.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _TRANSIENT_SQLITE:
            return CatalogueUnavailable(
                f"the catalogue is busy or its disk is full ({error}); try again later"
            )
        return None
    state = getattr(error, "sqlstate", None)
    lost = context.is_disconnect or (state is None and type(error).__name__ == "OperationalError")
    if lost or (state or "").startswith(_TRANSIENT_STATES):
        return CatalogueUnavailable(
            f"the catalogue's database does not answer or is busy ({str(error).strip()}); "
            "see that the server of database_url runs, then try again"
        )
    return None
