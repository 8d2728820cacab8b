"""Files read in the background, from the moment their names are known, until it is known what they should be."""

import queue
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from luutru.fixity.check import failure_of
from luutru.fixity.digest import digest_file, digest_of, digest_size, read_small
from luutru.fixity.parallel import BATCH_BYTES, BATCH_FILES, run, workers_for
from luutru.fixity.verdict import Outcome, Verdict

# To start a thread takes longer than to read a few small files.
_WORTH_A_THREAD = 1 << 20

Claims = Sequence[tuple[str, Mapping[str, bytes]]]
"""What several manifests say: for each its algorithm, and path -> raw digest."""


class ReadAhead:
    """Digests of files below a folder: ``add`` each, ``close``, then ask for the ``faults``.

    Reading begins as soon as there is enough to share out.  ``progress`` is told files and
    bytes since the last call, it may be from another thread.  ``at_once`` is how many of these
    share the machine.
    """

    attested: Collection[str] = ()  # every digest comes from bytes that were read

    def __init__(
        self,
        root: Path,
        algorithms: Sequence[str],
        *,
        progress: Callable[[int, int], None] | None = None,
        at_once: int = 1,
    ) -> None:
        self.algorithms = tuple(algorithms)
        self._at_once = at_once
        self._shared = (str(root), self.algorithms)
        self._progress = progress
        self._batch: list[str] = []
        self._bytes = self._files = self._total = self._largest = 0
        self._batches: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._results: Iterator[tuple[list[str], list[Any]]] = iter(())
        self._found: dict[str, bytes] = {}
        self._errors: dict[str, OSError] = {}
        self._failure: BaseException | None = None
        self._given_up = False

    @classmethod
    def of(
        cls,
        root: Path,
        sizes: Mapping[str, int],
        algorithms: Sequence[str],
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> "ReadAhead":
        """Begin to read files that are all known."""
        ahead = cls(root, algorithms, progress=progress)
        for path, size in sizes.items():
            ahead.add(path, size)
        ahead.close()
        return ahead

    def add(self, path: str, size: int) -> None:
        """Have a file read; its size in bytes only helps to share the work."""
        self._batch.append(path)
        self._bytes += size
        self._largest = max(self._largest, size)
        if len(self._batch) >= BATCH_FILES or self._bytes >= BATCH_BYTES:
            self._pass_on()

    def close(self) -> None:
        """There are no more files to come."""
        self._pass_on()
        self._batches.put(None)
        if self._thread is None:
            self._start(0)

    def give_up(self) -> None:
        """Nobody will ask: no further batch is begun, what is being read is read to its end unheeded."""
        self._given_up = True
        self._batches.put(None)

    def _to_read(self) -> Iterator[list[str]]:
        while (batch := self._batches.get()) is not None and not self._given_up:
            yield batch

    def _pass_on(self) -> None:
        self._files += len(self._batch)
        self._total += self._bytes
        self._batches.put(self._batch)
        self._batch, self._bytes = [], 0
        if self._thread is None and (crew := workers_for(self._files, self._total, self._largest)):
            self._start(max(1, crew // self._at_once))

    def _start(self, crew: int) -> None:
        self._results = run(_digests_of_batch, self._shared, self._to_read(), crew)
        if not crew and self._total < _WORTH_A_THREAD:
            return  # read when it is asked for
        self._thread = threading.Thread(target=self._collect, name="luutru-read-ahead", daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        try:
            width = sum(map(digest_size, self.algorithms))
            for batch, ((joined, errors, size),) in self._results:
                found = [joined[start : start + width] for start in range(0, len(joined), width)]
                self._found.update(zip(batch, found, strict=True))
                self._errors.update((batch[at], error) for at, error in errors.items())
                if self._progress:
                    self._progress(len(batch), size)
        except BaseException as error:  # noqa: BLE001  (raised where the results are asked for)
            self._failure = error

    @property
    def files(self) -> int:
        """How many files were come to so far, read or found unreadable."""
        return len(self._found)

    def faults(self, claims: Claims) -> Iterator[Verdict]:
        """Wait for all files, then compare: a verdict for each path that is not as every claim says.

        Every algorithm claimed must be one that was read.  Raises UnknownAlgorithm and WorkerDied.
        """
        if self._thread is not None:
            self._thread.join()
        else:
            self._collect()
        if self._failure is not None:
            raise self._failure
        slices = _slices(self.algorithms)
        found, errors = self._found, self._errors
        wrong: dict[str, list[str]] = {}
        for algorithm, digests in claims:
            place = slices[algorithm]
            for path, digest in digests.items():
                if path not in found or found[path][place] != digest or path in errors:
                    wrong.setdefault(path, []).append(algorithm)
        for path, algorithms in wrong.items():
            yield self._fault(path, algorithms)

    def _fault(self, path: str, algorithms: list[str]) -> Verdict:
        if path not in self._found:
            return Verdict(path, Outcome.MISSING)
        if path not in self._errors:
            return Verdict(path, Outcome.ALTERED, ", ".join(algorithms))
        outcome, detail = failure_of(self._errors[path])
        return Verdict(path, Outcome(outcome), detail)


def _digests_of_batch(shared: tuple[str, Sequence[str]], batch: list[str]) -> list[Any]:
    """One result for the whole batch: its digests end to end, the errors by place, the bytes read."""
    root, algorithms = shared
    nothing = [bytes(digest_size(name)) for name in algorithms]
    found: list[bytes] = []
    errors: dict[int, OSError] = {}
    size = 0
    for at, path in enumerate(batch):
        try:
            data = read_small(f"{root}/{path}")
            if data is None:
                read = digest_file(f"{root}/{path}", algorithms)
                found.extend(read.digests)
                size += read.size
            else:
                found.extend([digest_of(name, data) for name in algorithms])
                size += len(data)
        except OSError as error:
            errors[at] = error
            found.extend(nothing)
    return [(b"".join(found), errors, size)]


def _slices(algorithms: Sequence[str]) -> dict[str, slice]:
    """Where each algorithm's digest stands when all are put end to end."""
    ends = list(accumulate(map(digest_size, algorithms), initial=0))
    return {name: slice(*place) for name, place in zip(algorithms, pairwise(ends), strict=True)}
