"""The keys of one location in a bucket of an S3 service, one request at a time.

Everything of the location lies below one prefix; paths here are without it.
"""

import io
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from botocore.exceptions import ClientError

from luutru.packaging.ocfl.storage import Missing, Occupied, StorageError, Unreadable
from luutru.repository.s3_errors import as_storage_errors, not_offered

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

_LONGEST_KEY = 1024
_BLOCK = 1 << 18
# Behind every key below a folder: no text sorts after it.
_BEHIND = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Head:
    """What the service says of a key without sending it; ``checksum`` as it writes SHA-256, or empty."""

    size: int
    etag: str
    checksum: str

    @property
    def sha256(self) -> bytes | None:
        """The SHA-256 of the whole that the service attests; of a key sent in parts there is none."""
        if not self.checksum or "-" in self.checksum:
            return None
        return b64decode(self.checksum)


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was listed: its path, its size in bytes, when it was written."""

    path: str
    size: int
    written: datetime


class Bucket:
    """One prefix of one bucket.  Every method raises StorageError (or a kind of it)."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str, *, page: int = 1000) -> None:
        self.client, self.bucket, self.prefix = client, bucket, prefix
        self._page = page
        self._conditional = True

    def at(self, path: str) -> dict[str, str]:
        """Bucket and key of a path, as requests take them."""
        return {"Bucket": self.bucket, "Key": self.key(path)}

    def key(self, path: str) -> str:
        """The key of a path.  Raises StorageError for what cannot be one."""
        try:
            length = len((self.prefix + path).encode("utf-8"))
        except UnicodeEncodeError as error:
            raise StorageError(f"{path!r} cannot be a key: it is not text") from error
        if length > _LONGEST_KEY:
            raise StorageError(f"{path} is too long for S3: a key has at most {_LONGEST_KEY} bytes")
        return self.prefix + path

    def head(self, path: str) -> Head:
        """Size and attested checksum of a key.  Raises Missing, Unreadable."""
        with as_storage_errors(path):
            told = self.client.head_object(**self.at(path), ChecksumMode="ENABLED")  # type: ignore[arg-type]
        return Head(told["ContentLength"], told["ETag"], told.get("ChecksumSHA256", ""))

    def has(self, path: str) -> bool:
        """Whether there is a key of exactly this path."""
        try:
            self.head(path)
        except Missing:
            return False
        return True

    def open(self, path: str) -> BinaryIO:
        """The bytes of a key as they come; one that ends too early is Unreadable.  Raises Missing."""
        with as_storage_errors(path):
            body = self.client.get_object(**self.at(path))["Body"]  # type: ignore[arg-type]
        return cast(BinaryIO, io.BufferedReader(_Stream(body, path), _BLOCK))

    def get(self, path: str) -> bytes:
        """All bytes of a small key.  Raises Missing, Unreadable."""
        with self.open(path) as stream:
            return stream.read()

    def put(self, path: str, body: bytes | IO[bytes], sha256: bytes, *, only_new: bool = False) -> str:
        """Write a key at one go; the service checks the digest.  Returns the checksum it attests.

        Raises Occupied when it is to be new and is there, Full, Unwritable, StorageError when
        other bytes arrived.
        """
        options: dict[str, Any] = {"ChecksumSHA256": b64encode(sha256).decode("ascii")}
        with as_storage_errors(path, writing=True):
            told = self.conditionally(
                lambda when: self.client.put_object(**self.at(path), Body=body, **options, **when),  # type: ignore[arg-type]
                path,
                only_new=only_new,
            )
        return str(told.get("ChecksumSHA256", ""))

    def conditionally(self, write: Any, path: str, *, only_new: bool) -> Any:
        """Do a write, on the condition that its key is new where that is asked for.

        Where the service has no conditional writes it is looked before.  Raises Occupied, ClientError.
        """
        if not only_new:
            return write({})
        if self._conditional:
            try:
                return write({"IfNoneMatch": "*"})
            except ClientError as error:
                if not not_offered(error):
                    raise
                self._conditional = False
        if self.has(path):
            raise Occupied(f"{path} is there already")
        return write({})

    def delete(self, path: str) -> None:
        """Take a key away; none is as good.  Raises Unwritable."""
        with as_storage_errors(path, writing=True):
            self.client.delete_object(**self.at(path))  # type: ignore[arg-type]

    def keys(self, folder: str) -> Iterator[Key]:
        """All keys below a folder, in the service's own order, which need not be that of the keys."""
        start = self.key(folder) + "/"
        for page in self._pages(start, ""):
            for item in page.get("Contents", ()):
                yield Key(item["Key"][len(self.prefix) :], item["Size"], item["LastModified"])

    def any_below(self, folder: str) -> bool:
        """Whether there is any key below a folder."""
        start = self.key(folder) + "/"
        with as_storage_errors(folder):
            told = self.client.list_objects_v2(Bucket=self.bucket, Prefix=start, MaxKeys=1)
        return bool(told.get("Contents"))

    def folder(self, folder: str) -> tuple[list[str], list[str]]:
        """The names of keys directly in a folder, and of folders in it; an empty name is its own marker."""
        start = self.key(folder) + "/"
        files: list[str] = []
        folders: dict[str, None] = {}
        for page in self._pages(start, "/"):
            files += [item["Key"][len(start) :] for item in page.get("Contents", ())]
            folders.update((item["Prefix"][len(start) : -1], None) for item in page.get("CommonPrefixes", ()))
        return files, list(folders)

    def _pages(self, start: str, delimiter: str) -> Iterator[Any]:
        """Pages of a listing, each asked for by where the last one ended.

        Not by the continuation token: it is XML, which some characters of keys cannot be in, and
        services then skip keys (decision 18).
        """
        after = ""
        while True:
            with as_storage_errors(start):
                page = self.client.list_objects_v2(
                    Bucket=self.bucket,
                    Prefix=start,
                    Delimiter=delimiter,
                    MaxKeys=self._page,
                    StartAfter=after,
                )
            yield page
            if not page.get("IsTruncated"):
                return
            last = _last(page)
            if not last or last == after:
                raise Unreadable(f"{start}: the service's listing does not get on")
            after = last


def _last(page: Any) -> str:
    """Where a page ended, in whichever order: the last key or, when later, behind the last folder."""
    keys = [item["Key"] for item in page.get("Contents", ())[-1:]]
    keys += [item["Prefix"] + _BEHIND for item in page.get("CommonPrefixes", ())[-1:]]
    return max(keys, default="")


class _Stream(io.RawIOBase):
    """The body of an answer as a file; an early end is an error, never an end."""

    def __init__(self, body: "StreamingBody", path: str) -> None:
        self._body, self._path = body, path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with as_storage_errors(self._path):
            data = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()
