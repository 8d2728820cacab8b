"""A storage location in a bucket of an S3 service (OAIS Archival Storage; keys as in `ocfl.storage`).

The keys are those of a local folder, below the prefix of the location's URL, and besides them
``unfinished/`` (`s3_adoption`).  Staging is a local folder.  What a call has written is kept by
the service when the call returns, and its digest was checked there.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit
from uuid import uuid4

from luutru.fixity.check import Expected
from luutru.fixity.verdict import Verdict
from luutru.fixity.walk import Listing
from luutru.packaging.ocfl.inventory import FILE_NAME
from luutru.packaging.ocfl.inventory_reader import unsafe_path
from luutru.packaging.ocfl.root import DECLARATION, make_root
from luutru.packaging.ocfl.storage import (
    OCFL_ROOT,
    Missing,
    Progress,
    RootEntry,
    StorageError,
    StoredFile,
    Unreadable,
)
from luutru.repository.os_errors import as_storage_errors
from luutru.repository.s3_adoption import adopt, is_unfinished
from luutru.repository.s3_bucket import Bucket
from luutru.repository.s3_errors import as_storage_errors as as_service_errors
from luutru.repository.s3_fetch import fetch
from luutru.repository.s3_moving import move_to_quarantine
from luutru.repository.s3_pool import pooled
from luutru.repository.s3_reading import S3Reading, compare
from luutru.repository.s3_sweep import sweep_bucket
from luutru.repository.s3_upload import PartSizes, put_bytes, upload
from luutru.repository.s3_walk import survey, walk_root
from luutru.repository.staging import remove_tree, sweep

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Storage:
    """The `Storage` of one prefix of a bucket; ``name`` is what people and events call the location."""

    def __init__(
        self,
        client: "S3Client",
        url: str,
        name: str,
        *,
        staging: Path,
        audits_by_attestation: bool = False,
        sizes: PartSizes | None = None,
        page: int = 1000,
    ) -> None:
        parts = urlsplit(url)
        prefix = parts.path.strip("/")
        self.place = url
        self.name = name
        self.staging = staging
        self.audits_by_attestation = audits_by_attestation
        self._sizes = sizes or PartSizes()
        self.bucket = Bucket(client, parts.netloc, f"{prefix}/" if prefix else "", page=page)

    def prepare(self) -> None:
        """Declare the storage root, where it is not there yet; the bucket itself must be there."""
        with as_storage_errors(self.staging, writing=True):
            self.staging.mkdir(parents=True, exist_ok=True)
        self._refuse_without_bucket()
        make_root(self)

    def _refuse_without_bucket(self) -> None:
        # Some services make a bucket of any name that is written to: a slip of the pen would go unseen.
        try:
            with as_service_errors(self.place):
                self.bucket.client.head_bucket(Bucket=self.bucket.bucket)
        except Missing as error:
            raise Unreadable(f"{self.place}: there is no such bucket; make it, or mend the url") from error

    def available(self) -> None:
        """Return when the location is there and is ours; raises Unreadable otherwise."""
        if not self.bucket.has(f"{OCFL_ROOT}/{DECLARATION}"):
            raise Unreadable(f"no storage root at {self.place}: are bucket and prefix right?")

    def sweep(self) -> Sequence[str]:
        """Remove what dead processes left: staging folders, and what was begun a week ago and not finished."""
        return [*sweep(self.staging), *sweep_bucket(self.bucket)]

    def exists(self, path: str) -> bool:
        """Whether a file or a folder has this key; what was not adopted to its end is not there."""
        place = self._checked(path)
        if self.bucket.has(place):
            return True
        return self.bucket.any_below(place) and not is_unfinished(self.bucket, place)

    def read(self, path: str) -> BinaryIO:
        """The bytes of one file, to be closed by the caller.  Raises Missing, Unreadable."""
        return self.bucket.open(self._checked(path))

    def size(self, path: str) -> int:
        """The size of one file in bytes.  Raises Missing, Unreadable."""
        return self.bucket.head(self._checked(path)).size

    def list(self, prefix: str) -> Iterator[StoredFile]:
        """All files below a folder, in the order of their keys; none if it is not there."""
        place = self._checked(prefix.rstrip("/"))
        found = [StoredFile(key.path, key.size) for key in self.bucket.keys(place)]
        # Some services list folder by folder, which is another order.
        yield from sorted(
            (file for file in found if not unsafe_path(file.path)), key=lambda file: file.path.encode("utf-8")
        )

    def survey(self, prefix: str) -> Listing:
        """Everything below a folder, paths relative to it, with what is no path.

        Raises Missing when nothing is below it or it was not adopted to its end, Unreadable.
        """
        return self._present(prefix, survey(self.bucket, self._checked(prefix)))

    def _present(self, prefix: str, listing: Listing) -> Listing:
        if not (listing.sizes or listing.folders or listing.others):
            raise Missing(f"{prefix}: there is nothing below it")
        if FILE_NAME not in listing.sizes and is_unfinished(self.bucket, prefix):
            raise Missing(f"{prefix}: was never finished; repair or a new attempt goes on with it")
        return listing

    def read_whole(
        self,
        prefix: str,
        algorithm: str,
        *,
        at_once: int = 1,
        progress: Progress | None = None,
        attested: bool = False,
    ) -> tuple[Listing, S3Reading]:
        """Survey a folder and begin to read every file below it.  Raises as ``survey``.

        With ``attested``, a SHA-256 that the service attests of a whole file stands for reading it.
        """
        place = self._checked(prefix)
        reading = S3Reading(
            self.bucket, place, algorithm, at_once=at_once, progress=progress, attest=attested
        )
        try:
            listing = self._present(prefix, survey(self.bucket, place, reading.add))
        except BaseException:
            reading.give_up()
            raise
        reading.close()
        return listing, reading

    def walk_root(self) -> Iterator[RootEntry]:
        """All objects of the storage root in order, and whatever else lies between them."""
        return walk_root(self.bucket)

    def list_objects(self) -> Iterator[str]:
        """The keys of all objects in order."""
        return (entry.path for entry in self.walk_root() if entry.kind == "object")

    def adopt(self, staged: Path, path: str) -> None:
        """Make a staged tree durable and visible at ``path``, whole or not at all.

        The staged tree is gone afterwards.  Raises Occupied, Full, Unwritable.
        """
        adopt(self.bucket, staged, self._checked(path), self._sizes)
        with suppress(OSError):
            remove_tree(staged)

    def write_file(self, path: str, data: bytes | Iterable[bytes]) -> None:
        """Write or replace one file, durably and whole or not at all.  Raises Full, Unwritable."""
        place = self._checked(path)
        if isinstance(data, bytes):
            put_bytes(self.bucket, place, data)
            return
        # The digest goes before the bytes, so they wait until all are there.
        waiting = self.staging / f"write-{uuid4().hex}"
        try:
            with as_storage_errors(waiting, writing=True):
                self.staging.mkdir(parents=True, exist_ok=True)
                with waiting.open("xb") as file:
                    file.writelines(data)
            upload(self.bucket, place, waiting, sizes=self._sizes)
        finally:
            waiting.unlink(missing_ok=True)

    def check(
        self,
        prefix: str,
        expected: Expected,
        *,
        sizes: Mapping[str, int] | None = None,
    ) -> Iterator[Verdict]:
        """Read files below a folder and compare their digests; one verdict a path."""
        place = self._checked(prefix)
        for _, verdict in pooled(partial(compare, self.bucket, place), expected.items()):
            yield verdict

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

        Raises Unreadable for a file that cannot be read whole, Full or Unwritable when the
        target refuses it.
        """
        return fetch(self.bucket, self._checked(prefix), sizes, target, algorithms, progress)

    def move_to_quarantine(self, path: str, reason: str) -> str:
        """Take a file or folder out of the holdings, unchanged; returns its new key.  Raises Missing."""
        return move_to_quarantine(self.bucket, self._checked(path), reason, self._sizes)

    def free_bytes(self) -> int:
        """Room left in staging, in bytes: a service does not tell how much it would take."""
        with as_storage_errors(self.staging, writing=True):
            self.staging.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(self.staging).free

    def _checked(self, path: str) -> str:
        if unsafe_path(path):
            raise StorageError(f"{path!r} cannot be a key")
        return path
