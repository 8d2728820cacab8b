"""An object's keys read while they are listed, until it is known what they should be (`Reading`)."""

import queue
import threading
from collections.abc import Collection, Iterator

from luutru.fixity.check import Wanted
from luutru.fixity.read_ahead import Claims
from luutru.fixity.verdict import Outcome, Verdict
from luutru.packaging.ocfl.storage import Missing, Progress, StorageError
from luutru.repository.s3_bucket import Bucket
from luutru.repository.s3_client import AT_ONCE
from luutru.repository.s3_pool import digests_of


class S3Reading:
    """Digests of keys below a folder: ``add`` each, ``close``, then ask for the ``faults``.

    With ``attest`` the service is asked first whether it attests the digest; what it does not
    attest is read.  ``at_once`` is how many of these share the machine.
    """

    def __init__(
        self,
        bucket: Bucket,
        folder: str,
        algorithm: str,
        *,
        at_once: int = 1,
        progress: Progress | None = None,
        attest: bool = False,
    ) -> None:
        self._bucket, self._folder, self._algorithm = bucket, folder, algorithm
        self._progress = progress
        self._attest = attest and algorithm == "sha256"
        self._found: dict[str, bytes] = {}
        self._errors: dict[str, StorageError] = {}
        self._attested: set[str] = set()
        self._failure: BaseException | None = None
        self._given_up = False
        self._names: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, name="luutru-s3-read", daemon=True)
            for _ in range(max(2, AT_ONCE // at_once))
        ]
        for thread in self._threads:
            thread.start()

    def add(self, path: str) -> None:
        """Have a key read."""
        self._names.put(path)

    def close(self) -> None:
        """There are no more keys to come."""
        for _ in self._threads:
            self._names.put(None)

    def give_up(self) -> None:
        """Nobody will ask: no further key is begun."""
        self._given_up = True
        self.close()

    @property
    def files(self) -> int:
        """How many keys were come to so far, read or found unreadable."""
        return len(self._found) + len(self._errors)

    @property
    def attested(self) -> Collection[str]:
        """The keys that were not read: their digest is what the service attests."""
        return self._attested

    def faults(self, claims: Claims) -> Iterator[Verdict]:
        """Wait for all keys, then compare: a verdict for each path that is not as every claim says."""
        for thread in self._threads:
            thread.join()
        if self._failure is not None:
            raise self._failure
        wrong = {
            path: algorithm
            for algorithm, digests in claims
            for path, digest in digests.items()
            if algorithm != self._algorithm or self._found.get(path) != digest
        }
        for path, algorithm in wrong.items():
            yield self._fault(path, algorithm)

    def _fault(self, path: str, algorithm: str) -> Verdict:
        error = self._errors.get(path)
        if error is not None and not isinstance(error, Missing):
            return Verdict(path, Outcome.UNREADABLE, str(error))
        if path not in self._found:
            return Verdict(path, Outcome.MISSING)
        said = " as attested by the server" if path in self._attested else ""
        return Verdict(path, Outcome.ALTERED, f"{algorithm}{said}")

    def _work(self) -> None:
        while (path := self._names.get()) is not None and not self._given_up:
            size = 0
            try:
                size = self._take(path)
            except StorageError as error:
                self._errors[path] = error
            except BaseException as error:  # noqa: BLE001  (raised where the results are asked for)
                self._failure = error
                return
            if self._progress:
                with self._lock:
                    self._progress(1, size)

    def _take(self, path: str) -> int:
        """Find out one digest; returns how many bytes were read for it."""
        place = f"{self._folder}/{path}"
        if self._attest and (attested := self._bucket.head(place).sha256) is not None:
            self._attested.add(path)
            self._found[path] = attested
            return 0
        read = digests_of(self._bucket, place, (self._algorithm,))
        self._found[path] = read.digests[0]
        return read.size


def compare(bucket: Bucket, folder: str, item: tuple[str, Wanted]) -> Verdict:
    """Read one key below a folder and compare all its digests."""
    path, wanted = item
    try:
        read = digests_of(bucket, f"{folder}/{path}", [name for name, _ in wanted])
    except Missing:
        return Verdict(path, Outcome.MISSING)
    except StorageError as error:
        return Verdict(path, Outcome.UNREADABLE, str(error))
    wrong = [name for (name, value), got in zip(wanted, read.digests, strict=True) if got != value]
    return Verdict(path, Outcome.ALTERED if wrong else Outcome.INTACT, ", ".join(wrong), read.size)
