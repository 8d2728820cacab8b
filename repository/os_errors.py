"""What the operating system says of files, in the words of a storage location."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from luutru.packaging.ocfl.storage import Full, Missing, Occupied, StorageError, Unreadable, Unwritable

NOT_THERE = {errno.ENOENT, errno.ENOTDIR}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_THERE_ALREADY = {errno.EEXIST, errno.ENOTEMPTY}


@contextmanager
def as_storage_errors(place: Path, *, writing: bool = False) -> Iterator[None]:
    """Turn what the operating system says into what a storage location says."""
    try:
        yield
    except OSError as error:
        # The error may be about another file than the one asked for (a staged one).
        message = f"{error.filename or place}: {error.strerror or error}"
        if error.errno in _NO_ROOM:
            raise Full(f"{message}; free some room and try again") from error
        if error.errno == errno.EXDEV:
            raise StorageError(f"{message}; staging and holdings must share a file system") from error
        if writing and error.errno in _THERE_ALREADY:
            raise Occupied(message) from error
        if writing:
            raise Unwritable(f"{message}; look at permissions and how it is mounted") from error
        if error.errno in NOT_THERE:
            raise Missing(message) from error
        raise Unreadable(message) from error
