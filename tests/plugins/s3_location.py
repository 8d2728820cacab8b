"""What tests of a bucket have in common: an object to send, small limits, what lies there."""

from pathlib import Path

from luutru.repository.s3_storage import S3Storage
from luutru.repository.s3_upload import PartSizes

MIB = 1 << 20
PARTS = PartSizes(single=5 * MIB, part=5 * MIB)
OBJECT = {
    "0=ocfl_object_1.1": b"ocfl_object_1.1\n",
    "inventory.json": b"{}",
    "inventory.json.sha512": b"0 inventory.json\n",
    "v1/content/a": b"first",
    "v1/content/b": b"second",
}


def tree(storage: S3Storage, files: dict[str, bytes], name: str = "new") -> Path:
    """Files written into a new folder of staging."""
    for path, data in files.items():
        place = storage.staging / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return storage.staging / name


def stored(storage: S3Storage, folder: str) -> dict[str, bytes]:
    """What lies below a folder."""
    return {
        file.path.removeprefix(f"{folder}/"): storage.bucket.get(file.path) for file in storage.list(folder)
    }
