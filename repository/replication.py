"""Copies of an AIP (PREMIS *replication*): made from a proven copy, proven where they lie.

Copying reads the source once; that read compares every byte with the inventory, so it is
the source's read-back too.  The new copy becomes visible whole, and is then read where it
lies before it counts.
"""

import hashlib
from collections.abc import Iterator

from luutru.packaging.contents import Progress
from luutru.packaging.ocfl.check import ObjectCheck, check_object
from luutru.packaging.ocfl.commit import commit_first, read_object, stored_digest
from luutru.packaging.ocfl.inventory import InventoryError
from luutru.repository.errors import NoIntactCopy, RepositoryError
from luutru.repository.identifiers import new_uuid
from luutru.repository.location import Location
from luutru.repository.staging import staging_folder

_BLOCK = 1 << 20


class CopyNotProven(RepositoryError):
    """A new copy does not read back as it was written: look at the location's medium."""

    transient = True


def replicate(
    source: Location, target: Location, object_path: str, *, progress: Progress | None = None
) -> None:
    """Copy an object to another location, comparing every byte on the way.

    Raises NoIntactCopy when the source is not what its inventory says (nothing of it is then
    visible in the target), StorageError when a location fails.
    """
    try:
        inventory = read_object(source, object_path)
    except InventoryError as error:
        raise NoIntactCopy(f"{source.name}: {error}") from error
    sizes = source.survey(object_path).sizes
    with staging_folder(target.staging, f"replica-{new_uuid()}") as folder:
        staged = folder / "object"
        fetched = source.fetch(object_path, sizes, staged, (inventory.algorithm,), progress=progress)
        for path, digests in fetched:
            expected = inventory.manifest.get(path)
            if expected is not None and digests[0] != expected:
                raise NoIntactCopy(f"{source.name}: {object_path}/{path} is altered")
        commit_first(target, staged, object_path)


def prove(
    storage: Location, object_path: str, inventory_digest: str, *, progress: Progress | None = None
) -> ObjectCheck:
    """Read a new copy back where it lies.  Raises CopyNotProven unless every byte is right."""
    check = check_object(storage, object_path, inventory_digest=inventory_digest, progress=progress)
    if not check.intact:
        first = check.damage[0]
        raise CopyNotProven(
            f"{storage.name}: {object_path}/{first.path} reads back {first.outcome} ({first.detail})"
        )
    return check


def copy_file(source: Location, source_path: str, target: Location, target_path: str) -> None:
    """Copy one stored file, durably and whole or not at all; the bytes written are those digested before.

    Raises NoIntactCopy when the source gives other bytes on the second read, StorageError
    when a location fails.
    """
    expected = stored_digest(source, source_path)
    target.write_file(target_path, _blocks(source, source_path, expected))


def _blocks(source: Location, path: str, expected: str) -> Iterator[bytes]:
    digest = hashlib.sha512()
    with source.read(path) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            yield block
    if digest.hexdigest() != expected:
        raise NoIntactCopy(f"{source.name}: {path} reads differently each time")
