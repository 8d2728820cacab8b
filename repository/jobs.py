"""Durable jobs: started, looked at, cancelled, listed; they outlive the process that does them.

A job is a row of the catalogue before it is work.  DBOS runs it as a workflow of steps that are
recorded as they are done, in ``jobs.db`` of the home or in the catalogue's PostgreSQL; this
module is all that knows of it.  A process that starts again goes on where it stopped; the work
of one that never returns is taken over by the others (`luutru.repository.takeover`).
"""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from sqlmodel import Session

from luutru.repository.archive import Archive
from luutru.repository.catalog import writing
from luutru.repository.events import now
from luutru.repository.identifiers import new_uuid
from luutru.repository.job_queries import cancel, list_jobs, status_of
from luutru.repository.job_states import Kind, begin, claim, end, is_wanted, note_progress, workflow_id
from luutru.repository.models import Job
from luutru.repository.takeover import Takeover
from luutru.repository.work import Cancelled, Step, StepFailed, attempt, outcome_of
from luutru.repository.workers import present

# Workflows of another version are never run: to be changed only with nothing queued.
_VERSION = "1"
_RECOVERIES = 20
_POLLING_SECONDS = 0.2
_ENDING_SECONDS = 30

_log = logging.getLogger(__name__)


class Jobs:
    """The jobs of one archive.  One at a time may be open in a process: the engine is the process's."""

    _open: "Jobs | None" = None

    def __init__(self, archive: Archive, kinds: Mapping[str, Kind]) -> None:
        self.archive = archive
        self.kinds = kinds
        self.worker = ""
        self.active: set[str] = set()
        self._ends = ExitStack()

    def open(self, *, works: bool = True) -> None:
        """Let jobs be started and, if it ``works``, do them here; what this worker left is taken up again."""
        if Jobs._open is not None:
            raise RuntimeError("the jobs of an archive are open in this process already")
        try:
            self._launch(works=works)
        except BaseException:
            self.close()
            raise

    def _launch(self, *, works: bool) -> None:
        self.worker = self._ends.enter_context(present(self.archive))
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        DBOS(config=_configuration(self.archive, self.worker))
        DBOS.listen_queues(list(self.kinds) if works else [])
        Jobs._open = self
        self._ends.callback(self._shut)
        DBOS.launch()
        for name, kind in self.kinds.items():
            DBOS.register_queue(
                name, worker_concurrency=kind.concurrency, polling_interval_sec=_POLLING_SECONDS
            )
        if works:
            takeover = Takeover(self.archive, self.kinds, self.worker, queue=self.queue, gone=_forget)
            self._ends.enter_context(takeover.tending())

    def close(self) -> None:
        """Let the steps under way end; what is left is done by another worker, or by this one later."""
        self._ends.close()

    def _shut(self) -> None:
        # Told to wait, the engine waits a second at least.
        DBOS.destroy(workflow_completion_timeout_sec=_ENDING_SECONDS if self.active else 0)
        Jobs._open = None

    def start(
        self,
        kind: str,
        argument: dict[str, Any],
        *,
        agency: str | None,
        job_id: str | None = None,
        priority: int | None = None,
    ) -> str:
        """Queue a job; returns its id.  A priority of 1 comes first.  Raises KeyError for an unknown kind."""
        with writing(self.archive.engine) as session:
            job = self.note(session, kind, argument, agency=agency, job_id=job_id, priority=priority)
        self.queue(job)
        return job.id

    def note(
        self,
        session: Session,
        kind: str,
        argument: dict[str, Any],
        *,
        agency: str | None,
        job_id: str | None = None,
        priority: int | None = None,
    ) -> Job:
        """Make the row of a job in the caller's transaction; to be given to ``queue`` once that is committed."""
        job = Job(
            id=job_id or str(new_uuid()),
            kind=kind,
            argument=argument,
            agency=agency,
            status="queued",
            created=now(),
            priority=priority or self.kinds[kind].priority,
        )
        session.add(job)
        session.flush()
        session.refresh(job)
        session.expunge(job)
        return job

    def queue(self, job: Job) -> None:
        """Hand a job to the engine; the same again attaches to what is there.

        A job that does not get here, because its process died before, is found by the workers.
        """
        with SetWorkflowID(workflow_id(job)), SetEnqueueOptions(priority=job.priority):
            DBOS.enqueue_workflow(job.kind, _job, job.id, job.run)

    def status(self, job_id: str) -> Job:
        """One job: queued, running, delayed, done, failed or cancelled.  Raises NotFound."""
        return status_of(self.archive, job_id)

    def list(self, kind: str, *, limit: int = 100) -> Sequence[Job]:
        """The newest jobs of a kind."""
        return list_jobs(self.archive, kind=kind, limit=limit)

    def cancel(self, job_id: str) -> None:
        """Take a job back: at once while it waits, else before its next step.  Raises NotFound, Conflict."""
        cancel(self.archive, job_id)


@DBOS.workflow(name="luutru-job", max_recovery_attempts=_RECOVERIES)
def _job(job_id: str, run: int) -> None:
    """One attempt at one job, on whichever worker has it now."""
    jobs = Jobs._open
    assert jobs is not None, "workflows run while the jobs are open"
    job = claim(jobs.archive, job_id, run, jobs.worker, jobs.kinds)
    if job is None:
        return
    work = _Durable(jobs.archive, job_id, run)
    jobs.active.add(job_id)
    try:
        work.step("begin", begin, job_id, run)
        result = jobs.kinds[job.kind].body(work, job.argument or {})
        work.step("end", end, job_id, run, "done", result)
    except Cancelled:
        _settle(jobs.archive, job_id, run, "cancelled", {})
    except StepFailed as error:
        kind = jobs.kinds[job.kind]
        again = error.transient and (kind.attempts is None or run < kind.attempts)
        _settle(jobs.archive, job_id, run, "delayed" if again else "failed", {"error": str(error)})
    finally:
        jobs.active.discard(job_id)


def _settle(archive: Archive, job_id: str, run: int, status: str, result: dict[str, Any]) -> None:
    DBOS.run_step({"name": status}, attempt, archive, end, (job_id, run, status, result))


class _Durable:
    """Work whose steps are recorded when they are done, and not done again."""

    def __init__(self, archive: Archive, job_id: str, run: int) -> None:
        self.archive = archive
        self._job = job_id
        self._run = run

    def step(self, name: str, do: Step, *arguments: Any) -> Any:
        """Do one step, or give what it gave before.  Raises StepFailed, Cancelled."""
        if not is_wanted(self.archive, self._job, self._run):
            raise Cancelled(f"job {self._job} was cancelled, or is another worker's now")
        return outcome_of(DBOS.run_step({"name": name}, attempt, self.archive, do, arguments))

    def progress(self, **figures: int | str) -> None:
        """Tell how far the job is."""
        note_progress(self.archive, self._job, figures)


def _forget(workflows: list[str]) -> None:
    """Remove what the engine keeps of attempts that ended; the job's own row stays."""
    DBOS.delete_workflows(workflows)


def _configuration(archive: Archive, worker: str) -> DBOSConfig:
    catalogue = sa.make_url(archive.settings.database)
    config: DBOSConfig = {
        "name": "luutru",
        "application_version": _VERSION,
        "executor_id": worker,
        # The engine's own default is pickle: whoever can write to the database could run code.
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "CRITICAL",
        "enable_otlp": False,
    }
    if catalogue.get_backend_name() == "sqlite":
        url = f"sqlite:///{archive.settings.home / 'jobs.db'}"
        engine = sa.create_engine(url, pool_size=10)
        sa.event.listen(engine, "connect", _prepare_sqlite)
        return {**config, "system_database_url": url, "system_database_engine": engine}
    plain = catalogue.set(drivername="postgresql").render_as_string(hide_password=False)
    return {**config, "system_database_url": plain}


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """The engine itself leaves SQLite without a write-ahead log, five times slower."""
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
