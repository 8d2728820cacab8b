"""Where unpacked files go: one read of each makes its digests and its first copy, within limits.

Whatever a carrier says of itself is a claim; what counts is counted here.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from luutru.fixity.copying import open_new, write_all
from luutru.fixity.digest import Digester, FileDigest
from luutru.metadata_profiles.finding import Report
from luutru.packaging.contents import Contents
from luutru.packaging.paths import name_problems

_REFUSED = {"outside", "not-text", "empty-part", "too-long"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package may at most hold: entries, bytes unpacked, and how much it may grow.

    ``ratio`` is unpacked to packed size; growth is looked at only beyond ``ratio_from`` bytes.
    """

    entries: int = 1_000_000
    bytes: int = 1 << 40
    ratio: float = 1000.0
    ratio_from: int = 256 << 20


class BeyondLimits(Exception):
    """The package is over a limit; the finding is in the report and unpacking ends."""


class Intake:
    """Takes files into a new folder; what cannot be taken becomes a finding."""

    def __init__(
        self,
        target: Path,
        report: Report,
        limits: Limits,
        algorithms: tuple[str, ...],
        *,
        packed: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.target = target
        self.algorithms = algorithms
        self.limits = limits
        self._report = report
        self._packed = packed
        self._progress = progress
        self._entries = 0
        self._bytes = 0
        self._taken = Contents(target, {}, algorithms)
        self._claimed: set[str] = set()
        self._parents: set[str] = set()
        self._folders: set[str] = set()
        target.mkdir(parents=True)

    def admits(self, path: str) -> bool:
        """Whether a name may be unpacked; says what is wrong with it.  Raises BeyondLimits."""
        self._entries += 1
        if self._entries > self.limits.entries:
            self.too_many()
        return admits_name(path, self._report)

    def too_many(self) -> NoReturn:
        """Ends it: there are more entries than may be."""
        self._report.add("LUUTRU-UNPACK/too-many", limit=self.limits.entries)
        raise BeyondLimits

    def folder(self, path: str) -> None:
        """Note a folder; one that stays empty is not carried over.  Raises BeyondLimits."""
        if path and self.admits(path):
            self._folders.add(path)

    def claims(self, path: str) -> bool:
        """Whether an admitted name is free for one file; its folder is then there.

        Raises OSError where the target cannot be written.
        """
        if path in self._claimed:
            self._report.add("LUUTRU-UNPACK/duplicate", path)
            return False
        parents = list(_parents(path))
        if path in self._parents or not self._claimed.isdisjoint(parents):
            self._report.add("LUUTRU-UNPACK/file-and-folder", path)
            return False
        self._claimed.add(path)
        if parents and parents[0] not in self._parents:
            self._parents.update(parents)
            (self.target / parents[0]).mkdir(parents=True, exist_ok=True)
        return True

    def count(self, size: int) -> None:
        """Count bytes that are unpacked, or will be.  Raises BeyondLimits."""
        self._bytes += size
        self.read(self._bytes)

    def read(self, total: int, overhead: int = 0) -> None:
        """Hold what was read so far against the limits; ``overhead`` in bytes for an entry is let pass.

        Raises BeyondLimits.
        """
        if total > self.limits.bytes + overhead * (1 + self.limits.entries):
            self._report.add("LUUTRU-UNPACK/too-large", limit=self.limits.bytes)
            raise BeyondLimits
        if total > self.limits.ratio_from and total > self._packed * self.limits.ratio:
            self._report.add("LUUTRU-UNPACK/ratio", limit=f"{self.limits.ratio:g}")
            raise BeyondLimits

    def file(self, path: str, blocks: Iterator[bytes]) -> None:
        """Write one file from its blocks.

        Raises CannotWrite, and what the blocks raise; a file that did not come whole is not kept.
        """
        if not self.claims(path):
            return
        target = f"{self.target}/{path}"
        digester = Digester(self.algorithms)
        handle = open_new(target)
        whole = False
        try:
            for block in blocks:
                digester.update(block)
                write_all(handle, block, target)
                self._tell(0, len(block))
            whole = True
        finally:
            os.close(handle)
            if not whole:
                os.unlink(target)
        self._note(path, FileDigest(digester.size, digester.digests()))
        self._tell(1, 0)

    def took(self, path: str, result: FileDigest) -> None:
        """Note a file that was written whole in the target by others, with its digests."""
        self._note(path, result)
        self._tell(1, result.size)

    def _note(self, path: str, result: FileDigest) -> None:
        self._taken.sizes[path] = result.size
        if self.algorithms:
            self._taken.digests[path] = result.digests

    def _tell(self, files: int, size: int) -> None:
        if self._progress:
            self._progress(files, size)

    def contents(self) -> Contents:
        """What was taken in."""
        above = {parent for folder in self._folders for parent in _parents(folder)}
        for path in sorted((self._folders | above) & self._claimed):
            self._report.add("LUUTRU-UNPACK/file-and-folder", path)
        empty = self._folders - self._parents - above - self._claimed
        self._taken.folders = frozenset(f for f in empty if self._claimed.isdisjoint(_parents(f)))
        return self._taken


def admits_name(path: str, report: Report) -> bool:
    """Whether a name can be taken at all; every problem with it is a finding."""
    good = True
    for case in name_problems(path):
        shown = _shown(path)
        report.add(f"LUUTRU-NAME/{case}", shown, name=shown)
        good = good and case not in _REFUSED
    return good


def _shown(path: str) -> str:
    """A name as it can be printed; of one that goes on and on, its two ends."""
    text = path.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= 400 else f"{text[:200]}…{text[-100:]}"


def _parents(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path
