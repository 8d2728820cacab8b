"""Repairs: started by staff, followed as jobs."""

from fastapi import APIRouter, Request

from luutru.api.auth import TheArchive, TheStaff
from luutru.api.job_requests import start_on
from luutru.api.schemas import JobOut, NewAudit

router = APIRouter(prefix="/repairs", tags=["repairs"])


@router.post("", status_code=202)
def start(archive: TheArchive, staff: TheStaff, new: NewAudit, request: Request) -> JobOut:
    """Read every copy of an object, or of all, and make what is damaged whole from an intact copy."""
    return start_on(request, archive, "repair", new.object)
