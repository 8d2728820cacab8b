"""The catalogue's schema: made new, or brought from any earlier revision to the present one.

A revision is one file below ``migrations/versions``.  Each migration is one transaction; of
several processes that begin at once, one migrates and the others find it done.
"""

from pathlib import Path

import sqlalchemy as sa

from luutru.repository.database import connected_for_reading, is_postgresql
from luutru.repository.errors import CatalogueOutdated

_MIGRATIONS = Path(__file__).parent / "migrations"
_OTHERWISE_SORTED = sa.text(
    "select table_name, column_name, character_maximum_length from information_schema.columns "
    "where table_schema = current_schema() and data_type = 'character varying' "
    "and collation_name is distinct from 'C' order by 1, 2"
)


def open_schema(engine: sa.Engine) -> None:
    """Make sure of the present schema; nothing to do costs one query.

    A new catalogue gets it, and an earlier one on SQLite, which serves one machine.  On
    PostgreSQL other machines may still run the earlier version: raises CatalogueOutdated.
    """
    present = revision_of(engine)
    if present == newest_revision():
        return
    if present is not None and is_postgresql(engine):
        _refuse_newer(present)
        raise CatalogueOutdated(
            f"the catalogue has schema {present}, this version needs {newest_revision()}: stop the service and "
            "the workers of the earlier version, then run «luutru migrate»"
        )
    migrate(engine)


def migrate(engine: sa.Engine) -> tuple[str | None, str]:
    """Bring the schema up to the newest revision; returns the revisions before and after.

    Raises CatalogueOutdated for a schema that a later version made.
    """
    # Loading alembic is half of a short command's time.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:  # a writer: it has the catalogue to itself
        before = _revision(connection)
        if before is not None:
            _refuse_newer(before)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if is_postgresql(engine):
            _sort_by_code_point(connection)
    return before, newest_revision()


def _sort_by_code_point(connection: sa.Connection) -> None:
    """Give text on PostgreSQL the order that it has on SQLite.

    That order is the same on every machine; one of a language changes with the system's
    library, and the indexes are wrong from then on.
    """
    found = connection.execute(_OTHERWISE_SORTED).all()
    for table, column, length in found:
        type_ = f"varchar({length})" if length else "varchar"
        connection.exec_driver_sql(f'alter table "{table}" alter column "{column}" type {type_} collate "C"')


def revision_of(engine: sa.Engine) -> str | None:
    """The revision that a catalogue has; None for an empty database."""
    with connected_for_reading(engine) as connection:
        return _revision(connection)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("select version_num from alembic_version")).scalar()


def newest_revision() -> str:
    """Migrations are numbered: the last file's name begins with the newest revision."""
    return max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _refuse_newer(revision: str) -> None:
    if revision > newest_revision():
        raise CatalogueOutdated(
            f"the catalogue has schema {revision}, which a later version of Luutru made: install that version"
        )
