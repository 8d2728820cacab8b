"""The states of a job in the catalogue: claimed, begun, told of, ended.  Each call may be made again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, writing
from luutru.repository.events import now
from luutru.repository.models import Job
from luutru.repository.work import Work

Body = Callable[[Work, dict[str, Any]], dict[str, Any]]

# A package that kills whoever touches it must not kill the workers one after the other for ever.
MOST_DEATHS = 3

_FIRST_DELAY_SECONDS = 5.0
_LONGEST_DELAY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: what it does, how many at once on a worker, how urgent, how often tried.

    ``attempts`` None: for as long as it takes.  ``given_up`` is told of a job, by its argument,
    that nobody will touch again because workers died over it.
    """

    body: Body
    concurrency: int = 1
    priority: int = 10
    attempts: int | None = 5
    given_up: Callable[[Archive, dict[str, Any], str], None] | None = None


def workflow_id(job: Job) -> str:
    """What the engine calls the present attempt at a job."""
    return f"{job.id}.{job.run}"


def claim(archive: Archive, job_id: str, run: int, worker: str, kinds: Mapping[str, Kind]) -> Job | None:
    """Note which worker has an attempt at a job; the job, or None where that attempt is no longer wanted.

    An attempt that had begun and did not end has lost its worker: it is counted, and given up at last.
    """
    with writing(archive.engine) as session:
        job = session.get(Job, job_id)
        if job is None or job.finished is not None or job.run != run:
            return None
        job.worker = worker
        job.takeovers += job.status == "running"
        session.add(job)
        session.flush()
        session.refresh(job)
        session.expunge(job)
    if job.takeovers > MOST_DEATHS:
        give_up(archive, job, kinds[job.kind])
        return None
    return job


def give_up(archive: Archive, job: Job, kind: Kind) -> None:
    """End a job that workers died over."""
    why = f"{job.takeovers} workers died over it; look at what it works on before it is tried again"
    if kind.given_up is not None:
        kind.given_up(archive, job.argument or {}, why)
    end(archive, job.id, job.run, "failed", {"error": why})


def begin(archive: Archive, job_id: str, run: int) -> None:
    """The job is under way."""
    _change(archive, job_id, run, status="running", due=None)


def end(archive: Archive, job_id: str, run: int, status: str, result: dict[str, Any]) -> None:
    """The attempt is over: the job is done, failed or cancelled, or delayed until it is tried again."""
    if status != "delayed":
        _change(archive, job_id, run, status=status, result=result, finished=now())
        return
    delay = min(_FIRST_DELAY_SECONDS * 2 ** min(run - 1, 20), _LONGEST_DELAY_SECONDS)
    due = now() + timedelta(seconds=delay)
    _change(archive, job_id, run, status=status, result=result, due=due, worker=None)


def is_wanted(archive: Archive, job_id: str, run: int) -> bool:
    """Whether an attempt is still the job's, and nobody took the job back."""
    with reading(archive.engine) as session:
        job = session.get(Job, job_id)
    return job is not None and job.run == run and not job.cancelling


def note_progress(archive: Archive, job_id: str, figures: dict[str, int | str]) -> None:
    """Keep how far a job is, for whoever looks."""
    with writing(archive.engine) as session:
        session.connection().execute(sa.update(Job).where(col(Job.id) == job_id).values(progress=figures))


def _change(archive: Archive, job_id: str, run: int, **values: Any) -> None:
    """Change a job that is not over and has no later attempt; any other stays as it is."""
    same = (col(Job.id) == job_id, col(Job.run) == run, col(Job.finished).is_(None))
    with writing(archive.engine) as session:
        session.connection().execute(sa.update(Job).where(*same).values(**values))
