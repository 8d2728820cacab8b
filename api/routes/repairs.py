"""Repairs: started by staff, followed as jobs."""

from fastapi import APIRouter, Request

from luutru.api.auth import TheArchive, TheStaff
from luutru.api.schemas import JobOut, NewAudit
from luutru.repository.catalog import reading
from luutru.repository.holdings import get_object

router = APIRouter(prefix="/repairs", tags=["repairs"])


@router.post("", status_code=202)
def start(archive: TheArchive, staff: TheStaff, new: NewAudit, request: Request) -> JobOut:
    """Read every copy of an object, or of all, and make what is damaged whole from an intact copy."""
    argument = {}
    if new.object:
        with reading(archive.engine) as session:
            argument["object"] = get_object(session, new.object).id
    jobs = request.app.state.jobs
    return JobOut.model_validate(
        jobs.status(jobs.start("repair", argument, agency=None)), from_attributes=True
    )
