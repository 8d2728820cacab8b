"""The connection to an S3 service: keys, retries and time limits, from a location's settings.

Without settings of its own a location uses the standard ways of AWS tools: environment, profile,
instance role.  Keys are never written into a message.
"""

import os
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from luutru.packaging.ocfl.storage import StorageError
from luutru.repository.settings import LocationSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AT_ONCE = 8
"""How many requests a location has under way at once."""


def connect(settings: LocationSettings) -> "S3Client":
    """A client for a location's service; nothing is sent yet.

    Raises StorageError for a profile that is not there or a variable that is not set.
    """
    try:
        session = boto3.Session(profile_name=settings.profile or None)
        return client_of(
            session,
            endpoint=settings.endpoint,
            region=settings.region,
            key=_variable(settings, settings.key_variable),
            secret=_variable(settings, settings.secret_variable),
        )
    except (BotoCoreError, ValueError) as error:
        raise StorageError(f"location {settings.name}: {error}") from error


def client_of(
    session: boto3.Session,
    *,
    endpoint: str = "",
    region: str = "",
    key: str | None = None,
    secret: str | None = None,
    connect_seconds: float = 10,
    read_seconds: float = 60,
    attempts: int = 4,
) -> "S3Client":
    """A client that tries transient failures again with growing pauses, and nothing else."""
    return session.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region or session.region_name or "us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            retries={"mode": "standard", "max_attempts": attempts},
            max_pool_connections=2 * AT_ONCE,
            connect_timeout=connect_seconds,
            read_timeout=read_seconds,
            # Checksums are ours to send and ours to compare: damage is a verdict, not an error.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            # The usual services on premises have no name for each bucket.
            s3={"addressing_style": "path" if endpoint else "auto"},
        ),
    )


def _variable(settings: LocationSettings, name: str) -> str | None:
    if not name:
        return None
    value = os.environ.get(name)
    if not value:
        raise ValueError(f"the environment variable {name}, which should hold its key, is not set")
    return value
