"""Keys fetched into a local folder, each with the digests of what was fetched."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from luutru.fixity.copying import open_new, write_all
from luutru.fixity.digest import FileDigest
from luutru.packaging.ocfl.storage import Missing, Progress, StorageError, Unreadable
from luutru.repository.os_errors import as_storage_errors
from luutru.repository.s3_bucket import Bucket
from luutru.repository.s3_pool import digests_of, pooled


def fetch(
    bucket: Bucket,
    folder: str,
    sizes: Mapping[str, int],
    target: Path,
    algorithms: Sequence[str],
    progress: Progress | None,
) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """Copy keys below a folder into a local one; each path with the digests of what was copied.

    Raises Unreadable for one that cannot be read whole, Full or Unwritable when the target refuses it.
    """

    def one(path: str) -> FileDigest | StorageError:
        # Given back, not raised: of several that fail the first in order is told.
        try:
            return _fetch_one(bucket, f"{folder}/{path}", target / path, algorithms)
        except Missing as error:
            return Unreadable(str(error))
        except StorageError as error:
            return error

    with as_storage_errors(target, writing=True):
        target.mkdir(parents=True, exist_ok=True)
    for path, found in pooled(one, sizes):
        if isinstance(found, StorageError):
            raise found
        if progress:
            progress(1, found.size)
        yield path, found.digests


def _fetch_one(bucket: Bucket, path: str, place: Path, algorithms: Sequence[str]) -> FileDigest:
    with as_storage_errors(place, writing=True):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle = open_new(str(place))
    try:
        return digests_of(bucket, path, algorithms, begin=lambda: _emptied(handle, place))
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _emptied(handle: int, place: Path) -> "_Sink":
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    return _Sink(handle, place)


class _Sink:
    """Takes the blocks of one attempt."""

    def __init__(self, handle: int, place: Path) -> None:
        self._handle, self._place = handle, place

    def __call__(self, block: bytes) -> None:
        with as_storage_errors(self._place, writing=True):
            write_all(self._handle, block, str(self._place))
