"""Fixity checks of many files (PREMIS *fixity check*, *message digest calculation*), in parallel."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from luutru.fixity.digest import ChangedWhileRead, FileDigest, digest_file
from luutru.fixity.parallel import in_batches, run, workers_for
from luutru.fixity.verdict import Outcome, Verdict

Progress = Callable[[int, int], None]

_ABSENT = (FileNotFoundError, NotADirectoryError)


def check_files(
    root: Path,
    expected: Mapping[str, Mapping[str, str]],
    *,
    sizes: Mapping[str, int] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Iterator[Verdict]:
    """Read files below a folder and compare their digests; one verdict for each path, in any order.

    ``expected`` maps path to algorithm to hexadecimal digest; ``sizes`` only help to share
    the work.  Damage is a verdict; raises UnknownAlgorithm and WorkerDied only.
    """
    known = sizes or {}
    total = sum(known.get(path, 0) for path in expected) if known else 1 << 62
    crew = workers_for(len(expected), total, workers)
    items = (
        ((path, tuple((name, bytes.fromhex(value)) for name, value in wanted.items())), known.get(path, 1))
        for path, wanted in expected.items()
    )
    for batch, results in run(_check_batch, str(root), in_batches(items), crew):
        read = 0
        for (path, _), (outcome, detail, size) in zip(batch, results, strict=True):
            read += size
            yield Verdict(path, Outcome(outcome), detail, size)
        if progress:
            progress(len(batch), read)


def _check_batch(root: str, batch: list[tuple[str, Any]]) -> list[tuple[str, str, int]]:
    return [_check(root, path, wanted) for path, wanted in batch]


def _check(root: str, path: str, wanted: Sequence[tuple[str, bytes]]) -> tuple[str, str, int]:
    try:
        found = digest_file(f"{root}/{path}", [name for name, _ in wanted])
    except _ABSENT:
        return Outcome.MISSING.value, "", 0
    except ChangedWhileRead as error:
        return Outcome.ALTERED.value, str(error), 0
    except OSError as error:
        return Outcome.UNREADABLE.value, error.strerror or str(error), 0
    wrong = [name for (name, value), got in zip(wanted, found.digests, strict=True) if got != value]
    outcome = Outcome.ALTERED if wrong else Outcome.INTACT
    return outcome.value, ", ".join(wrong), found.size


def digest_files(
    root: Path,
    sizes: Mapping[str, int],
    algorithms: Sequence[str],
    *,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Iterator[tuple[str, FileDigest | OSError]]:
    """Read files below a folder; for each path its digests, or the error that kept them from us."""
    crew = workers_for(len(sizes), sum(sizes.values()), workers)
    shared = (str(root), tuple(algorithms))
    for batch, results in run(_digest_batch, shared, in_batches(sizes.items()), crew):
        yield from zip(batch, results, strict=True)
        if progress:
            progress(len(batch), sum(r.size for r in results if isinstance(r, FileDigest)))


def _digest_batch(shared: tuple[str, Sequence[str]], batch: list[str]) -> list[FileDigest | OSError]:
    root, algorithms = shared
    results: list[FileDigest | OSError] = []
    for path in batch:
        try:
            results.append(digest_file(f"{root}/{path}", algorithms))
        except OSError as error:
            results.append(error)
    return results
