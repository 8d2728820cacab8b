"""Long operations asked for through the service: started, looked at, cancelled, listed.

One worker in the serving process takes them in order.  A job is a row before it is work,
so that a restart loses none; what a crash interrupted is run again, which every operation
of the repository allows.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlmodel import col, select

from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, writing
from luutru.repository.errors import Conflict, NotFound
from luutru.repository.events import now
from luutru.repository.identifiers import new_uuid
from luutru.repository.models import Job

Handler = Callable[[Archive, dict[str, Any]], dict[str, Any]]
_log = logging.getLogger(__name__)


class Jobs:
    """The jobs of one archive, and the thread that does them between ``open`` and ``close``."""

    def __init__(self, archive: Archive, handlers: Mapping[str, Handler]) -> None:
        self._archive = archive
        self._handlers = handlers
        self._wake = threading.Event()
        self._stopping = False
        self._worker = threading.Thread(target=self._work, name="luutru-jobs")

    def open(self) -> None:
        """Start working; what an earlier process left half-done is taken up again."""
        with writing(self._archive.engine) as session:
            for job in session.exec(select(Job).where(Job.status == "running")):
                job.status = "queued"
                session.add(job)
        self._worker.start()

    def close(self) -> None:
        """Finish the job under way, leave the rest queued."""
        self._stopping = True
        self._wake.set()
        self._worker.join()

    def start(
        self, kind: str, argument: dict[str, Any], *, agency: str | None, job_id: str | None = None
    ) -> str:
        """Queue a job; returns its id.  Raises KeyError for a kind that has no handler."""
        self._handlers[kind]
        job = Job(
            id=job_id or str(new_uuid()),
            kind=kind,
            argument=argument,
            agency=agency,
            status="queued",
            created=now(),
        )
        started = job.id
        with writing(self._archive.engine) as session:
            session.add(job)
        self._wake.set()
        return started

    def status(self, job_id: str) -> Job:
        """One job: queued, running, done, failed or cancelled.  Raises NotFound."""
        with reading(self._archive.engine) as session:
            job = session.get(Job, job_id)
        if job is None:
            raise NotFound(f"there is no job {job_id}")
        return job

    def list(self, kind: str, *, limit: int = 100) -> Sequence[Job]:
        """The newest jobs of a kind."""
        query = select(Job).where(Job.kind == kind).order_by(col(Job.id).desc()).limit(limit)
        with reading(self._archive.engine) as session:
            return session.exec(query).all()

    def cancel(self, job_id: str) -> None:
        """Take a job out of the queue.  Raises NotFound, or Conflict once it has begun."""
        with writing(self._archive.engine) as session:
            job = session.get(Job, job_id)
            if job is None:
                raise NotFound(f"there is no job {job_id}")
            if job.status != "queued":
                raise Conflict(f"job {job_id} is {job.status}; only a queued one can be cancelled")
            job.status, job.finished = "cancelled", now()
            session.add(job)

    def _work(self) -> None:
        while not self._stopping:
            job = self._take()
            if job is None:
                self._wake.wait()
                self._wake.clear()
                continue
            self._run(*job)

    def _take(self) -> tuple[str, str, dict[str, Any]] | None:
        with writing(self._archive.engine) as session:
            query = select(Job).where(Job.status == "queued").order_by(col(Job.id)).limit(1)
            job = session.exec(query).first()
            if job is None:
                return None
            job.status = "running"
            session.add(job)
            return job.id, job.kind, job.argument or {}

    def _run(self, job_id: str, kind: str, argument: dict[str, Any]) -> None:
        try:
            result, status = self._handlers[kind](self._archive, argument), "done"
        except Exception as error:  # noqa: BLE001  (whatever it was, the job must end and say so)
            _log.exception("job %s (%s) failed", job_id, kind)
            result, status = {"error": f"{type(error).__name__}: {error}"}, "failed"
        with writing(self._archive.engine) as session:
            job = session.get_one(Job, job_id)
            job.status, job.result, job.finished = status, result, now()
            session.add(job)
