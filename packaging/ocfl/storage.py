"""What OCFL needs of a storage location (OCFL 1.1, section 4; OAIS: Archival Storage).

A location is one key space.  Keys are relative, ``/`` between parts:

- ``ocfl/``: the OCFL storage root, nothing else in it;
- ``journal/``: what the archive writes down about its holdings, to be rebuilt from;
- ``quarantine/``: damaged copies, kept as evidence.

Local folders hold one so; an object store holds the same keys, and besides them
``unfinished/``: what was begun to be adopted there and is not part of the holdings yet.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

from luutru.fixity.check import Expected
from luutru.fixity.read_ahead import Claims
from luutru.fixity.verdict import Verdict
from luutru.fixity.walk import Listing

OCFL_ROOT = "ocfl"
JOURNAL = "journal"
QUARANTINE = "quarantine"

Progress = Callable[[int, int], None]
"""Called now and then with (files, bytes) done since the last call."""


class StorageError(Exception):
    """A storage location did not do what was asked; the message says what to look at."""

    transient = False


class Missing(StorageError):
    """There is nothing at this key."""


class Unreadable(StorageError):
    """The medium or its permissions refuse the bytes: nothing is known of them."""

    transient = True


class Full(StorageError):
    """No room is left: free some, or add a location, and try again."""

    transient = True


class Occupied(StorageError):
    """Something stands already where something new should be; nothing is ever overwritten."""


class Unwritable(StorageError):
    """The location refuses to be written: look at its permissions and how it is mounted."""

    transient = True


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in a location: its key and its size in bytes."""

    path: str
    size: int


EntryKind = Literal["object", "file", "other", "empty", "unreadable", "unfinished"]


@dataclass(frozen=True, slots=True)
class RootEntry:
    """What a walk of the storage root meets: an object, or something that is no part of one.

    ``empty`` is a folder with nothing in it, ``other`` a link, device, pipe or a name that
    is not text, ``unreadable`` a folder that cannot be looked into, ``unfinished`` what was
    begun to be adopted and is no object yet.
    """

    path: str
    kind: EntryKind


class Reading(Protocol):
    """Files that are being read where they lie, until it is known what they should be."""

    @property
    def files(self) -> int:
        """How many files were come to so far, read or found unreadable."""

    @property
    def attested(self) -> Collection[str]:
        """Which of them were not read: their digest is what the location's server attests."""

    def faults(self, claims: Claims) -> Iterator[Verdict]:
        """Wait until all are read; a verdict for each path that is not as every claim says."""

    def give_up(self) -> None:
        """Nobody will ask: read no further."""


class Storage(Protocol):
    """One storage location.  Every method raises StorageError (or a kind of it) and no OSError."""

    name: str

    def available(self) -> None:
        """Return when the location is there and is ours; raises Unreadable otherwise."""

    def exists(self, path: str) -> bool:
        """Whether a file or a folder has this key."""

    def read(self, path: str) -> BinaryIO:
        """The bytes of one file, to be closed by the caller.  Raises Missing, Unreadable."""

    def size(self, path: str) -> int:
        """The size of one file in bytes.  Raises Missing, Unreadable."""

    def list(self, prefix: str) -> Iterator[StoredFile]:
        """All regular files below a folder, in the order of their keys; none if it is not there."""

    def survey(self, prefix: str) -> Listing:
        """Everything below a folder, paths relative to it, with what is no regular file.

        Raises Missing when it is not there or no folder, Unreadable when it cannot be listed.
        """

    def read_whole(
        self,
        prefix: str,
        algorithm: str,
        *,
        at_once: int = 1,
        progress: Progress | None = None,
        attested: bool = False,
    ) -> tuple[Listing, "Reading"]:
        """Survey a folder and begin to read every file below it where it lies.

        ``at_once`` is how many such readings share the machine.  Raises as ``survey``;
        ``progress`` is told files and bytes, from another thread.  With ``attested``, digests
        that the location's server attests stand for reading, where it has them.
        """

    def walk_root(self) -> Iterator[RootEntry]:
        """All objects of the storage root in order, and whatever else lies between them."""

    def list_objects(self) -> Iterator[str]:
        """The keys of all objects in order."""

    def adopt(self, staged: Path, path: str) -> None:
        """Make a staged tree durable and visible at ``path``, whole or not at all.

        The staged tree is gone afterwards.  Raises Occupied, Full, Unwritable.
        """

    def write_file(self, path: str, data: bytes | Iterable[bytes]) -> None:
        """Write or replace one file, durably and whole or not at all.  Raises Full, Unwritable."""

    def check(
        self,
        prefix: str,
        expected: Expected,
        *,
        sizes: Mapping[str, int] | None = None,
    ) -> Iterator[Verdict]:
        """Read files below a folder where they lie and compare their digests; one verdict a path."""

    def fetch(
        self,
        prefix: str,
        sizes: Mapping[str, int],
        target: Path,
        algorithms: Sequence[str],
        *,
        progress: Progress | None = None,
    ) -> Iterator[tuple[str, tuple[bytes, ...]]]:
        """Copy files below a folder into a local one; each path with the digests of what was copied.

        One read of each file; nothing is made durable.  Raises Unreadable for a file that
        cannot be read whole, Full or Unwritable when the target refuses it.
        """

    def move_to_quarantine(self, path: str, reason: str) -> str:
        """Take a file or folder out of the holdings, unchanged; returns its new key.  Raises Missing."""

    def free_bytes(self) -> int:
        """Room left, in bytes."""
