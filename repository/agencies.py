"""Agencies and their bearer tokens (OAIS Administration)."""

import hashlib
import re
import secrets
from dataclasses import dataclass

from sqlmodel import Session

from luutru.repository.errors import RepositoryError
from luutru.repository.events import EventRecord, now, record
from luutru.repository.models import Agency, Token

_CODE = re.compile(r"[\w.\-]{1,35}")


class NotAnAgencyCode(RepositoryError):
    """Codes are 1 to 35 letters, digits, dots or hyphens (Decision 20/2020/QĐ-TTg)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an agency by its code, or staff (no agency)."""

    agency: str | None

    @property
    def is_staff(self) -> bool:
        """Whether the caller works for the archive."""
        return self.agency is None


def ensure_agency(session: Session, code: str, name: str = "") -> None:
    """Register an agency unless it is known; a new name for a known one is recorded too.

    Raises NotAnAgencyCode for a code of another form.
    """
    if not _CODE.fullmatch(code):
        raise NotAnAgencyCode(f"{code!r} is not an agency code: {NotAnAgencyCode.__doc__}")
    known = session.get(Agency, code)
    if known and (not name or known.name == name):
        return
    facts = {"code": code, "name": name}
    if not known:
        facts["registered"] = now().isoformat()
    kind = "agency change" if known else "agency registration"
    record(session, EventRecord(kind, detail=f"Agency {code}", facts={"agency": facts}))


def issue_token(session: Session, agency: str | None, label: str = "") -> str:
    """A new bearer token for an agency, or for staff; only its SHA-256 is kept."""
    token = "luutru_" + secrets.token_urlsafe(32)
    session.add(Token(digest=_digest(token), agency=agency, label=label, created=now()))
    return token


def caller_of(session: Session, token: str) -> Caller | None:
    """Who holds this token, or None when it is not one of ours."""
    known = session.get(Token, _digest(token))
    return Caller(known.agency) if known else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
