"""Locks that processes hold on files (flock(2)): free the moment their process ends, however it ends."""

import fcntl
import os
from pathlib import Path


def is_held(lock: Path) -> bool:
    """Whether some process holds a lock on a file; one that is not there is held by nobody."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
