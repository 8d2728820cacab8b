"""The files of an information package where they lie, with the digests known of them.

``Contents`` is what every validator reads: it neither knows nor cares whether the
package came as a folder, a zip or a tar.  Paths are relative, ``/`` between parts,
exactly as the producer wrote them (no Unicode normalisation).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from luutru.fixity.check import Expected, ReadAhead, Wanted, check_files
from luutru.fixity.verdict import Outcome, Verdict

Progress = Callable[[int, int], None]
"""Called now and then with (files, bytes) done since the last call."""


@dataclass(slots=True)
class Contents:
    """Every regular file of a package: sizes by path and, where already read, digests.

    ``digests[path]`` holds raw digests in the order of ``algorithms``; a file that was
    only listed (a folder looked at in place) has no entry and is read when it is checked.
    """

    root: Path
    sizes: dict[str, int]
    algorithms: tuple[str, ...] = ()
    digests: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()
    _ahead: ReadAhead | None = None

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
        """Begin to read a folder's files while their manifests are still parsed; ``check`` waits for it.

        Nothing to do where the digests were taken on the way in.
        """
        if not self.digests and self.sizes:
            self._ahead = ReadAhead(self.root, self.sizes, algorithms, progress=progress)

    def check(self, expected: Expected, progress: Progress | None = None) -> Iterator[Verdict]:
        """Compare files with the digests they should have; one verdict for each path.

        What was digested on the way in is compared in memory; the rest is read, in
        parallel.  A path that is not in the package is ``missing``.
        """
        if self._ahead and self._covers(self._ahead.algorithms, expected):
            yield from self._ahead.check(expected)
            return
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

    def _covers(self, algorithms: Sequence[str], expected: Expected) -> bool:
        return {name for wanted in expected.values() for name, _ in wanted}.issubset(algorithms)

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
