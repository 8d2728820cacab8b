"""Keys moved to quarantine: copied by the service, proven, and only then taken away."""

from typing import Any

from luutru.packaging.ocfl.storage import QUARANTINE, Missing, Unwritable
from luutru.repository.s3_bucket import Bucket, Head
from luutru.repository.s3_errors import as_storage_errors
from luutru.repository.s3_pool import digests_of, pooled
from luutru.repository.s3_upload import PartSizes, abort, put_bytes

LARGEST_COPY = 5 << 30
"""Up to how many bytes a service copies at one go."""


def move_to_quarantine(bucket: Bucket, path: str, reason: str, sizes: PartSizes) -> str:
    """Take a key, or all below it, out of the holdings, unchanged; returns the new one.

    Nothing is taken away before all of it is proven at its new place.  Raises Missing, Unwritable.
    """
    whole = bucket.has(path)
    sources = [path] if whole else [key.path for key in bucket.keys(path)]
    if not sources:
        raise Missing(f"{path}: nothing is there")
    key = first = f"{QUARANTINE}/{reason}/{path}"
    count = 1
    while bucket.has(key) or bucket.any_below(key):
        count += 1
        key = f"{first}.{count}"

    def move(source: str) -> None:
        _copy(bucket, source, key + source[len(path) :], sizes)

    for _ in pooled(move, sources):
        pass
    for _ in pooled(bucket.delete, sources):
        pass
    return key


def _copy(bucket: Bucket, source: str, target: str, sizes: PartSizes) -> None:
    head = bucket.head(source)
    if not head.size:  # a folder's marker, perhaps, which not every service copies
        put_bytes(bucket, target, b"")
        return
    named: Any = {"Bucket": bucket.bucket, "Key": bucket.key(source)}
    with as_storage_errors(target, writing=True):
        if head.size <= LARGEST_COPY:
            bucket.client.copy_object(**bucket.at(target), CopySource=named)  # type: ignore[arg-type]
        else:
            _copy_in_parts(bucket, named, target, head.size, sizes.of(head.size))
    _prove(bucket, source, head, target)


def _copy_in_parts(bucket: Bucket, named: Any, target: str, size: int, part_size: int) -> None:
    """A copy of more than 5 GiB, which a service makes in parts only."""
    at: Any = bucket.at(target)
    upload_id = bucket.client.create_multipart_upload(**at)["UploadId"]

    def part(number: int) -> Any:
        start = (number - 1) * part_size
        reach = f"bytes={start}-{min(start + part_size, size) - 1}"
        told = bucket.client.upload_part_copy(
            **at, UploadId=upload_id, PartNumber=number, CopySource=named, CopySourceRange=reach
        )
        return {"PartNumber": number, "ETag": told["CopyPartResult"]["ETag"]}

    try:
        parts = [told for _, told in pooled(part, range(1, -(-size // part_size) + 1))]
        bucket.client.complete_multipart_upload(**at, UploadId=upload_id, MultipartUpload={"Parts": parts})
    except BaseException:
        abort(bucket, target, upload_id)
        raise


def _prove(bucket: Bucket, source: str, head: Head, target: str) -> None:
    """A copy is what the service attests to be the same as its source; else both are read."""
    copied = bucket.head(target)
    if copied.size == head.size:
        if copied.checksum and copied.checksum == head.checksum:
            return
        if digests_of(bucket, source, ("sha256",)) == digests_of(bucket, target, ("sha256",)):
            return
    raise Unwritable(f"{target}: the service's copy is not what was copied; nothing was taken away")
