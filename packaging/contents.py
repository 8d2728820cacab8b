"""The files of an information package where they lie, with the digests known of them.

``Contents`` is what every validator reads: it neither knows nor cares whether the
package came as a folder, a zip or a tar.  Paths are relative, ``/`` between parts,
exactly as the producer wrote them (no Unicode normalisation).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from luutru.fixity.check import Expected, Wanted, check_files
from luutru.fixity.read_ahead import Claims, ReadAhead
from luutru.fixity.verdict import Outcome, Verdict

Progress = Callable[[int, int], None]
"""Called now and then with (files, bytes) done since the last call."""


@dataclass(slots=True)
class Contents:
    """Every regular file of a package: sizes by path and, where already read, digests.

    ``digests[path]`` holds raw digests in the order of ``algorithms``; a file that was
    only listed (a folder looked at in place) has no entry and is read when it is checked;
    ``ahead`` is such reading already under way.
    """

    root: Path
    sizes: dict[str, int]
    algorithms: tuple[str, ...] = ()
    digests: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()
    ahead: ReadAhead | None = None

    def open(self, path: str) -> BinaryIO:
        """The bytes of one file.  Raises KeyError for a path that is not in the package."""
        if path not in self.sizes:
            raise KeyError(path)
        return (self.root / path).open("rb")

    def digest(self, path: str, algorithm: str) -> str | None:
        """The known hexadecimal digest of a file, or None where it was not computed."""
        if path not in self.digests or algorithm not in self.algorithms:
            return None
        return self.digests[path][self.algorithms.index(algorithm)].hex()

    def read_ahead(self, algorithms: Sequence[str], progress: Progress | None = None) -> None:
        """Begin to read a folder's files while their manifests are still parsed; ``faults`` waits for it.

        Nothing to do where the digests were taken on the way in, or reading has begun.
        """
        if not self.digests and not self.ahead and self.sizes:
            self.ahead = ReadAhead.of(self.root, self.sizes, algorithms, progress=progress)

    def check(self, expected: Expected, progress: Progress | None = None) -> Iterator[Verdict]:
        """Compare files with the digests they should have; one verdict for each path.

        What was digested on the way in is compared in memory; the rest is read, in
        parallel.  A path that is not in the package is ``missing``.
        """
        unread: dict[str, Wanted] = {}
        for path, wanted in expected.items():
            if path not in self.sizes:
                yield Verdict(path, Outcome.MISSING)
            elif path in self.digests and all(name in self.algorithms for name, _ in wanted):
                yield self._compare(path, wanted)
            else:
                unread[path] = wanted
        if unread:
            yield from check_files(self.root, unread, sizes=self.sizes, progress=progress)

    def faults(self, claims: Claims, progress: Progress | None = None) -> Iterator[Verdict]:
        """Compare files with what several manifests claim of them; a verdict for each that is not intact."""
        if self.ahead and {algorithm for algorithm, _ in claims}.issubset(self.ahead.algorithms):
            yield from self.ahead.faults(claims)
            return
        expected: dict[str, Wanted] = {}
        for algorithm, digests in claims:
            column = self.algorithms.index(algorithm) if algorithm in self.algorithms else None
            for path, digest in digests.items():
                # What was digested on the way in and agrees needs no more words: there may be millions.
                if column is None or path not in self.digests or self.digests[path][column] != digest:
                    expected[path] = (*expected.get(path, ()), (algorithm, digest))
        for verdict in self.check(expected, progress):
            if verdict.outcome is not Outcome.INTACT:
                yield verdict

    def _compare(self, path: str, wanted: Wanted) -> Verdict:
        known = self.digests[path]
        wrong = [name for name, value in wanted if known[self.algorithms.index(name)] != value]
        outcome = Outcome.ALTERED if wrong else Outcome.INTACT
        return Verdict(path, outcome, ", ".join(wrong), self.sizes[path])

    def below(self, folder: str) -> "Contents":
        """The same files seen from a folder inside; files outside it are left out."""
        if not folder:
            return self
        prefix = folder.rstrip("/") + "/"
        cut = len(prefix)
        return Contents(
            root=self.root / folder,
            sizes={path[cut:]: size for path, size in self.sizes.items() if path.startswith(prefix)},
            algorithms=self.algorithms,
            digests={path[cut:]: d for path, d in self.digests.items() if path.startswith(prefix)},
            folders=frozenset(f[cut:] for f in self.folders if f.startswith(prefix)),
        )
