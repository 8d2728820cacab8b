"""What lies below a folder: regular files with their sizes, empty folders, and what is neither.

Links are never followed.  Paths are relative, ``/`` between parts.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Listing:
    """Sizes in bytes by path; ``folders`` are the empty ones; ``others`` is what cannot be a record.

    What an *other* is: link, device, fifo, socket, unreadable (a folder that cannot be
    listed, a file that cannot be looked at) or undecodable (a name that is not UTF-8).
    """

    sizes: dict[str, int]
    folders: frozenset[str]
    others: list[tuple[str, str]]


def list_files(root: Path, *, found: Callable[[str, int], object] | None = None) -> Listing:
    """Everything below a folder, at any depth.  Never raises: what refuses is an *other*.

    ``found`` is called with path and size of each file as soon as it is met.
    """
    sizes: dict[str, int] = {}
    empty: set[str] = set()
    others: list[tuple[str, str]] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        prefix = f"{folder}/" if folder else ""
        count = 0
        try:
            # By descriptor: each file is then looked at without a walk down its whole path.
            with _opened(root / folder if folder else root) as handle, os.scandir(handle) as entries:
                for entry in entries:
                    count += 1
                    # The common entry first, without a call: a regular file with a plain name.
                    try:
                        if entry.name.isascii() and entry.is_file(follow_symlinks=False):
                            path = prefix + entry.name
                            sizes[path] = size = entry.stat(follow_symlinks=False).st_size
                            if found is not None:
                                found(path, size)
                            continue
                    except OSError:
                        others.append((prefix + entry.name, "unreadable"))
                        continue
                    file = _sort_in(entry, prefix, sizes, pending, others)
                    if file and found is not None:
                        found(file, sizes[file])
        except OSError:
            others.append((folder, "unreadable"))
            continue
        if not count and folder:
            empty.add(folder)
    return Listing(sizes, frozenset(empty), others)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _sort_in(
    entry: os.DirEntry[str],
    prefix: str,
    sizes: dict[str, int],
    pending: list[str],
    others: list[tuple[str, str]],
) -> str | None:
    """Notes what an entry is; the path if it is a file."""
    path = prefix + entry.name
    try:
        if not path.isascii():
            path.encode("utf-8")
        if entry.is_dir(follow_symlinks=False):
            pending.append(path)
        elif entry.is_file(follow_symlinks=False):
            sizes[path] = entry.stat(follow_symlinks=False).st_size
            return path
        else:
            others.append((path, _kind(entry.stat(follow_symlinks=False).st_mode)))
    except UnicodeEncodeError:
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        others.append((shown, "undecodable"))
    except OSError:
        others.append((path, "unreadable"))
    return None


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISFIFO(mode):
        return "fifo"
    return "socket" if stat.S_ISSOCK(mode) else "device"
