"""Opens the archive for a command, and turns what can go wrong into the contract's exit codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from luutru.api.console import fail
from luutru.repository.archive import Archive, open_archive


@contextmanager
def opened(home: Path | None, *, rebuilding: bool = False) -> Iterator[Archive]:
    """The archive at a home; exit code 2 with a message where it or the work in it fails."""
    with failures_told():
        yield open_archive(home, rebuilding=rebuilding)


@contextmanager
def failures_told() -> Iterator[None]:
    """Exit code 2 with a message where the work within fails."""
    from pydantic import ValidationError
    from sqlalchemy.exc import SQLAlchemyError

    from luutru.packaging.ocfl.storage import StorageError
    from luutru.repository.errors import RepositoryError

    try:
        yield
    except (RepositoryError, StorageError, OSError) as error:
        raise fail(error) from error
    except ValidationError as error:
        raise fail(f"the settings do not fit: {error}") from error
    except SQLAlchemyError as error:
        raise fail(
            f"the catalogue failed ({error.__class__.__name__}: {error}); see «luutru rebuild»"
        ) from error
