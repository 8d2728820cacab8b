"""What the living workers do about jobs that nobody has: those of the dead, the delayed, the forgotten.

Every worker tends all jobs now and then.  Each change is one conditional update, so that of
several workers that see the same job one has it.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, writing
from luutru.repository.events import now
from luutru.repository.job_states import MOST_DEATHS, Kind, give_up
from luutru.repository.models import Job
from luutru.repository.workers import Watch

_FORGOTTEN_SECONDS = 30
_KEPT_DAYS = 7

_log = logging.getLogger(__name__)


class Takeover:
    """Tends the jobs of an archive in the name of one worker.

    ``queue`` hands a job to the engine, ``gone`` tells it which attempts it may forget.
    """

    def __init__(
        self,
        archive: Archive,
        kinds: Mapping[str, Kind],
        worker: str,
        *,
        queue: Callable[[Job], None],
        gone: Callable[[list[str]], None],
    ) -> None:
        self._archive = archive
        self._kinds = kinds
        self._worker = worker
        self._queue = queue
        self._gone = gone
        self._watch = Watch(archive)
        self._over = threading.Event()

    @contextmanager
    def tending(self) -> Iterator[None]:
        """Tend the jobs for as long as this lasts."""
        thread = threading.Thread(target=self._tend_on, name="luutru-takeover", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _tend_on(self) -> None:
        pause = min(5.0, self._archive.settings.worker_dead_after_seconds / 4)
        while not self._over.wait(pause):
            try:
                self.tend()
            except SQLAlchemyError as error:
                _log.warning("the catalogue does not answer (%s): tried again", type(error).__name__)

    def tend(self) -> None:
        """Look at all jobs that are not over, once."""
        self._watch.look()
        with reading(self._archive.engine) as session:
            jobs = session.exec(select(Job).where(col(Job.finished).is_(None))).all()
        for job in jobs:
            if job.kind not in self._kinds:
                continue
            if job.status == "delayed" and job.due is not None and job.due <= now():
                self._again(job, run=job.run + 1, status="queued", due=None)
            elif job.status == "queued" and job.created < now() - timedelta(seconds=_FORGOTTEN_SECONDS):
                # Its worker died between the row and the engine; what is with the engine attaches.
                self._queue(job)
            elif job.status == "running" and job.worker != self._worker and self._watch.is_dead(job.worker):
                self._take_from_the_dead(job)
        self._forget_old()

    def _take_from_the_dead(self, job: Job) -> None:
        if job.takeovers >= MOST_DEATHS:
            job.takeovers += 1
            give_up(self._archive, job, self._kinds[job.kind])
        else:
            self._again(job, run=job.run + 1, takeovers=job.takeovers + 1, status="queued", worker=None)

    def _again(self, job: Job, **values: Any) -> None:
        if self._change(job, **values):
            for name, value in values.items():
                setattr(job, name, value)
            self._queue(job)

    def _change(self, job: Job, **values: Any) -> bool:
        """Change a job that is still as it was seen; whether it was."""
        same = [getattr(Job, name) == getattr(job, name) for name in ("id", "run", "status", "takeovers")]
        with writing(self._archive.engine) as session:
            changed = session.connection().execute(sa.update(Job).where(*same).values(**values))
        return bool(changed.rowcount)

    def _forget_old(self) -> None:
        """Let the engine forget the attempts of jobs that were over long ago."""
        before = now() - timedelta(days=_KEPT_DAYS)
        query = select(Job).where(col(Job.finished) < before, Job.run > 0).limit(100)
        with reading(self._archive.engine) as session:
            old = session.exec(query).all()
        if not old:
            return
        self._gone([f"{job.id}.{run}" for job in old for run in range(1, job.run + 1)])
        ids = [job.id for job in old]
        with writing(self._archive.engine) as session:
            session.connection().execute(sa.update(Job).where(col(Job.id).in_(ids)).values(run=0))
