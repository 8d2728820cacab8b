"""Staging: where a deposit is unpacked and its AIP is built, beside the first storage location.

A staging folder is held by a lock for as long as its process lives.  What a crash leaves
behind is thus known by its free lock, and can be removed: nothing in staging was ever
acknowledged.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from luutru.repository.held import is_held

_LOCK = ".lock"
_OLD_SECONDS = 24 * 60 * 60


@contextmanager
def staging_folder(staging: Path, name: str) -> Iterator[Path]:
    """A new folder below ``staging``, locked while in use, gone at the end however it ends.

    Raises FileExistsError where there is one of this name.
    """
    folder = staging / name
    lock = _claimed(folder)
    try:
        yield folder
    finally:
        try:
            remove_tree(folder)
        finally:
            os.close(lock)


def _claimed(folder: Path) -> int:
    """Make the folder and hold its lock; one that a sweep took away in between is made again."""
    while True:
        folder.mkdir(parents=True)
        with suppress(FileNotFoundError):
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_lock_of(lock, folder):
                return lock
            os.close(lock)


def _is_lock_of(lock: int, folder: Path) -> bool:
    """Whether an open lock is still the one that lies in the folder."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(lock), os.stat(folder / _LOCK))
    return False


def sweep(staging: Path) -> list[str]:
    """Remove the staging folders of processes that died, and single files a day old; returns their names."""
    removed = []
    for entry in list(staging.iterdir()) if staging.exists() else ():
        if entry.is_dir():
            swept = _sweep_folder(entry)
        elif swept := _is_old(entry):
            entry.unlink(missing_ok=True)
        if swept:
            removed.append(entry.name)
    return removed


def abandoned(staging: Path) -> list[str]:
    """The staging folders of processes that died; nothing is changed."""
    return sorted(
        entry.name
        for entry in (staging.iterdir() if staging.exists() else ())
        if entry.is_dir() and not is_held(entry / _LOCK)
    )


def _is_old(file: Path) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - file.stat().st_mtime > _OLD_SECONDS
    return False


def _sweep_folder(folder: Path) -> bool:
    """Remove a folder that nobody holds."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        # Not locked yet (it is then made again) or no longer; whatever is not empty is not ours.
        with suppress(OSError):
            folder.rmdir()
            return True
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_lock_of(lock, folder):
            return False
        # Out of the way first: a worker that outlived its process by a moment finds nothing to write to.
        aside = folder.with_name(f"swept-{uuid4().hex}")
        folder.rename(aside)
        remove_tree(aside)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def remove_tree(folder: Path) -> None:
    """Remove a staging folder, also one whose folders were made read-only by a package.

    Its lock goes last: cut off before, it is swept the next time.
    """

    def allow(function: object, path: str, _error: object) -> None:
        os.chmod(Path(path).parent, 0o700)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path)
        else:
            os.unlink(path)

    for entry in list(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, onerror=allow)
        elif entry.name != _LOCK:
            entry.unlink()
    (folder / _LOCK).unlink(missing_ok=True)
    folder.rmdir()
