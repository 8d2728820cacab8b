"""A staged tree made part of the holdings of a bucket: whole or not at all (OCFL 1.1, section 5.1).

A bucket has no rename.  What is begun is said first, under ``unfinished/``; then the content is
sent, and last the tree's inventory, on the condition that there is none.  That last write is the
commit.  Until then what lies there is no object to anybody; a retry of the same adoption goes on
with it, and after a failure or a week it is taken away.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from luutru.fixity.digest import digest_file
from luutru.fixity.walk import list_files
from luutru.packaging.ocfl.inventory import FILE_NAME, InventoryError
from luutru.packaging.ocfl.inventory_reader import read_inventory
from luutru.packaging.ocfl.storage import Missing, Occupied, StorageError
from luutru.repository.os_errors import as_storage_errors
from luutru.repository.s3_bucket import Bucket
from luutru.repository.s3_pool import digests_of, pooled
from luutru.repository.s3_upload import PartSizes, put_bytes, upload

UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Marker:
    """What is said of an adoption before it begins: which write ends it, of what, and who is at it."""

    last: str
    sha256: str
    owner: str


def marker_of(bucket: Bucket, path: str) -> Marker | None:
    """What was said of the adoption at a path, if one was begun and its end not noted."""
    try:
        return Marker(**json.loads(bucket.get(f"{UNFINISHED}/{path}")))
    except Missing:
        return None
    except (ValueError, TypeError) as error:
        raise StorageError(f"{UNFINISHED}/{path} is not a note of an adoption: remove it by hand") from error


def is_unfinished(bucket: Bucket, path: str) -> bool:
    """Whether what lies at a path was begun to be adopted and is not part of the holdings."""
    marker = marker_of(bucket, path)
    return marker is not None and not bucket.has(f"{path}/{marker.last}")


def adopt(bucket: Bucket, staged: Path, path: str, sizes: PartSizes) -> None:
    """Send a staged tree to a path and make it visible by the last write; the tree stays.

    Raises Occupied when something is there or another adoption is under way, Full, Unwritable,
    StorageError for a tree that cannot be adopted.
    """
    files = _files(staged)
    last = FILE_NAME if FILE_NAME in files else max(files)
    with as_storage_errors(staged):
        mark = Marker(last, digest_file(staged / last, ("sha256",)).digests[0].hex(), uuid4().hex)
    resumed = _begin(bucket, path, mark)
    try:
        if resumed:
            _keep_what_is_right(bucket, path, staged, files)
        _send_content(bucket, path, staged, files, last, sizes)
        _commit(bucket, path, staged, mark, sizes)
    except Occupied:
        raise  # whoever was faster has it now; nothing of it is ours to remove
    except Exception:
        with suppress(StorageError):
            remove_unfinished(bucket, path, mark)
        raise
    with suppress(StorageError):  # the object is there; a note too many is swept
        bucket.delete(f"{UNFINISHED}/{path}")


def remove_unfinished(bucket: Bucket, path: str, mark: Marker) -> None:
    """Take away what an adoption left that came to no end, unless somebody else has gone on with it."""
    if marker_of(bucket, path) != mark:
        return
    if not bucket.has(f"{path}/{mark.last}"):
        for key in list(bucket.keys(path)):
            bucket.delete(key.path)
    bucket.delete(f"{UNFINISHED}/{path}")


def _files(staged: Path) -> Mapping[str, int]:
    listing = list_files(staged)
    if listing.others:
        where, what = listing.others[0]
        raise StorageError(f"{staged / where}: {what}, which cannot be adopted")
    if not listing.sizes:
        raise StorageError(f"{staged} has no file to be adopted")
    return listing.sizes


def _begin(bucket: Bucket, path: str, mark: Marker) -> bool:
    """Say that an adoption begins; True when it goes on with one that was cut off."""
    note, said = f"{UNFINISHED}/{path}", json.dumps(asdict(mark)).encode("ascii")
    other = marker_of(bucket, path)
    if other is None:
        if bucket.has(path) or bucket.any_below(path):
            raise Occupied(f"{path} is there already")
        with suppress(Occupied):
            put_bytes(bucket, note, said, only_new=True)
            return False
        other = marker_of(bucket, path)
    if other is not None and bucket.has(f"{path}/{other.last}"):
        raise Occupied(f"{path} is there already")
    if other is not None and (other.last, other.sha256) != (mark.last, mark.sha256):
        raise Occupied(
            f"{path}: another adoption was begun there and came to no end; it is swept after a week"
        )
    put_bytes(bucket, note, said)
    return True


def _keep_what_is_right(bucket: Bucket, path: str, staged: Path, files: Mapping[str, int]) -> None:
    """Of what an adoption left that was cut off, remove all that is not attested to be what is to be sent."""
    for key in list(bucket.keys(path)):
        name = key.path[len(path) + 1 :]
        if name in files and key.size == files[name]:
            attested = bucket.head(key.path).sha256
            if attested and attested == digest_file(staged / name, ("sha256",)).digests[0]:
                continue
        bucket.delete(key.path)


def _send_content(
    bucket: Bucket, path: str, staged: Path, files: Mapping[str, int], last: str, sizes: PartSizes
) -> None:
    """Send all but the last; small files several at once, a large one in parts several at once."""
    known = _known_digests(staged)
    content = [name for name in files if name != last]

    def send(name: str) -> None:
        try:
            upload(
                bucket, f"{path}/{name}", staged / name, sha256=known.get(name), sizes=sizes, only_new=True
            )
        except Occupied:
            _same_or_occupied(bucket, f"{path}/{name}", staged / name)

    for _ in pooled(send, [name for name in content if files[name] <= sizes.single]):
        pass
    for name in content:
        if files[name] > sizes.single:
            send(name)


def _commit(bucket: Bucket, path: str, staged: Path, mark: Marker, sizes: PartSizes) -> None:
    """The last write.  One whose answer was lost is sent again by itself, and finds its own key there."""
    if marker_of(bucket, path) != mark:
        raise Occupied(f"{path}: somebody else has gone on with this adoption")
    try:
        upload(bucket, f"{path}/{mark.last}", staged / mark.last, sizes=sizes, only_new=True)
    except Occupied:
        if marker_of(bucket, path) != mark:
            raise
        _same_or_occupied(bucket, f"{path}/{mark.last}", staged / mark.last)


def _same_or_occupied(bucket: Bucket, key: str, file: Path) -> None:
    """A key that was sent before, by this adoption or one that raced it, must be the same."""
    ours = digest_file(file, ("sha256",)).digests[0]
    theirs = bucket.head(key).sha256
    if theirs is None:
        theirs = digests_of(bucket, key, ("sha256",)).digests[0]
    if theirs != ours:
        raise Occupied(f"{key}: other bytes are there already")


def _known_digests(staged: Path) -> Mapping[str, bytes]:
    """The SHA-256 of files as the staged inventory has them, so that they need not be read for it."""
    try:
        with (staged / FILE_NAME).open("rb") as stream:
            inventory = read_inventory(stream, fixity=("sha256",))
    except (OSError, InventoryError):
        return {}
    known = inventory.fixity.get("sha256", {})
    # A further version is adopted alone: its paths stand in the inventory below its name.
    start = "" if (staged / inventory.head).is_dir() else f"{inventory.head}/"
    return {name[len(start) :]: digest for name, digest in known.items() if name.startswith(start)}
