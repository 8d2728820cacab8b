"""The catalogue's tables.  Storage is the truth; all but tokens, uploads and jobs is made anew from it.

``agency``, ``deposit`` and ``copy`` are projections of events; ``object``, ``version`` and
``file`` of what the OCFL objects say.  Times are UTC.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Index, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime on databases that forget the zone (SQLite) and those that do not."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def _moment(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Moment, nullable=nullable))


def _json() -> Any:
    return Field(default=None, sa_column=Column(JSON, nullable=True))


def _count() -> Any:
    return Field(default=0, sa_column=Column(BigInteger, nullable=False))


class Agency(SQLModel, table=True):
    """A body that hands over records (*cơ quan, tổ chức nộp lưu*), and the profiles its deposits are judged by."""

    code: str = Field(primary_key=True, max_length=35)
    name: str = ""
    registered: datetime = _moment()
    profiles: list[str] | None = _json()


class Deposit(SQLModel, table=True):
    """One submission of one package and what became of it."""

    __table_args__ = (Index("ix_deposit_agency_id", "agency", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    agency: str
    source: str
    status: str = Field(index=True)
    received: datetime = _moment()
    finished: datetime | None = _moment(nullable=True)
    fingerprint: str | None = Field(default=None, index=True)
    object_id: str | None = Field(default=None, index=True)
    report: dict[str, Any] | None = _json()


class Object(SQLModel, table=True):
    """One AIP: an OCFL object (*gói thông tin lưu trữ*)."""

    __tablename__ = "object"
    __table_args__ = (Index("ix_object_agency_id", "agency", "id"),)

    id: str = Field(primary_key=True, max_length=45)
    agency: str
    title: str = ""
    kind: str
    path: str
    head: str
    created: datetime = _moment()


class Version(SQLModel, table=True):
    """One version of an AIP, with the digest that its inventory must have."""

    object_id: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    created: datetime = _moment()
    message: str = ""
    inventory_digest: str
    files: int = 0
    bytes: int = _count()


class File(SQLModel, table=True):
    """One file of an AIP, by logical path, from the version that brought it."""

    object_id: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    size: int = _count()
    sha512: str
    puid: str = ""
    mime: str = ""
    original_name: str = ""


class Copy(SQLModel, table=True):
    """One copy of an AIP in one storage location, and what the last check said of it."""

    __table_args__ = (Index("ix_copy_checked", "checked", "object_id", "location"),)

    object_id: str = Field(primary_key=True)
    location: str = Field(primary_key=True, index=True)
    state: str
    stored: datetime | None = _moment(nullable=True)
    checked: datetime | None = _moment(nullable=True)


class Event(SQLModel, table=True):
    """A PREMIS event; ``facts`` hold what the projections need to be made anew."""

    __table_args__ = (Index("ix_event_object_sequence", "object_id", "sequence"),)

    sequence: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    )
    id: str = Field(unique=True, max_length=45)
    type: str
    date_time: datetime = _moment()
    outcome: str
    detail: str = ""
    agent: str
    object_id: str | None = None
    deposit_id: str | None = Field(default=None, index=True)
    location: str | None = None
    facts: dict[str, Any] | None = _json()


class JournalPosition(SQLModel, table=True):
    """How far each location's journal has followed the catalogue's events."""

    __tablename__ = "journal_position"

    location: str = Field(primary_key=True)
    sequence: int = _count()


class Token(SQLModel, table=True):
    """A bearer token, by its SHA-256 only; ``agency`` empty means staff."""

    digest: str = Field(primary_key=True, max_length=64)
    agency: str | None = Field(default=None, index=True)
    label: str = ""
    created: datetime = _moment()


class Upload(SQLModel, table=True):
    """A package file on its way in, or kept for its term after the decision."""

    id: str = Field(primary_key=True, max_length=36)
    agency: str = Field(index=True)
    name: str
    state: str
    size: int = _count()
    created: datetime = _moment()


class Job(SQLModel, table=True):
    """A long operation asked for through the service: who asked, how it stands, which worker has it.

    ``run`` counts the attempts that were made after a failure that may pass, ``takeovers`` those
    after a worker died over it; ``due`` is when the next attempt is to be made.
    """

    id: str = Field(primary_key=True, max_length=36)
    kind: str
    argument: dict[str, Any] | None = _json()
    agency: str | None = Field(default=None, index=True)
    status: str = Field(index=True)
    created: datetime = _moment()
    finished: datetime | None = _moment(nullable=True)
    result: dict[str, Any] | None = _json()
    priority: int = 10
    worker: str | None = None
    run: int = 1
    takeovers: int = 0
    due: datetime | None = _moment(nullable=True)
    cancelling: bool = False
    progress: dict[str, Any] | None = _json()


class Worker(SQLModel, table=True):
    """A process that does jobs; ``beat`` is counted up for as long as it lives."""

    name: str = Field(primary_key=True, max_length=255)
    beat: int = _count()
    started: datetime = _moment()
