"""Agencies and their tokens; for staff."""

from fastapi import APIRouter
from sqlmodel import col, select

from luutru.api.auth import TheArchive, TheStaff
from luutru.api.schemas import AgencyOut, AgencyProfiles, NewAgency, Page, TokenOut
from luutru.repository.agencies import ensure_agency, issue_token
from luutru.repository.catalog import reading, writing
from luutru.repository.errors import NotFound
from luutru.repository.journal import flush
from luutru.repository.models import Agency
from luutru.repository.profiles import set_profiles

router = APIRouter(prefix="/agencies", tags=["agencies"])


@router.get("")
def listing(archive: TheArchive, staff: TheStaff) -> Page[AgencyOut]:
    """All agencies by code."""
    with reading(archive.engine) as session:
        found = session.exec(select(Agency).order_by(col(Agency.code))).all()
        return Page(items=[AgencyOut.model_validate(item, from_attributes=True) for item in found])


@router.post("", status_code=201)
def register(archive: TheArchive, staff: TheStaff, new: NewAgency) -> AgencyOut:
    """Register an agency, or give a known one another name."""
    with writing(archive.engine) as session:
        ensure_agency(session, new.code, new.name)
        agency = AgencyOut.model_validate(session.get_one(Agency, new.code), from_attributes=True)
    flush(archive)
    return agency


@router.put("/{code}/profiles")
def choose_profiles(archive: TheArchive, staff: TheStaff, code: str, chosen: AgencyProfiles) -> AgencyOut:
    """Have an agency's deposits judged by these profiles from now on."""
    set_profiles(archive, code, chosen.profiles)
    with reading(archive.engine) as session:
        return AgencyOut.model_validate(session.get_one(Agency, code), from_attributes=True)


@router.post("/{code}/tokens", status_code=201)
def new_token(archive: TheArchive, staff: TheStaff, code: str) -> TokenOut:
    """A new token for an agency; it is shown this once."""
    with writing(archive.engine) as session:
        if session.get(Agency, code) is None:
            raise NotFound(f"there is no agency {code}")
        return TokenOut(token=issue_token(session, code))
