"""A location's settings: a folder or a bucket, and keys that never stand in them."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from luutru.packaging.ocfl.storage import StorageError
from luutru.repository.home import initialise
from luutru.repository.local_storage import LocalStorage
from luutru.repository.locations import open_location
from luutru.repository.s3_storage import S3Storage
from luutru.repository.settings import LocationSettings, load_settings


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"path": "a", "url": "s3://b"},
        {"url": "https://b/c"},
        {"url": "s3://"},
        {"path": "a", "endpoint": "https://s3.example.vn"},
        {"path": "a", "audit": "attested"},
        {"url": "s3://b", "key_variable": "KEY"},
        {"url": "s3://b", "audit": "believed"},
        {"url": "s3://b", "secret": "geheim"},
    ],
)
def test_settings_that_do_not_fit_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LocationSettings(name="a", **fields)


def test_each_kind_of_place_is_opened_as_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "k")
    monkeypatch.setenv("SECRET", "s")
    folder = open_location(LocationSettings(name="a", path=Path("x")), tmp_path)
    assert isinstance(folder, LocalStorage) and folder.root == tmp_path / "x"
    bucket = open_location(
        LocationSettings(
            name="b", url="s3://c/d/e/", key_variable="KEY", secret_variable="SECRET", audit="attested"
        ),
        tmp_path,
    )
    assert isinstance(bucket, S3Storage)
    assert (bucket.bucket.bucket, bucket.bucket.prefix) == ("c", "d/e/")
    assert (bucket.staging, bucket.audits_by_attestation) == (tmp_path / "staging/b", True)


def test_a_variable_that_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "geheim")
    settings = LocationSettings(name="b", url="s3://c", key_variable="NOT_SET", secret_variable="SECRET")
    with pytest.raises(StorageError, match="NOT_SET") as told:
        open_location(settings, tmp_path)
    assert "geheim" not in str(told.value)


def test_init_writes_folders_and_buckets(tmp_path: Path) -> None:
    initialise(tmp_path, database=None, storage=[f"a={tmp_path / 'x'}", "b=s3://c/d"])
    first, second = load_settings(tmp_path).locations
    assert (first.path, first.url) == (tmp_path / "x", "")
    assert (second.path, second.url) == (None, "s3://c/d")
