"""What an S3 service says, or fails to say, in the words of a storage location."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from luutru.packaging.ocfl.storage import Full, Missing, Occupied, StorageError, Unreadable, Unwritable

_ABSENT = {"NoSuchKey", "NoSuchVersion", "404"}
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_NO_ROOM = {
    "InsufficientStorage",
    "QuotaExceeded",
    "XMinioAdminBucketQuotaExceeded",
    "XMinioStorageFull",
    "507",
}
_OTHER_BYTES = {"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"}
_NOT_OFFERED = {"NotImplemented", "501"}


@contextmanager
def as_storage_errors(place: str, *, writing: bool = False) -> Iterator[None]:
    """Turn what a service or the way to it says into what a storage location says.

    botocore has tried transient failures again by itself before it comes to this.
    """
    try:
        yield
    except ClientError as error:
        raise _told(error, place, writing) from error
    except (BotoCoreError, OSError) as error:
        raise _unknown(f"{place}: {error}; look at the network and the service", writing) from error


def not_offered(error: ClientError) -> bool:
    """Whether the service says that it does not know what was asked for (a conditional write)."""
    return error.response.get("Error", {}).get("Code", "") in _NOT_OFFERED


def _told(error: ClientError, place: str, writing: bool) -> StorageError:
    said = error.response.get("Error", {})
    code = str(said.get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    message = f"{place}: {code} {said.get('Message', '')}".rstrip()
    if code in _NO_ROOM or status == 507:
        return Full(f"{message}; free some room or raise the quota, and try again")
    if code in _TAKEN:
        return Occupied(message)
    if code in _OTHER_BYTES:
        return StorageError(f"{message}; what arrived is not what was to be sent: look at memory and network")
    if code in _ABSENT and not writing:
        return Missing(message)
    if code == "NoSuchBucket" or status in (401, 403) or status >= 500 or status == 429 or code in _ABSENT:
        return _unknown(f"{message}; look at bucket, keys and permissions, and whether it is up", writing)
    return StorageError(message)


def _unknown(message: str, writing: bool) -> StorageError:
    return Unwritable(message) if writing else Unreadable(message)
