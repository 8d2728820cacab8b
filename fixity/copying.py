"""Copying with proof: one read of each file makes the copy and the digests of what was copied."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from luutru.fixity.digest import Digester, FileDigest, read_through
from luutru.fixity.parallel import in_batches, run, workers_for

Progress = Callable[[int, int], None]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class CannotWrite(OSError):
    """The target refused the bytes (full, read-only, gone): not the fault of what is copied."""


def copy_files(
    source: Path,
    target: Path,
    names: Mapping[str, str],
    sizes: Mapping[str, int],
    algorithms: Sequence[str],
    *,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Iterator[tuple[str, FileDigest | OSError]]:
    """Copy files (source path -> target path) into a folder; for each source path what its one read gave.

    Folders are made as needed, files never overwritten, nothing synced: the caller syncs
    the file system once.  A source that cannot be read, or changed while it was, is an
    error in its place and leaves no file; CannotWrite is raised at once.
    """
    known = [sizes.get(path, 0) for path in names]
    crew = workers_for(len(names), sum(known), max(known, default=0), workers)
    _make_folders(target, names.values())
    items = (((path, name), sizes.get(path, 1)) for path, name in names.items())
    shared = (str(source), str(target), tuple(algorithms))
    for batch, results in run(_copy_batch, shared, in_batches(items), crew):
        for (path, _), result in zip(batch, results, strict=True):
            yield path, result
        if progress:
            progress(len(batch), sum(r.size for r in results if isinstance(r, FileDigest)))


def _make_folders(target: Path, names: Iterable[str]) -> None:
    made = {""}
    os.makedirs(target, exist_ok=True)
    for name in names:
        folder = name.rpartition("/")[0]
        if folder not in made:
            os.makedirs(target / folder, exist_ok=True)
            made.add(folder)


def _copy_batch(
    shared: tuple[str, str, Sequence[str]], batch: list[tuple[str, str]]
) -> list[FileDigest | OSError]:
    source, target, algorithms = shared
    return [_copy(f"{source}/{path}", f"{target}/{name}", algorithms) for path, name in batch]


def _copy(source: str, target: str, algorithms: Sequence[str]) -> FileDigest | OSError:
    digester = Digester(algorithms)
    handle = open_new(target)
    try:
        return read_through(source, digester, lambda block: write_all(handle, block, target))
    except BaseException as error:
        os.unlink(target)
        if isinstance(error, CannotWrite) or not isinstance(error, OSError):
            raise
        return error
    finally:
        os.close(handle)


def open_new(target: str) -> int:
    """A descriptor of a new file to write; never one that is there, never through a link.  Raises CannotWrite."""
    try:
        return os.open(target, _NEW, 0o644)
    except OSError as error:
        raise _cannot(error, target) from error


def write_all(handle: int, block: bytes, target: str) -> None:
    """Write a block whole.  Raises CannotWrite, naming the target."""
    view = memoryview(block)
    while view:
        try:
            view = view[os.write(handle, view) :]
        except OSError as error:
            raise _cannot(error, target) from error


def _cannot(error: OSError, target: str) -> CannotWrite:
    return CannotWrite(error.errno, error.strerror, target)
