"""A file larger than an S3 service takes at one go."""

import hashlib
import os
from pathlib import Path

import pytest
from s3_server import S3Server

from luutru.repository.s3_storage import S3Storage


@pytest.mark.soak
def test_a_file_above_5_gib_goes_whole(s3_server: S3Server, s3_url: str, tmp_path: Path) -> None:
    storage = S3Storage(s3_server.client(), s3_url, "s3", staging=tmp_path / "staging")
    storage.prepare()
    staged = storage.staging / "new"
    staged.mkdir()
    (staged / "inventory.json").write_bytes(b"{}")
    size = (5 << 30) + 12345
    with (staged / "big").open("wb") as file:  # sparse: all of it is sent, little of it is kept here
        file.truncate(size)
        os.pwrite(file.fileno(), b"the end", size - 7)
    with (staged / "big").open("rb") as file:
        expected = hashlib.file_digest(file, "sha256").digest()
    storage.adopt(staged, "ocfl/x")
    assert storage.size("ocfl/x/big") == size
    _, reading = storage.read_whole("ocfl/x", "sha256")
    assert list(reading.faults([("sha256", {"big": expected})])) == []
    storage.move_to_quarantine("ocfl/x/big", "test")
    assert not storage.exists("ocfl/x/big")
