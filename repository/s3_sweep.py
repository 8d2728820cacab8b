"""What dead processes left in a bucket and was never part of the holdings, taken away after a week."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from luutru.repository.s3_adoption import UNFINISHED, marker_of, remove_unfinished
from luutru.repository.s3_bucket import Bucket
from luutru.repository.s3_errors import as_storage_errors
from luutru.repository.s3_upload import abort

ABANDONED = timedelta(days=7)
"""How long what was begun and not finished may be somebody's work: an upload of terabytes takes days."""


def sweep_bucket(bucket: Bucket, *, older_than: timedelta = ABANDONED) -> Iterator[str]:
    """Remove unfinished adoptions and uploads in parts that were begun long ago; yields their paths."""
    before = datetime.now(UTC) - older_than
    for key in list(bucket.keys(UNFINISHED)):
        path = key.path[len(UNFINISHED) + 1 :]
        mark = marker_of(bucket, path)
        # Of a finished one only the note is left, and it says nothing any more.
        if mark and (key.written < before or bucket.has(f"{path}/{mark.last}")):
            remove_unfinished(bucket, path, mark)
            yield path
    with as_storage_errors(bucket.prefix):
        told = bucket.client.list_multipart_uploads(Bucket=bucket.bucket, Prefix=bucket.prefix)
    for begun in told.get("Uploads", ()):
        if begun["Initiated"] < before:
            path = begun["Key"][len(bucket.prefix) :]
            abort(bucket, path, begun["UploadId"])
            yield path
