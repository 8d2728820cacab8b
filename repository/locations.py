"""Opens a storage location as its settings say: a local folder, or a bucket of an S3 service."""

from pathlib import Path

from luutru.repository.local_storage import LocalStorage
from luutru.repository.location import Location
from luutru.repository.settings import LocationSettings


def open_location(settings: LocationSettings, home: Path) -> Location:
    """The location that these settings describe; nothing of it is looked at yet.

    A bucket's packages are staged in ``staging/<name>`` of the home.  Raises StorageError
    where its credentials cannot be had.
    """
    if settings.path is not None:
        return LocalStorage(home / settings.path, settings.name)
    # An archive of folders alone does without the half second that boto3 takes to load.
    from luutru.repository.s3_client import connect
    from luutru.repository.s3_storage import S3Storage

    return S3Storage(
        connect(settings),
        settings.url,
        settings.name,
        staging=home / "staging" / settings.name,
        audits_by_attestation=settings.audit == "attested",
    )
