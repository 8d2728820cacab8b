"""Jobs: every long operation of the service, how it stands, and taken back."""

from typing import Annotated

from fastapi import APIRouter, Query

from luutru.api.auth import TheArchive, TheStaff
from luutru.api.schemas import JobOut, Page
from luutru.repository.job_queries import cancel, list_jobs, status_of

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("")
def listing(
    archive: TheArchive,
    staff: TheStaff,
    kind: str | None = None,
    status: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Page[JobOut]:
    """The newest jobs, of one kind or status if asked."""
    found = list_jobs(archive, kind=kind, status=status, limit=limit)
    return Page(items=[JobOut.model_validate(job, from_attributes=True) for job in found])


@router.get("/{job_id}")
def one(archive: TheArchive, staff: TheStaff, job_id: str) -> JobOut:
    """How a job stands: its worker, its progress, its result."""
    return JobOut.model_validate(status_of(archive, job_id), from_attributes=True)


@router.post("/{job_id}/cancel")
def take_back(archive: TheArchive, staff: TheStaff, job_id: str) -> JobOut:
    """Take a job back: at once while it waits, else before its next step."""
    cancel(archive, job_id)
    return JobOut.model_validate(status_of(archive, job_id), from_attributes=True)
