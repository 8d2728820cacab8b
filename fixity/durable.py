"""What it takes for bytes to be on the medium when a call returns, not only in memory."""

import ctypes
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import uuid4


def _find_syncfs() -> Callable[[int], int] | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    function.argtypes, function.restype = [ctypes.c_int], ctypes.c_int
    return function


_syncfs = _find_syncfs()


def sync_tree(path: Path) -> None:
    """Put everything below a folder on the medium: data, names and the folder itself.

    One ``syncfs(2)`` for the file system where there is one, else an fsync for every file and
    folder.  Raises OSError.
    """
    if _syncfs is None:
        _fsync_all(path)
        return
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _syncfs(handle) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(path))
    finally:
        os.close(handle)


def _fsync_all(path: Path) -> None:
    for folder, _, names in os.walk(path, topdown=False, onerror=_raise):
        for name in [*names, ""]:
            sync_one(Path(folder) / name)


def _raise(error: OSError) -> None:
    raise error


def sync_one(path: Path) -> None:
    """Put one file or folder on the medium.  Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write or replace a file whole or not at all; it is on the medium when this returns.

    Raises OSError, and whatever the iterable raises; the file is then as it was.
    """
    draft = path.with_name(f".{uuid4().hex}.draft")
    try:
        with draft.open("xb") as file:
            for block in (data,) if isinstance(data, bytes) else data:
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        sync_one(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
