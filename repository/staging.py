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

_LOCK = ".lock"
_OLD_SECONDS = 24 * 60 * 60


@contextmanager
def staging_folder(staging: Path, name: str) -> Iterator[Path]:
    """A new folder below ``staging``, locked while in use, gone at the end however it ends."""
    folder = staging / name
    folder.mkdir(parents=True)
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        remove_tree(folder)
        os.close(lock)


def sweep(staging: Path) -> list[str]:
    """Remove the staging folders of processes that died, and single files a day old; returns their names."""
    removed = []
    for entry in staging.iterdir() if staging.exists() else ():
        if entry.is_dir() and _abandoned(entry):
            remove_tree(entry)
        elif entry.is_file() and _is_old(entry):
            entry.unlink(missing_ok=True)
        else:
            continue
        removed.append(entry.name)
    return removed


def _is_old(file: Path) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - file.stat().st_mtime > _OLD_SECONDS
    return False


def _abandoned(folder: Path) -> bool:
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False  # being made, or being removed, by somebody else
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def remove_tree(folder: Path) -> None:
    """Remove a staging folder, also one whose folders were made read-only by a package."""

    def allow(function: object, path: str, _error: object) -> None:
        os.chmod(Path(path).parent, 0o700)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path)
        else:
            os.unlink(path)

    shutil.rmtree(folder, onerror=allow)
