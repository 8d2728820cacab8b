"""Fixity checks of many files (PREMIS *fixity check*, *message digest calculation*), in parallel."""

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from luutru.fixity.digest import ChangedWhileRead, FileDigest, digest_file
from luutru.fixity.parallel import in_batches, run, workers_for
from luutru.fixity.verdict import Outcome, Verdict

Progress = Callable[[int, int], None]

Wanted = Sequence[tuple[str, bytes]]
"""The digests that one file must have: pairs of algorithm and raw digest."""

Expected = Mapping[str, Wanted]
"""What files must be: path -> the digests it must have."""


def check_files(
    root: Path,
    expected: Expected,
    *,
    sizes: Mapping[str, int] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Iterator[Verdict]:
    """Read files below a folder and compare their digests; one verdict for each path, in any order.

    ``sizes`` only help to share the work.  Damage is a verdict; raises UnknownAlgorithm and
    WorkerDied only.
    """
    known = sizes or {}
    each = [known.get(path, 0) for path in expected] if known else [1 << 62, 1 << 62]
    crew = workers_for(len(expected), sum(each), max(each, default=0), workers)
    items = (((path, wanted), known.get(path, 1)) for path, wanted in expected.items())
    for batch, (found,) in run(_check_batch, str(root), in_batches(items), crew):
        read, failures = found
        for at, (path, _) in enumerate(batch):
            failure = failures.get(at)
            if failure is None:
                yield Verdict(path, Outcome.INTACT, "", known.get(path, 0))
            else:
                yield Verdict(path, Outcome(failure[0]), failure[1], known.get(path, 0))
        if progress:
            progress(len(batch), read)


def _check_batch(root: str, batch: list[tuple[str, Wanted]]) -> list[Any]:
    """One result for the whole batch: the bytes read, and outcome and detail of what is not intact."""
    read = 0
    failures: dict[int, tuple[str, str]] = {}
    for at, (path, wanted) in enumerate(batch):
        try:
            found = digest_file(f"{root}/{path}", [name for name, _ in wanted])
        except OSError as error:
            failures[at] = failure_of(error)
            continue
        read += found.size
        if found.digests != tuple([value for _, value in wanted]):
            wrong = [name for (name, value), got in zip(wanted, found.digests, strict=True) if got != value]
            failures[at] = (Outcome.ALTERED.value, ", ".join(wrong))
    return [(read, failures)]


def failure_of(error: OSError) -> tuple[str, str]:
    """The outcome and its detail where a file could not be read to its end."""
    # A name too long for the file system is one that no file there has.
    if isinstance(error, FileNotFoundError | NotADirectoryError) or error.errno == errno.ENAMETOOLONG:
        return Outcome.MISSING.value, ""
    if isinstance(error, ChangedWhileRead):
        return Outcome.ALTERED.value, str(error)
    return Outcome.UNREADABLE.value, error.strerror or str(error)


def digest_files(
    root: Path,
    sizes: Mapping[str, int],
    algorithms: Sequence[str],
    *,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Iterator[tuple[str, FileDigest | OSError]]:
    """Read files below a folder; for each path its digests, or the error that kept them from us."""
    crew = workers_for(len(sizes), sum(sizes.values()), max(sizes.values(), default=0), workers)
    shared = (str(root), tuple(algorithms))
    for batch, results in run(_digest_batch, shared, in_batches(sizes.items()), crew):
        for path, result in zip(batch, results, strict=True):
            yield path, result if isinstance(result, OSError) else FileDigest(*result)
        if progress:
            progress(len(batch), sum([sizes[path] for path in batch]))


def _digest_batch(shared: tuple[str, Sequence[str]], batch: list[str]) -> list[Any]:
    # Plain tuples travel between processes at half the cost of FileDigest.
    root, algorithms = shared
    results: list[Any] = []
    for path in batch:
        try:
            found = digest_file(f"{root}/{path}", algorithms)
            results.append((found.size, found.digests))
        except OSError as error:
            results.append(error)
    return results
