"""A location in a bucket of a real S3 server, straight and by way of a proxy that lets faults happen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from s3_location import PARTS
from s3_proxy import Proxy, proxy_to
from s3_server import S3Server

from luutru.repository.s3_storage import S3Storage


@pytest.fixture
def storage(s3_server: S3Server, s3_url: str, tmp_path: Path) -> S3Storage:
    """A new location in the bucket."""
    location = S3Storage(s3_server.client(), s3_url, "s3", staging=tmp_path / "staging", sizes=PARTS)
    location.prepare()
    return location


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[Proxy]:
    """A proxy in front of the server."""
    with proxy_to(s3_server.endpoint) as running:
        yield running


@pytest.fixture
def through(s3_server: S3Server, proxy: Proxy, storage: S3Storage) -> S3Storage:
    """The same location, by way of the proxy."""
    client = s3_server.client(endpoint=proxy.endpoint, attempts=2, read_seconds=1)
    return S3Storage(client, storage.place, "s3", staging=storage.staging, sizes=PARTS)
