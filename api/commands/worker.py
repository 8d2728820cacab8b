"""``luutru worker``: one more process that does the archive's jobs."""

import signal
import threading
from types import FrameType
from typing import Annotated

import typer

from luutru.api.console import HomeOption, out


def worker(
    until_idle: Annotated[bool, typer.Option("--until-idle", help="end when no job is left to do")] = False,
    home: HomeOption = None,
) -> None:
    """Do the archive's jobs, beside those that the service does, until told to end (SIGTERM, Ctrl-C).

    Several workers, also on other machines, share one catalogue and its storage locations. One that
    dies is noticed, and the others take over its work.
    """
    from luutru.api.opening import opened
    from luutru.repository.job_kinds import job_kinds
    from luutru.repository.job_queries import is_idle
    from luutru.repository.jobs import Jobs
    from luutru.repository.recovery import recover

    over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    with opened(home) as archive:
        recover(archive)
        jobs = Jobs(archive, job_kinds(archive.settings))
        jobs.open()
        try:
            signal.signal(signal.SIGTERM, end)
            signal.signal(signal.SIGINT, end)
            out.print(jobs.worker)
            while not over.wait(0.2):
                if until_idle and is_idle(archive):
                    break
        finally:
            jobs.close()
