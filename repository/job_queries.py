"""The jobs of an archive as its catalogue knows them; asking needs no engine."""

from collections.abc import Sequence

from sqlmodel import col, select

from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, writing
from luutru.repository.errors import Conflict, NotFound
from luutru.repository.events import now
from luutru.repository.models import Job


def status_of(archive: Archive, job_id: str) -> Job:
    """One job.  Raises NotFound."""
    with reading(archive.engine) as session:
        job = session.get(Job, job_id)
    if job is None:
        raise NotFound(f"there is no job {job_id}")
    return job


def list_jobs(
    archive: Archive, *, kind: str | None = None, status: str | None = None, limit: int = 100
) -> Sequence[Job]:
    """The newest jobs, of one kind or status if asked."""
    query = select(Job).order_by(col(Job.id).desc()).limit(limit)
    if kind:
        query = query.where(Job.kind == kind)
    if status:
        query = query.where(Job.status == status)
    with reading(archive.engine) as session:
        return session.exec(query).all()


def cancel(archive: Archive, job_id: str) -> None:
    """Take a job back: at once while it waits, else before its next step.  Raises NotFound, Conflict."""
    with writing(archive.engine) as session:
        job = session.get(Job, job_id)
        if job is None:
            raise NotFound(f"there is no job {job_id}")
        if job.finished is not None:
            raise Conflict(f"job {job_id} is {job.status}: there is nothing left to cancel")
        job.cancelling = True
        if job.status != "running":
            job.status, job.finished = "cancelled", now()
        session.add(job)


def is_idle(archive: Archive) -> bool:
    """Whether no job is left to do, now or later."""
    with reading(archive.engine) as session:
        return session.exec(select(Job.id).where(col(Job.finished).is_(None)).limit(1)).first() is None
