"""Where unpacked files go: one read of each makes its digests and its first copy, within limits.

Whatever a carrier says of itself is a claim; what counts is counted here.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from luutru.fixity.digest import Digester
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
        self._target = target
        self._report = report
        self._limits = limits
        self._algorithms = algorithms
        self._packed = packed
        self._progress = progress
        self._entries = 0
        self._bytes = 0
        self._sizes: dict[str, int] = {}
        self._digests: dict[str, tuple[bytes, ...]] = {}
        self._folders: set[str] = set()
        self._made: set[str] = {""}
        target.mkdir(parents=True)

    def admits(self, path: str) -> bool:
        """Whether a name may be unpacked; says what is wrong with it.  Raises BeyondLimits."""
        self._entries += 1
        if self._entries > self._limits.entries:
            self._report.add("LUUTRU-UNPACK/too-many", limit=self._limits.entries)
            raise BeyondLimits
        return admits_name(path, self._report)

    def folder(self, path: str) -> None:
        """Note a folder; one that stays empty is not carried over."""
        if path and self.admits(path):
            self._folders.add(path)

    def file(self, path: str, blocks: Iterator[bytes]) -> None:
        """Write one file from its blocks.

        Raises BeyondLimits, OSError where the target cannot be written, and what the blocks
        raise; a file that did not come whole is not kept.
        """
        if path in self._sizes:
            self._report.add("LUUTRU-UNPACK/duplicate", path)
            return
        handle = self._open(path)
        if handle is None:
            return
        digester = Digester(self._algorithms)
        whole = False
        try:
            for block in blocks:
                self._count(len(block))
                digester.update(block)
                view = memoryview(block)
                while view:
                    view = view[os.write(handle, view) :]
            whole = True
        finally:
            os.close(handle)
            if not whole:
                os.unlink(self._target / path)
        self._sizes[path] = digester.size
        self._digests[path] = digester.digests()
        if self._progress:
            self._progress(1, digester.size)

    def _open(self, path: str) -> int | None:
        parent = path.rpartition("/")[0]
        try:
            if parent not in self._made:
                (self._target / parent).mkdir(parents=True, exist_ok=True)
                self._made.add(parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
            return os.open(self._target / path, flags, 0o644)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            self._report.add("LUUTRU-UNPACK/file-and-folder", path)
            return None

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._limits.bytes:
            self._report.add("LUUTRU-UNPACK/too-large", limit=self._limits.bytes)
            raise BeyondLimits
        if self._bytes > self._limits.ratio_from and self._bytes > self._packed * self._limits.ratio:
            self._report.add("LUUTRU-UNPACK/ratio", limit=self._limits.ratio)
            raise BeyondLimits

    def contents(self) -> Contents:
        """What was taken in."""
        used = {parent for path in self._sizes for parent in _parents(path)}
        clash = self._folders & self._sizes.keys()
        for path in sorted(clash):
            self._report.add("LUUTRU-UNPACK/file-and-folder", path)
        empty = frozenset(self._folders - used - clash)
        return Contents(self._target, self._sizes, self._algorithms, self._digests, empty)


def admits_name(path: str, report: Report) -> bool:
    """Whether a name can be taken at all; every problem with it is a finding."""
    good = True
    for case in name_problems(path):
        shown = path.encode("utf-8", "backslashreplace").decode("utf-8")
        report.add(f"LUUTRU-NAME/{case}", shown, name=shown)
        good = good and case not in _REFUSED
    return good


def _parents(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path
