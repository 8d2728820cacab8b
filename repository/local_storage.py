"""A storage location in a local folder (OAIS Archival Storage; keys as in `ocfl.storage`).

Beside ``ocfl/``, ``journal/`` and ``quarantine/`` the folder holds ``staging/``: on the same
file system, so that what is staged becomes part of the holdings by one rename.  Whatever is
visible under a key is durable: data first, then the name, then the folder of the name.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

from luutru.fixity.check import Expected, check_files
from luutru.fixity.copying import copy_files
from luutru.fixity.digest import FileDigest
from luutru.fixity.durable import sync_tree, write_durably
from luutru.fixity.read_ahead import ReadAhead
from luutru.fixity.verdict import Verdict
from luutru.fixity.walk import Listing, list_files
from luutru.packaging.ocfl.inventory_reader import unsafe_path
from luutru.packaging.ocfl.root import DECLARATION, is_object, make_root
from luutru.packaging.ocfl.storage import (
    JOURNAL,
    OCFL_ROOT,
    QUARANTINE,
    Missing,
    Occupied,
    Progress,
    RootEntry,
    StorageError,
    StoredFile,
    Unreadable,
)
from luutru.repository.os_errors import NOT_THERE, as_storage_errors
from luutru.repository.staging import sweep

STAGING = "staging"


class LocalStorage:
    """The `Storage` of one folder; ``name`` is what people and events call the location."""

    def __init__(self, root: Path, name: str = "") -> None:
        self.root = root.absolute()
        self.name = name or root.name

    audits_by_attestation = False  # there is nobody to attest: a folder is always read

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.root)

    @property
    def staging(self) -> Path:
        """Where deposits are unpacked and objects are built before they are adopted."""
        return self.root / STAGING

    def prepare(self) -> None:
        """Make the location's folders and declare its storage root, where they are not there yet."""
        with as_storage_errors(self.root, writing=True):
            for folder in (OCFL_ROOT, JOURNAL, QUARANTINE, STAGING):
                (self.root / folder).mkdir(parents=True, exist_ok=True)
        make_root(self)

    def available(self) -> None:
        """Return when the location is there and is ours; raises Unreadable otherwise."""
        if not (self.root / OCFL_ROOT / DECLARATION).is_file():
            raise Unreadable(f"no storage root at {self.root}: is the location mounted and readable?")

    def sweep(self) -> Sequence[str]:
        """Remove the staging folders of processes that died; returns their names."""
        return sweep(self.staging)

    def exists(self, path: str) -> bool:
        """Whether a file or a folder has this key."""
        try:
            self._place(path).lstat()
        except OSError as error:
            if error.errno in NOT_THERE:
                return False
            raise Unreadable(f"{self.name}: {path}: {error.strerror}") from error
        return True

    def read(self, path: str) -> BinaryIO:
        """The bytes of one file, to be closed by the caller.  Raises Missing, Unreadable.

        A link, device or folder in place of the file is Unreadable, not followed.
        """
        place = self._place(path)
        with as_storage_errors(place):
            # Non-blocking, so that a pipe in place of a file cannot hold us up.
            handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            if not S_ISREG(os.fstat(handle).st_mode):
                os.close(handle)
                raise Unreadable(f"{place}: not a regular file")
            return os.fdopen(handle, "rb")

    def size(self, path: str) -> int:
        """The size of one file in bytes.  Raises Missing, Unreadable."""
        place = self._place(path)
        with as_storage_errors(place):
            status = place.lstat()
        if not S_ISREG(status.st_mode):
            raise Unreadable(f"{place}: not a regular file")
        return status.st_size

    def list(self, prefix: str) -> Iterator[StoredFile]:
        """All regular files below a folder, in the order of their keys; none if it is not there."""
        pending = [prefix.rstrip("/")]
        while pending:
            path = pending.pop()
            place = self._place(path)
            with as_storage_errors(place):
                try:
                    status = place.lstat()
                except FileNotFoundError:
                    continue
                if not S_ISDIR(status.st_mode):
                    yield StoredFile(path, status.st_size)
                    continue
                with os.scandir(place) as entries:
                    # A folder's place in the order is that of the keys below it.
                    found = sorted(
                        (entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name)
                        for entry in entries
                        if _regular(entry)
                    )
            pending.extend(f"{path}/{name}".rstrip("/") for name in reversed(found))

    def survey(self, prefix: str, *, found: Callable[[str, int], object] | None = None) -> Listing:
        """Everything below a folder, paths relative to it, with what is no regular file.

        ``found`` is called with path and size of each file as soon as it is met.  Raises Missing
        when it is not there or no folder, Unreadable when it cannot be listed.
        """
        place = self._place(prefix)
        with as_storage_errors(place):
            if not S_ISDIR(place.lstat().st_mode):
                raise Missing(f"{place}: not a folder")
            os.scandir(place).close()
            return list_files(place, found=found)

    def read_whole(
        self,
        prefix: str,
        algorithm: str,
        *,
        at_once: int = 1,
        progress: Progress | None = None,
        attested: bool = False,
    ) -> tuple[Listing, ReadAhead]:
        """Survey a folder and begin to read every file below it where it lies.  Raises as ``survey``."""
        ahead = ReadAhead(self._place(prefix), (algorithm,), progress=progress, at_once=at_once)
        try:
            listing = self.survey(prefix, found=ahead.add)
        except StorageError:
            ahead.give_up()
            raise
        ahead.close()
        return listing, ahead

    def walk_root(self) -> Iterator[RootEntry]:
        """All objects of the storage root in order, and whatever else lies between them."""
        own = {DECLARATION, "ocfl_layout.json", "extensions"}
        pending = [OCFL_ROOT]
        while pending:
            path = pending.pop()
            try:
                with os.scandir(self._place(path)) as entries:
                    found = sorted(entries, key=lambda entry: entry.name + "/")
            except OSError:
                yield RootEntry(path, "unreadable")
                continue
            if path == OCFL_ROOT:
                found = [entry for entry in found if entry.name not in own]
            elif not found:
                yield RootEntry(path, "empty")
            elif is_object([entry.name for entry in found]):
                yield RootEntry(path, "object")
                continue
            folders = []
            for entry in found:
                key = f"{path}/{entry.name}"
                if not _is_text(entry.name) or not _regular(entry):
                    yield RootEntry(os.fsencode(key).decode("utf-8", "backslashreplace"), "other")
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(key)
                else:
                    yield RootEntry(key, "file")
            pending.extend(reversed(folders))

    def list_objects(self) -> Iterator[str]:
        """The keys of all objects in order."""
        return (entry.path for entry in self.walk_root() if entry.kind == "object")

    def adopt(self, staged: Path, path: str) -> None:
        """Make a staged tree durable and visible at ``path``, whole or not at all.

        The staged tree is gone afterwards.  Raises Occupied, Full, Unwritable.
        """
        place = self._place(path)
        if self.exists(path):
            raise Occupied(f"{place} is there already")
        with as_storage_errors(place, writing=True):
            sync_tree(staged)
            self._make_folder(place.parent)
            try:
                staged.rename(place)
            except OSError:
                self._prune(place.parent)
                raise
            _sync_folder(place.parent)

    def write_file(self, path: str, data: bytes | Iterable[bytes]) -> None:
        """Write or replace one file, durably and whole or not at all.  Raises Full, Unwritable."""
        place = self._place(path)
        # Half-written bytes must never lie among the holdings, so they wait in staging.
        waiting = self.staging / f"write-{uuid.uuid4().hex}"
        with as_storage_errors(place, writing=True):
            try:
                self.staging.mkdir(parents=True, exist_ok=True)
                write_durably(waiting, data)
                self._make_folder(place.parent)
                waiting.replace(place)
                _sync_folder(place.parent)
            except BaseException:
                waiting.unlink(missing_ok=True)
                raise

    def check(
        self,
        prefix: str,
        expected: Expected,
        *,
        sizes: Mapping[str, int] | None = None,
    ) -> Iterator[Verdict]:
        """Read files below a folder where they lie and compare their digests; one verdict a path."""
        return check_files(self._place(prefix), expected, sizes=sizes)

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
        source = self._place(prefix)
        names = {path: path for path in sizes}
        with as_storage_errors(target, writing=True):
            for path, found in copy_files(source, target, names, sizes, algorithms, progress=progress):
                if not isinstance(found, FileDigest):
                    raise Unreadable(f"{source / path}: {found.strerror or found}") from found
                yield path, found.digests

    def move_to_quarantine(self, path: str, reason: str) -> str:
        """Take a file or folder out of the holdings, unchanged; returns its new key.  Raises Missing."""
        source = self._place(path)
        key = first = f"{QUARANTINE}/{reason}/{path}"
        count = 1
        while self.exists(key):
            count += 1
            key = f"{first}.{count}"
        target = self._place(key)
        with as_storage_errors(source):
            source.lstat()
        with as_storage_errors(target, writing=True):
            self._make_folder(target.parent)
            source.rename(target)
            _sync_folder(target.parent)
            _sync_folder(source.parent)
            self._prune(source.parent)
        return key

    def free_bytes(self) -> int:
        """Room left, in bytes."""
        with as_storage_errors(self.root):
            return shutil.disk_usage(self.root).free

    def _place(self, path: str) -> Path:
        if unsafe_path(path):
            raise StorageError(f"{path!r} cannot be a key")
        return self.root / path

    def _make_folder(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            _sync_folder(new.parent)

    def _prune(self, folder: Path) -> None:
        """Remove folders that became empty, up to the location's own (OCFL forbids empty ones)."""
        with suppress(OSError):
            while folder.parent != self.root and folder != self.root:
                folder.rmdir()
                folder = folder.parent


def _regular(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
