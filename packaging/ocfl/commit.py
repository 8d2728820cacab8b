"""Versions committed and read back (OCFL 1.1, section 5.1): old or new, nothing between.

A first version becomes visible by one rename of the whole object.  A further version is
adopted as a folder that no inventory names yet; it comes into being by the last write, of
the root inventory and its sidecar.  `resume_or_revert` finishes or takes back what a crash
left half done.
"""

import hashlib
import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from luutru.fixity.verdict import Outcome
from luutru.packaging.ocfl.inventory import FILE_NAME, Inventory, InventoryError, version_number
from luutru.packaging.ocfl.inventory_reader import read_inventory
from luutru.packaging.ocfl.object import ALGORITHM, SIDECAR, sidecar_bytes
from luutru.packaging.ocfl.storage import Missing, Storage, StorageError

_BLOCK = 1 << 20


class Conflict(Exception):
    """The object has changed since the inventory that a new version builds upon was read."""


def commit_first(storage: Storage, staged: Path, object_path: str) -> None:
    """Make a staged first version visible: whole or not at all.  Raises StorageError (Occupied...)."""
    storage.adopt(staged, object_path)


def commit_next(
    storage: Storage, staged: Path, object_path: str, *, previous: Inventory, new: Inventory
) -> None:
    """Make a staged further version the head; its last write is the commit point.

    The staged folder is gone afterwards.
    Raises Conflict when the object is no longer at ``previous``, StorageError when the
    location fails; `resume_or_revert` then tells what came of it.
    """
    if read_object(storage, object_path) != previous:
        raise Conflict(f"{previous.id} is no longer at {previous.head}: read it again and build upon that")
    storage.adopt(staged / new.head, f"{object_path}/{new.head}")
    for name in (FILE_NAME, SIDECAR):
        storage.write_file(f"{object_path}/{name}", (staged / name).read_bytes())
    shutil.rmtree(staged, ignore_errors=True)


class Recovery(StrEnum):
    """What `resume_or_revert` found or did: nothing to do, finished, or taken back."""

    CLEAN = "clean"
    RESUMED = "resumed"
    REVERTED = "reverted"


def resume_or_revert(storage: Storage, object_path: str, *, dry_run: bool = False) -> Recovery:
    """Bring an object whose update was cut short to its new version if that is whole, else to the old.

    A version that is not whole goes to quarantine; nothing is deleted.  A ``dry_run`` says what
    would be done and does nothing.  Raises StorageError,
    and InventoryError when the object's own inventory cannot be read (that is damage, not
    an update cut short).
    """
    with storage.read(f"{object_path}/{FILE_NAME}") as stream:
        current = read_inventory(stream)
    newest = _newest_version(storage, object_path)
    if newest is not None and version_number(newest) > version_number(current.head):
        whole = _whole(storage, object_path, newest, current)
        if dry_run:
            return Recovery.RESUMED if whole else Recovery.REVERTED
        if not whole:
            storage.move_to_quarantine(f"{object_path}/{newest}", "unfinished-version")
            return Recovery.REVERTED
        with storage.read(f"{object_path}/{newest}/{FILE_NAME}") as stream:
            data = stream.read()
        storage.write_file(f"{object_path}/{FILE_NAME}", data)
    else:
        newest = current.head
        digest = stored_digest(storage, f"{object_path}/{FILE_NAME}")
        if sidecar_digest(storage, f"{object_path}/{SIDECAR}") == digest:
            return Recovery.CLEAN
        # Only an update cut short between its last two writes; anything else is damage.
        if sidecar_digest(storage, f"{object_path}/{newest}/{SIDECAR}") != digest:
            raise InventoryError(
                f"{object_path}: root inventory and sidecar differ, not by an unfinished update"
            )
    if not dry_run:
        digest = stored_digest(storage, f"{object_path}/{FILE_NAME}")
        storage.write_file(f"{object_path}/{SIDECAR}", sidecar_bytes(digest))
    return Recovery.RESUMED


def read_object(storage: Storage, object_path: str) -> Inventory:
    """The inventory of a stored object, checked against its sidecar.

    Raises InventoryError when it is not what the sidecar says or not an inventory; Missing
    or Unreadable when it is not there.
    """
    if stored_digest(storage, f"{object_path}/{FILE_NAME}") != sidecar_digest(
        storage, f"{object_path}/{SIDECAR}"
    ):
        raise InventoryError(f"{object_path}/{FILE_NAME} is not what its sidecar says")
    with storage.read(f"{object_path}/{FILE_NAME}") as stream:
        return read_inventory(stream)


def stored_digest(storage: Storage, path: str, algorithm: str = ALGORITHM) -> str:
    """The hexadecimal digest of one small stored file.  Raises StorageError."""
    digest = hashlib.new(algorithm)
    with storage.read(path) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sidecar_digest(storage: Storage, path: str) -> str | None:
    """The digest in an inventory's sidecar as it is written here; None for any other form, or none.

    Strict to the byte, so that no change to a sidecar goes unseen.
    """
    ending = f" {FILE_NAME}\n".encode("ascii")
    try:
        with storage.read(path) as stream:
            data = stream.read(1024)
    except Missing:
        return None
    return data.removesuffix(ending).decode("ascii", "replace") if data.endswith(ending) else None


def _newest_version(storage: Storage, object_path: str) -> str | None:
    names = set(_version_names(storage, object_path))
    return max(names, key=version_number, default=None)


def _version_names(storage: Storage, object_path: str) -> Iterator[str]:
    listing = storage.survey(object_path)
    for path in [*listing.sizes, *listing.folders]:
        name = path.partition("/")[0]
        try:
            version_number(name)
        except ValueError:
            continue
        yield name


def _whole(storage: Storage, object_path: str, name: str, current: Inventory) -> bool:
    """Whether an adopted version has its own sound inventory, follows the current one, and all its bytes."""
    path = f"{object_path}/{name}/{FILE_NAME}"
    try:
        if stored_digest(storage, path) != sidecar_digest(storage, f"{object_path}/{name}/{SIDECAR}"):
            return False
        with storage.read(path) as stream:
            inventory = read_inventory(stream, fixity=())
        if inventory.id != current.id or version_number(inventory.head) != version_number(current.head) + 1:
            return False
        start = f"{name}/"
        expected = {
            path: ((inventory.algorithm, digest),)
            for path, digest in inventory.manifest.items()
            if path.startswith(start)
        }
        return all(v.outcome is Outcome.INTACT for v in storage.check(object_path, expected))
    except (InventoryError, StorageError):
        return False
