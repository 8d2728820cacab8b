"""Files sent to an S3 service with their digests, which the service checks before it keeps them.

A small file goes at one go with its SHA-256.  A large one goes in parts, each with its own; the
service's checksum over the parts is then compared with ours, and where a service attests nothing
the bytes are read back.
"""

import hashlib
import io
import os
from base64 import b64encode
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from luutru.fixity.digest import BLOCK, digest_file
from luutru.packaging.ocfl.storage import StorageError, Unwritable
from luutru.repository.os_errors import as_storage_errors as as_os_errors
from luutru.repository.s3_bucket import Bucket
from luutru.repository.s3_errors import as_storage_errors
from luutru.repository.s3_pool import digests_of

_MOST_PARTS = 10_000
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class PartSizes:
    """Up to how many bytes a file goes at one go, and how large a part of a larger one is at least."""

    single: int = 64 * _MIB
    part: int = 16 * _MIB
    parts_at_once: int = 4

    def of(self, size: int) -> int:
        """The size of the parts of a file: a file has at most 10,000."""
        least = -(-size // _MOST_PARTS)
        return self.part if least <= self.part else -(-least // _MIB) * _MIB


def upload(
    bucket: Bucket,
    path: str,
    file: Path,
    *,
    sha256: bytes | None = None,
    sizes: PartSizes,
    only_new: bool = False,
) -> None:
    """Send one file; ``sha256`` is its digest where that is known already.

    Raises Occupied when it is to be new and is there, Full, Unwritable, StorageError when what
    was sent is not what the digest says.
    """
    with as_os_errors(file):
        size = file.stat().st_size
        known = sha256 or digest_file(file, ("sha256",)).digests[0]
        if size > sizes.single:
            _in_parts(bucket, path, file, size, known, sizes, only_new)
            return
        with file.open("rb") as body:
            attested = bucket.put(path, body, known, only_new=only_new)
    if attested != _text(known):
        read_back(bucket, path, size, known)


def put_bytes(bucket: Bucket, path: str, data: bytes, *, only_new: bool = False) -> None:
    """Send a few bytes; raises as ``upload``."""
    known = hashlib.sha256(data).digest()
    if bucket.put(path, data, known, only_new=only_new) != _text(known):
        read_back(bucket, path, len(data), known)


def read_back(bucket: Bucket, path: str, size: int, sha256: bytes) -> None:
    """Read what a service keeps but does not attest.  Raises Unwritable when it is not what was sent."""
    if bucket.head(path).size != size or digests_of(bucket, path, ("sha256",)).digests[0] != sha256:
        raise Unwritable(f"{path}: the service does not keep what was sent; look at the service")


def _in_parts(
    bucket: Bucket, path: str, file: Path, size: int, known: bytes, sizes: PartSizes, only_new: bool
) -> None:
    with as_storage_errors(path, writing=True):
        upload_id = bucket.client.create_multipart_upload(
            **bucket.at(path),  # type: ignore[arg-type]
            ChecksumAlgorithm="SHA256",
            ChecksumType="COMPOSITE",
        )["UploadId"]
    try:
        parts = _send_parts(bucket, path, file, upload_id, known, sizes.of(size), sizes.parts_at_once)
        with as_storage_errors(path, writing=True):
            told = bucket.conditionally(
                lambda when: bucket.client.complete_multipart_upload(
                    **bucket.at(path),  # type: ignore[arg-type]
                    UploadId=upload_id,
                    MultipartUpload={"Parts": [part.named() for part in parts]},
                    **when,
                ),
                path,
                only_new=only_new,
            )
    except BaseException:
        with suppress(StorageError):
            abort(bucket, path, upload_id)
        raise
    ours = _text(hashlib.sha256(b"".join(part.sha256 for part in parts)).digest()) + f"-{len(parts)}"
    kept = bucket.head(path)
    if kept.size != size or told.get("ChecksumSHA256", kept.checksum) != ours:
        read_back(bucket, path, size, known)


def abort(bucket: Bucket, path: str, upload_id: str) -> None:
    """Give up an upload in parts, so that its parts take no room.  Raises Unwritable."""
    with as_storage_errors(path, writing=True):
        bucket.client.abort_multipart_upload(**bucket.at(path), UploadId=upload_id)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Part:
    number: int
    etag: str
    sha256: bytes

    def named(self) -> Any:
        return {"PartNumber": self.number, "ETag": self.etag, "ChecksumSHA256": _text(self.sha256)}


def _send_parts(
    bucket: Bucket, path: str, file: Path, upload_id: str, known: bytes, part_size: int, at_once: int
) -> list[_Part]:
    """Digest part after part while those before are sent; all of them together must be what is known."""
    whole, parts = hashlib.sha256(), list[_Part]()
    pending: deque[Future[_Part]] = deque()

    def send(number: int, start: int, sha256: bytes) -> _Part:
        with as_storage_errors(path, writing=True), _Slice(file, start, part_size) as body:
            told = bucket.client.upload_part(
                **bucket.at(path),  # type: ignore[arg-type]
                UploadId=upload_id,
                PartNumber=number,
                Body=cast(IO[bytes], body),
                ChecksumSHA256=_text(sha256),
            )
        return _Part(number, told["ETag"], sha256)

    with ThreadPoolExecutor(at_once, "luutru-s3-part") as pool, file.open("rb") as stream:
        try:
            number = 0
            while sha256 := _next_part(stream, part_size, whole):
                start, number = number * part_size, number + 1
                pending.append(pool.submit(send, number, start, sha256))
                if len(pending) >= at_once:
                    parts.append(pending.popleft().result())
            parts += [future.result() for future in pending]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if whole.digest() != known:
        raise StorageError(f"{file.name}: changed while it was sent; deposit it again")
    return parts


def _next_part(stream: io.BufferedReader, size: int, whole: "hashlib._Hash") -> bytes | None:
    """The digest of the next part, None at the end of the file."""
    part, left = hashlib.sha256(), size
    while left and (block := stream.read(min(BLOCK, left))):
        part.update(block)
        whole.update(block)
        left -= len(block)
    return part.digest() if left < size else None


class _Slice(io.RawIOBase):
    """A part of a file as a file, so that a part of half a gigabyte need not lie in memory."""

    def __init__(self, file: Path, start: int, size: int) -> None:
        self._handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        self._start = start
        self._size = min(size, os.fstat(self._handle).st_size - start)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = os.pread(self._handle, min(len(buffer), self._size - self._at), self._start + self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        if not self.closed:
            os.close(self._handle)
        super().close()


def _text(digest: bytes) -> str:
    return b64encode(digest).decode("ascii")
