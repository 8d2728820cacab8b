"""What every storage location promises, in a local folder and in a bucket of a real S3 server."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from s3_server import S3Server

from luutru.fixity.verdict import Outcome
from luutru.packaging.ocfl.storage import (
    Missing,
    Occupied,
    RootEntry,
    Storage,
    StorageError,
    StoredFile,
    Unreadable,
    Unwritable,
)
from luutru.repository.local_storage import LocalStorage
from luutru.repository.location import Location
from luutru.repository.s3_storage import S3Storage


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    location: Location
    if request.param == "folder":
        location = LocalStorage(tmp_path / "location", "there")
    else:
        server: S3Server = request.getfixturevalue("s3_server")
        url = request.getfixturevalue("s3_url")
        location = S3Storage(server.client(), url, "there", staging=tmp_path / "staging", page=3)
    location.prepare()
    return location


def tree(storage: Location, files: dict[str, bytes], name: str = "new") -> Path:
    for path, data in files.items():
        place = storage.staging / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return storage.staging / name


def test_it_is_a_storage(storage: Location) -> None:
    location: Storage = storage
    location.available()
    assert storage.place and storage.name == "there"


def test_preparing_again_changes_nothing(storage: Location) -> None:
    storage.write_file("ocfl/ocfl_layout.json", b"changed by hand")
    storage.prepare()
    with storage.read("ocfl/ocfl_layout.json") as stream:
        assert stream.read() == b"changed by hand"


def test_adopting_moves_a_tree_whole(storage: Location) -> None:
    staged = tree(storage, {"a/b": b"1", "c": b""})
    storage.adopt(staged, "ocfl/x/y/object")
    assert not staged.exists()
    assert [file.path for file in storage.list("ocfl/x")] == ["ocfl/x/y/object/a/b", "ocfl/x/y/object/c"]


def test_adopting_never_overwrites(storage: Location) -> None:
    storage.adopt(tree(storage, {"a": b"1"}), "ocfl/x")
    staged = tree(storage, {"a": b"2"})
    with pytest.raises(Occupied):
        storage.adopt(staged, "ocfl/x")
    assert staged.exists()
    with storage.read("ocfl/x/a") as stream:
        assert stream.read() == b"1"


def test_a_failed_adoption_leaves_no_folder_behind(storage: Location) -> None:
    with pytest.raises(StorageError):
        storage.adopt(storage.staging / "absent", "ocfl/x/y/object")
    assert list(storage.walk_root()) == []


@pytest.mark.parametrize("data", [b"whole", [b"in ", b"blocks"]])
def test_a_file_is_written_and_replaced(storage: Location, data: bytes | list[bytes]) -> None:
    storage.write_file("journal/2026/a.json", b"before")
    storage.write_file("journal/2026/a.json", data)
    with storage.read("journal/2026/a.json") as stream:
        assert stream.read() == (data if isinstance(data, bytes) else b"".join(data))
    assert list(storage.staging.iterdir()) == []


def test_a_write_that_fails_midway_leaves_what_was_there(storage: Location) -> None:
    def blocks() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError("the source went away")

    storage.write_file("journal/a", b"before")
    with pytest.raises(RuntimeError):
        storage.write_file("journal/a", blocks())
    with storage.read("journal/a") as stream:
        assert stream.read() == b"before"
    assert list(storage.staging.iterdir()) == []
    assert [file.path for file in storage.list("journal")] == ["journal/a"]


def test_what_is_not_there_is_missing(storage: Location) -> None:
    assert not storage.exists("ocfl/x")
    assert list(storage.list("ocfl/x")) == []
    for attempt in (storage.read, storage.survey):
        with pytest.raises(Missing):
            attempt("ocfl/x/y")
    with pytest.raises(Missing):
        storage.move_to_quarantine("ocfl/x", "test")


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "ocfl/../../x", "ocfl//x", "a\0b"])
def test_keys_stay_inside_the_location(storage: Location, key: str) -> None:
    for attempt in (storage.read, storage.exists, storage.survey):
        with pytest.raises(StorageError, match="key"):
            attempt(key)
    with pytest.raises(StorageError, match="key"):
        storage.write_file(key, b"")


def test_a_damaged_file_is_kept_in_quarantine(storage: Location) -> None:
    for data in (b"first", b"second"):
        storage.write_file("ocfl/x/object/v1/content/a", data)
        key = storage.move_to_quarantine("ocfl/x/object/v1/content/a", "2026-03-01-audit")
        assert key.startswith("quarantine/2026-03-01-audit/ocfl/x/object/v1/content/a")
        with storage.read(key) as stream:
            assert stream.read() == data
    assert list(storage.walk_root()) == []  # no empty folders either
    assert len(list(storage.list("quarantine"))) == 2


def test_files_are_checked_where_they_lie(storage: Location) -> None:
    storage.write_file("ocfl/x/a", b"")
    empty = (("sha256", hashlib.sha256(b"").digest()),)
    expected = {"a": empty, "b": empty}
    outcomes = {verdict.path: verdict.outcome for verdict in storage.check("ocfl/x", expected)}
    assert outcomes == {"a": Outcome.INTACT, "b": Outcome.MISSING}


def test_files_are_fetched_with_their_digests(storage: Location, tmp_path: Path) -> None:
    files = {"a": b"1", "b/c": b"22"}
    for path, data in files.items():
        storage.write_file(f"ocfl/x/{path}", data)
    sizes = storage.survey("ocfl/x").sizes
    fetched = dict(storage.fetch("ocfl/x", sizes, tmp_path / "copy", ["sha512"]))
    assert fetched == {path: (hashlib.sha512(data).digest(),) for path, data in files.items()}
    assert {path: (tmp_path / "copy" / path).read_bytes() for path in files} == files


def test_a_file_that_cannot_be_fetched_is_unreadable(storage: Location, tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        list(storage.fetch("ocfl", {"absent": 1}, tmp_path / "copy", ["sha512"]))


def test_a_target_that_refuses_a_fetched_file_is_not_the_source_s_fault(
    storage: Location, tmp_path: Path
) -> None:
    (tmp_path / "copy").write_bytes(b"")
    with pytest.raises((Unwritable, Occupied)):
        list(storage.fetch("ocfl", {"0=ocfl_1.1": 9}, tmp_path / "copy", ["sha512"]))


def test_sizes_are_told(storage: Location) -> None:
    assert storage.size("ocfl/0=ocfl_1.1") == 9
    with pytest.raises(Missing):
        storage.size("ocfl/absent")
    with pytest.raises((Missing, Unreadable)):
        storage.size("ocfl")


def test_room_left_is_told(storage: Location) -> None:
    assert storage.free_bytes() > 0


def test_the_walk_tells_objects_from_what_does_not_belong(storage: Location) -> None:
    for path in ("b/c/one/0=ocfl_object_1.1", "a/two/0=ocfl_object_1.0", "damaged/inventory.json", "a/stray"):
        storage.write_file(f"ocfl/{path}", b"")
    storage.write_file("ocfl/b/c/one/v1/content/deep/down", b"")
    assert list(storage.walk_root()) == [
        RootEntry("ocfl/a/stray", "file"),
        RootEntry("ocfl/a/two", "object"),
        RootEntry("ocfl/b/c/one", "object"),
        RootEntry("ocfl/damaged", "object"),
    ]
    assert list(storage.list_objects()) == ["ocfl/a/two", "ocfl/b/c/one", "ocfl/damaged"]


def test_a_folder_is_kept_in_quarantine_whole(storage: Location) -> None:
    files = {"inventory.json": b"{}", "v1/content/a": b"1", "v1/content/b/c": b"2"}
    storage.adopt(tree(storage, files), "ocfl/x/object")
    key = storage.move_to_quarantine("ocfl/x/object", "test")
    assert not storage.exists("ocfl/x/object")
    assert {
        file.path.removeprefix(f"{key}/"): storage.read(file.path).read() for file in storage.list(key)
    } == files


def test_a_whole_reading_finds_each_fault(storage: Location) -> None:
    files = {"a": b"1", "b/c": b"22", "d": b"333"}
    storage.adopt(tree(storage, files), "ocfl/x")
    told: list[int] = []
    listing, reading = storage.read_whole("ocfl/x", "sha256", progress=lambda count, _: told.append(count))
    expected = {path: hashlib.sha256(data).digest() for path, data in files.items()}
    expected |= {"d": hashlib.sha256(b"other").digest(), "gone": b""}
    faults = {verdict.path: verdict.outcome for verdict in reading.faults([("sha256", expected)])}
    assert faults == {"d": Outcome.ALTERED, "gone": Outcome.MISSING}
    assert listing.sizes == {"a": 1, "b/c": 2, "d": 3}
    assert (reading.files, sum(told), list(reading.attested)) == (3, 3, [])


def test_a_reading_of_nothing_is_missing(storage: Location) -> None:
    with pytest.raises(Missing):
        storage.read_whole("ocfl/absent", "sha256")


names = st.text("ab-./é \x01\uffff+%", min_size=1, max_size=3).filter(
    lambda name: name not in (".", "..") and "/" not in name
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(paths=st.sets(st.lists(names, min_size=1, max_size=3).map("/".join), max_size=8))
def test_files_are_listed_in_the_order_of_their_keys(storage: Location, paths: set[str]) -> None:
    # Names that XML cannot hold are among them, and pages of three: services have lost keys over that.
    folder = f"journal/{uuid4().hex}"
    held = [path for path in paths if not any(other.startswith(f"{path}/") for other in paths)]
    for path in held:
        storage.write_file(f"{folder}/{path}", path.encode())
    sizes = {path: len(path.encode()) for path in sorted(held, key=lambda path: path.encode())}
    assert list(storage.list(folder)) == [
        StoredFile(f"{folder}/{path}", size) for path, size in sizes.items()
    ]
    if held:
        assert storage.survey(folder).sizes == sizes
