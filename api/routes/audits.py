"""Audits: started by staff, followed by their id."""

from fastapi import APIRouter, Request

from luutru.api.auth import TheArchive, TheStaff
from luutru.api.job_requests import start_on
from luutru.api.schemas import JobOut, NewAudit, Page
from luutru.repository.errors import NotFound

router = APIRouter(prefix="/audits", tags=["audits"])


@router.post("", status_code=202)
def start(archive: TheArchive, staff: TheStaff, new: NewAudit, request: Request) -> JobOut:
    """Read every copy of an object, or of all, and compare it with its inventory and the catalogue."""
    return start_on(request, archive, "audit", new.object)


@router.get("")
def listing(staff: TheStaff, request: Request) -> Page[JobOut]:
    """The newest audits."""
    found = request.app.state.jobs.list("audit")
    return Page(items=[JobOut.model_validate(job, from_attributes=True) for job in found])


@router.get("/{audit_id}")
def one(staff: TheStaff, audit_id: str, request: Request) -> JobOut:
    """How an audit stands, and what it found."""
    job = request.app.state.jobs.status(audit_id)
    if job.kind != "audit":
        raise NotFound(f"there is no audit {audit_id}")
    return JobOut.model_validate(job, from_attributes=True)
