"""What a job's body gets to work with: steps that are done once each, and a way to tell progress.

A body is the same whether a person waits for it on the command line (``ByHand``) or an engine
drives it that survives the process (``luutru.repository.jobs``).  A step may be done again
after a crash, so each is idempotent; what it takes and gives is small and JSON.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from luutru.packaging.ocfl.storage import StorageError
from luutru.repository.archive import Archive
from luutru.repository.errors import RepositoryError

_log = logging.getLogger(__name__)
_PAUSES = (0.2, 1.0, 3.0)

Step = Callable[..., Any]
"""What a step does: called with the archive and the step's arguments."""


class StepFailed(RepositoryError):
    """A step did not do its work; ``transient`` says whether it may succeed later."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class Cancelled(RepositoryError):
    """Somebody took the job back; what its finished steps did stays."""


class Work(Protocol):
    """The job's body's side of whoever drives it."""

    archive: Archive

    def step(self, name: str, do: Step, *arguments: Any) -> Any:
        """Do one step, or give what it gave before.  Raises StepFailed, Cancelled."""
        ...

    def progress(self, **figures: int | str) -> None:
        """Tell how far the job is, in figures of its kind; shown, never relied upon."""
        ...


class ByHand:
    """Work in this process, for somebody who waits."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def step(self, name: str, do: Step, *arguments: Any) -> Any:
        """Do one step now."""
        return outcome_of(attempt(self.archive, do, arguments))

    def progress(self, **figures: int | str) -> None:
        """Nobody asks."""


def attempt(archive: Archive, do: Step, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """Do a step, again after a pause where the failure is transient; what came of it, as plain data."""
    for pause in (*_PAUSES, None):
        try:
            return {"value": do(archive, *arguments)}
        except (RepositoryError, StorageError, OSError) as error:
            transient = bool(getattr(error, "transient", isinstance(error, OSError)))
            if not transient or pause is None:
                return {"failed": str(error), "transient": transient}
            time.sleep(pause)
        except Exception as error:  # noqa: BLE001  (a fault of ours: told, and never tried again)
            _log.exception("a step failed")
            return {"failed": f"{type(error).__name__}: {error}", "transient": False}
    raise AssertionError("the last attempt returns")


def outcome_of(attempted: dict[str, Any]) -> Any:
    """What a step gave.  Raises StepFailed where it failed."""
    if "failed" in attempted:
        raise StepFailed(attempted["failed"], transient=attempted["transient"])
    return attempted["value"]
