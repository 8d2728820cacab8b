"""The shapes of the REST interface (design section 7), as pydantic models."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class NewDeposit(BaseModel):
    """What a records system says before it sends a package."""

    name: str = Field(min_length=1, max_length=255, description="file name of the package")
    agency: str | None = Field(default=None, description="staff only: on whose behalf")


class DepositState(BaseModel):
    """Where a deposit stands."""

    id: str
    agency: str
    name: str
    status: Literal["created", "uploaded", "submitted", "received", "stored", "rejected", "failed"]
    size: int | None = None
    received: datetime | None = None
    finished: datetime | None = None
    object: str | None = None


class FindingOut(BaseModel):
    """One finding of a report."""

    code: str
    severity: Literal["error", "warning", "info"]
    location: str
    message: str
    rule: str


class JudgedBy(BaseModel):
    """A profile that judged a deposit, and the SHA-256 of its file."""

    id: str
    version: str
    status: Literal["draft", "official"]
    sha256: str


class ReportOut(BaseModel):
    """The report on a deposit, in the language asked for."""

    path: str
    kind: str
    valid: bool
    profiles: list[JudgedBy]
    findings: list[FindingOut]


class AgencyOut(BaseModel):
    """An agency."""

    code: str
    name: str
    registered: datetime
    profiles: list[str] | None = Field(default=None, description="ids; its deposits are judged by them")


class NewAgency(BaseModel):
    """An agency to register."""

    code: str = Field(min_length=1, max_length=35)
    name: str = Field(default="", max_length=255)


class AgencyProfiles(BaseModel):
    """The profiles that an agency's deposits are judged by from now on, known by their ids."""

    profiles: list[Annotated[str, Field(max_length=255)]] = Field(max_length=20)


class ProfileOut(BaseModel):
    """What a profile is, what it rests on and when it holds."""

    id: str
    kind: str
    family: str
    title_vi: str
    title_en: str
    version: str
    status: str
    instrument: str
    articles: list[str]
    valid_from: date | None
    valid_until: date | None
    sha256: str


class TokenOut(BaseModel):
    """A bearer token, shown once."""

    token: str


class ObjectOut(BaseModel):
    """An AIP in the catalogue."""

    id: str
    agency: str
    title: str
    kind: str
    head: str
    created: datetime


class VersionOut(BaseModel):
    """One version of an AIP."""

    number: str
    created: datetime
    message: str
    inventory_digest: str
    files: int
    bytes: int


class FileOut(BaseModel):
    """One file of an AIP."""

    path: str
    size: int
    sha512: str
    puid: str
    mime: str
    original_name: str


class CopyOut(BaseModel):
    """One copy of an AIP."""

    location: str
    state: str
    stored: datetime | None
    checked: datetime | None


class EventOut(BaseModel):
    """A PREMIS event."""

    sequence: int
    id: str
    type: str
    date_time: datetime
    outcome: str
    detail: str
    agent: str
    location: str | None


class Page(BaseModel, Generic[T]):
    """One page of a list; ``next`` is the cursor of the following one."""

    items: list[T]
    next: str | None = None


class NewAudit(BaseModel):
    """What to audit; every object of the archive unless one is named."""

    object: str | None = None


class NewDissemination(BaseModel):
    """A copy asked for."""

    object: str
    format: Literal["bag", "eark"] = "bag"
    version: str | None = None
    representations: list[str] | None = None


class JobOut(BaseModel):
    """A long operation and how it stands."""

    id: str
    kind: str
    status: Literal["queued", "running", "delayed", "done", "failed", "cancelled"]
    created: datetime
    finished: datetime | None
    result: dict[str, Any] | None
    progress: dict[str, Any] | None
    priority: int
    worker: str | None
    due: datetime | None
    run: int
    takeovers: int
