"""A bucket of a real S3 server: digests checked by the server, commits by one write, faults on the way."""

import hashlib
import json
import os
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from s3_location import MIB, OBJECT, PARTS, stored, tree
from s3_proxy import Proxy
from s3_server import S3Server

from luutru.fixity.verdict import Outcome
from luutru.packaging.ocfl.storage import (
    Missing,
    Occupied,
    RootEntry,
    StorageError,
    Unreadable,
    Unwritable,
)
from luutru.repository import s3_moving, s3_upload
from luutru.repository.s3_adoption import UNFINISHED
from luutru.repository.s3_bucket import Key
from luutru.repository.s3_storage import S3Storage
from luutru.repository.s3_sweep import sweep_bucket
from luutru.repository.s3_upload import PartSizes


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def test_the_server_refuses_a_wrong_digest(storage: S3Storage) -> None:
    """If it did not, no test here would prove that our digests are checked."""
    with pytest.raises(StorageError, match="not what was to be sent"):
        storage.bucket.put("ocfl/x", b"these bytes", hashlib.sha256(b"others").digest())
    assert not storage.exists("ocfl/x")
    client = storage.bucket.client
    upload = client.create_multipart_upload(**storage.bucket.at("ocfl/y"), ChecksumAlgorithm="SHA256")  # type: ignore[arg-type]
    wrong = b64encode(hashlib.sha256(b"others").digest()).decode()
    with pytest.raises(ClientError, match="BadDigest"):
        client.upload_part(
            **storage.bucket.at("ocfl/y"),  # type: ignore[arg-type]
            UploadId=upload["UploadId"],
            PartNumber=1,
            Body=b"these bytes",
            ChecksumSHA256=wrong,
        )


def test_a_staged_file_that_is_not_what_its_inventory_says_is_refused(storage: S3Storage) -> None:
    digest = hashlib.sha512(b"first").hexdigest()
    inventory = {
        "id": "urn:x",
        "type": "https://ocfl.io/1.1/spec/#inventory",
        "digestAlgorithm": "sha512",
        "head": "v1",
        "manifest": {digest: ["v1/content/a"]},
        "versions": {"v1": {"created": "2026-01-01T00:00:00Z", "state": {digest: ["a"]}}},
        "fixity": {"sha256": {hashlib.sha256(b"first").hexdigest(): ["v1/content/a"]}},
    }
    files = {"inventory.json": json.dumps(inventory).encode(), "v1/content/a": b"first"}
    storage.adopt(tree(storage, files), "ocfl/good")
    with pytest.raises(StorageError, match="not what was to be sent"):
        storage.adopt(tree(storage, {**files, "v1/content/a": b"fjrst"}), "ocfl/bad")
    assert list(storage.list_objects()) == ["ocfl/good"]
    assert list(storage.bucket.keys("ocfl/bad")) == []


@pytest.mark.parametrize("size", [5 * MIB, 5 * MIB + 1, 17 * MIB + 3])
def test_a_large_file_goes_in_parts_and_comes_back(storage: S3Storage, size: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    storage.adopt(tree(storage, {"inventory.json": b"{}", "big": data}), "ocfl/x")
    head = storage.bucket.head("ocfl/x/big")
    assert (head.size, head.sha256 is None) == (size, size > PARTS.single)
    assert head.checksum.endswith(f"-{-(-size // PARTS.part)}") == (size > PARTS.single)
    with storage.read("ocfl/x/big") as stream:
        assert stream.read() == data
    fetched = dict(storage.fetch("ocfl/x", {"big": size}, tmp_path / "copy", ["sha256"]))
    assert fetched == {"big": (hashlib.sha256(data).digest(),)}
    assert (tmp_path / "copy/big").read_bytes() == data


@pytest.mark.parametrize(
    ("size", "part", "most"), [(1 << 30, 16, 10_000), (5 << 40, 525, 10_000), (160_000 * MIB + 1, 17, 10_000)]
)
def test_parts_grow_with_the_file(size: int, part: int, most: int) -> None:
    found = PartSizes().of(size)
    assert found == part * MIB
    assert -(-size // found) <= most


def test_a_file_that_changes_while_it_is_sent_is_not_kept(
    storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = tree(storage, {"inventory.json": b"{}", "big": bytes(6 * MIB)})
    from luutru.repository import s3_adoption

    wrong = {"big": hashlib.sha256(b"as it was").digest()}
    monkeypatch.setattr(s3_adoption, "_known_digests", lambda _: wrong)
    with pytest.raises(StorageError, match="changed while it was sent"):
        storage.adopt(staged, "ocfl/x")
    assert staged.exists() and not storage.exists("ocfl/x")
    uploads = storage.bucket.client.list_multipart_uploads(
        Bucket=storage.bucket.bucket, Prefix=storage.bucket.prefix
    )
    assert uploads.get("Uploads", []) == []


@pytest.mark.parametrize("last", range(len(OBJECT) + 1))
def test_a_crash_after_any_write_leaves_nothing_or_all_and_can_be_resumed(
    storage: S3Storage, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    from luutru.repository import s3_adoption

    sent: list[str] = []
    upload = s3_upload.upload

    def dying(bucket: Any, path: str, *args: Any, **options: Any) -> None:
        if len(sent) >= last:
            raise Killed
        sent.append(path)
        upload(bucket, path, *args, **options)

    staged = tree(storage, OBJECT)
    with monkeypatch.context() as patched:
        patched.setattr(s3_adoption, "upload", dying)
        patched.setattr(s3_adoption, "pooled", lambda work, items: ((item, work(item)) for item in items))
        patched.setattr(storage.bucket, "delete", lambda _: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            storage.adopt(staged, "ocfl/x/object")
    whole = last == len(OBJECT)
    assert storage.exists("ocfl/x/object") == whole
    assert list(storage.list_objects()) == (["ocfl/x/object"] if whole else [])
    if whole:
        assert sent[-1].endswith("/inventory.json")
        with pytest.raises(Occupied):
            storage.adopt(staged, "ocfl/x/object")
        storage.sweep()
    else:
        assert [entry.kind for entry in storage.walk_root()] == (["unfinished"] if last else [])
        with pytest.raises(Missing):
            storage.survey("ocfl/x/object")
        storage.adopt(staged, "ocfl/x/object")
    assert stored(storage, "ocfl/x/object") == OBJECT
    assert list(storage.bucket.keys(UNFINISHED)) == []


def test_what_a_crash_left_is_sent_again_where_it_is_not_right(
    storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from luutru.repository import s3_adoption

    staged = tree(storage, OBJECT)
    with monkeypatch.context() as patched:
        patched.setattr(s3_adoption, "_send_content", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            storage.adopt(staged, "ocfl/x")
    storage.write_file("ocfl/x/v1/content/a", b"fjrst")
    storage.write_file("ocfl/x/v1/content/stray", b"no part of it")
    storage.adopt(staged, "ocfl/x")
    assert stored(storage, "ocfl/x") == OBJECT


def test_another_adoption_at_the_same_place_waits_for_the_first(
    storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from luutru.repository import s3_adoption

    with monkeypatch.context() as patched:
        patched.setattr(s3_adoption, "_send_content", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            storage.adopt(tree(storage, OBJECT), "ocfl/x")
    other = tree(storage, {**OBJECT, "inventory.json": b"{ }"}, "other")
    with pytest.raises(Occupied, match="another adoption"):
        storage.adopt(other, "ocfl/x")
    assert list(sweep_bucket(storage.bucket)) == []  # it may still be somebody's work
    assert list(sweep_bucket(storage.bucket, older_than=timedelta(days=-1))) == ["ocfl/x"]
    storage.adopt(other, "ocfl/x")
    assert storage.bucket.get("ocfl/x/inventory.json") == b"{ }"


def test_who_was_taken_over_does_not_commit(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    from luutru.repository import s3_adoption

    send = s3_adoption._send_content

    def overtaken(*arguments: Any) -> None:
        send(*arguments)
        note = json.loads(storage.bucket.get(f"{UNFINISHED}/ocfl/x"))
        storage.write_file(f"{UNFINISHED}/ocfl/x", json.dumps({**note, "owner": "another"}).encode())

    monkeypatch.setattr(s3_adoption, "_send_content", overtaken)
    with pytest.raises(Occupied, match="somebody else"):
        storage.adopt(tree(storage, OBJECT), "ocfl/x")
    assert not storage.exists("ocfl/x") and list(storage.bucket.keys("ocfl/x"))


@pytest.mark.parametrize("conditional", [True, False])
def test_of_two_that_race_one_is_told_that_it_is_occupied(storage: S3Storage, conditional: bool) -> None:
    storage.bucket._conditional = conditional  # a service may not offer it
    storage.bucket.put("ocfl/x", b"1", hashlib.sha256(b"1").digest(), only_new=True)
    with pytest.raises(Occupied):
        storage.bucket.put("ocfl/x", b"2", hashlib.sha256(b"2").digest(), only_new=True)
    assert storage.bucket.get("ocfl/x") == b"1"


def test_an_abandoned_upload_in_parts_is_swept(storage: S3Storage) -> None:
    at: Any = storage.bucket.at("ocfl/x")
    storage.bucket.client.create_multipart_upload(**at)
    assert list(sweep_bucket(storage.bucket)) == []
    assert list(sweep_bucket(storage.bucket, older_than=timedelta(days=-1))) == ["ocfl/x"]


def test_a_copy_in_quarantine_is_proven_before_the_original_goes(
    storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.write_file("ocfl/x", b"evidence")
    with monkeypatch.context() as patched:
        patched.setattr(storage.bucket.client, "copy_object", lambda **at: _put_other(storage, at))
        with pytest.raises(Unwritable, match="nothing was taken away"):
            storage.move_to_quarantine("ocfl/x", "test")
    assert storage.bucket.get("ocfl/x") == b"evidence"
    monkeypatch.setattr(s3_moving, "LARGEST_COPY", 5 * MIB)
    data = os.urandom(11 * MIB)
    storage.write_file("ocfl/big", data)
    assert storage.bucket.get(storage.move_to_quarantine("ocfl/big", "test")) == data
    assert not storage.exists("ocfl/big")


def _put_other(storage: S3Storage, at: Any) -> None:
    storage.bucket.client.put_object(Bucket=at["Bucket"], Key=at["Key"], Body=b"evidenc3")


def test_a_folder_s_marker_is_an_empty_folder(storage: S3Storage) -> None:
    for path in ("ocfl/x/empty/", "ocfl/x/full/", "ocfl/x/full/a"):
        storage.bucket.put(path, b"", hashlib.sha256(b"").digest())
    listing = storage.survey("ocfl/x")
    assert (set(listing.sizes), set(listing.folders), listing.others) == ({"full/a"}, {"empty"}, [])
    assert list(storage.walk_root()) == [
        RootEntry("ocfl/x/empty", "empty"),
        RootEntry("ocfl/x/full/a", "file"),
    ]
    storage.move_to_quarantine("ocfl/x/empty", "test")
    assert storage.survey("ocfl/x").folders == frozenset()


def test_keys_that_no_path_can_have_are_told(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of these tests has none such; others do."""
    moment = datetime.now(UTC)
    names = ["a", "b//c", "../d", "marker/", "marked with bytes/"]
    keys = [Key(f"ocfl/x/{name}", len(name) if "bytes" in name else 0, moment) for name in names]
    monkeypatch.setattr(storage.bucket, "keys", lambda _: iter(keys))
    listing = storage.survey("ocfl/x")
    assert (set(listing.sizes), set(listing.folders)) == ({"a"}, {"marker"})
    assert [path for path, _ in listing.others] == ["b//c", "../d", "marked with bytes/"]


@pytest.mark.parametrize(
    ("path", "words"), [("ocfl/" + "x" * 1100, "at most 1024"), ("ocfl/\udc80", "not text")]
)
def test_a_key_that_s3_cannot_have_is_refused(storage: S3Storage, path: str, words: str) -> None:
    with pytest.raises(StorageError, match=words):
        storage.write_file(path, b"")


def test_a_bucket_that_is_not_there_is_not_made_by_a_slip(s3_server: S3Server, tmp_path: Path) -> None:
    location = S3Storage(s3_server.client(), "s3://luutru-tset/x", "s3", staging=tmp_path)
    for attempt in (location.available, location.prepare, lambda: list(location.list("ocfl"))):
        with pytest.raises(Unreadable):
            attempt()
    names = [bucket["Name"] for bucket in s3_server.client().list_buckets()["Buckets"]]
    assert "luutru-tset" not in names


def test_a_wrong_secret_is_told_without_it(s3_server: S3Server, storage: S3Storage, tmp_path: Path) -> None:
    client = s3_server.client(secret="geheim-und-falsch")
    location = S3Storage(client, storage.place, "s3", staging=tmp_path)
    with pytest.raises(Unreadable) as told:
        location.available()
    with pytest.raises(Unwritable) as told_writing:
        location.write_file("ocfl/x", b"")
    assert "geheim" not in f"{told.value}{told_writing.value}" and told.value.transient


def test_attestation_stands_for_reading_only_where_it_is_of_the_whole(storage: S3Storage) -> None:
    big = os.urandom(6 * MIB)
    storage.adopt(tree(storage, {**OBJECT, "v1/content/big": big}), "ocfl/x")
    _, reading = storage.read_whole("ocfl/x", "sha256", attested=True)
    right = {path: hashlib.sha256(data).digest() for path, data in OBJECT.items()}
    right["v1/content/big"] = hashlib.sha256(big).digest()
    assert list(reading.faults([("sha256", right)])) == []
    assert set(reading.attested) == set(OBJECT)
    _, reading = storage.read_whole("ocfl/x", "sha256", attested=True)
    faults = list(reading.faults([("sha256", {"v1/content/a": hashlib.sha256(b"x").digest()})]))
    assert [(v.outcome, v.detail) for v in faults] == [(Outcome.ALTERED, "sha256 as attested by the server")]
    _, reading = storage.read_whole("ocfl/x", "sha256")
    assert list(reading.faults([("sha256", right)])) == [] and list(reading.attested) == []


def test_a_walk_lists_no_more_than_the_top_of_each_object(
    storage: S3Storage, through: S3Storage, proxy: Proxy
) -> None:
    content = {f"v1/content/{number}": b"" for number in range(30)}
    storage.adopt(tree(storage, {**OBJECT, **content}), "ocfl/a/object")
    assert list(through.list_objects()) == ["ocfl/a/object"]
    listings = [path for method, path in proxy.requests if method == "GET" and "list-type=2" in path]
    assert len(listings) == 4  # what is unfinished, the root, a, the object
    assert not any("content" in path for path in listings)
