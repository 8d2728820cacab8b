"""A local location: whole or not at all, nothing overwritten, nothing followed, nothing lost."""

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.fixity.verdict import Outcome
from luutru.packaging.ocfl.storage import (
    Full,
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


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    location = LocalStorage(tmp_path / "location", "local-1")
    location.prepare()
    return location


def tree(storage: LocalStorage, files: dict[str, bytes], name: str = "new") -> Path:
    for path, data in files.items():
        place = storage.staging / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return storage.staging / name


def test_it_is_a_storage(storage: LocalStorage) -> None:
    location: Storage = storage
    location.available()


def test_a_new_location_has_its_folders_and_a_declared_root(storage: LocalStorage) -> None:
    assert sorted(path.name for path in storage.root.iterdir()) == [
        "journal",
        "ocfl",
        "quarantine",
        "staging",
    ]
    assert (storage.root / "ocfl/0=ocfl_1.1").read_bytes() == b"ocfl_1.1\n"
    assert (storage.root / "ocfl/extensions/0003-hash-and-id-n-tuple-storage-layout/config.json").is_file()
    assert list(storage.walk_root()) == []


def test_preparing_again_changes_nothing(storage: LocalStorage) -> None:
    layout = storage.root / "ocfl/ocfl_layout.json"
    layout.write_bytes(b"changed by hand")
    storage.prepare()
    assert layout.read_bytes() == b"changed by hand"


def test_an_absent_location_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="mounted"):
        LocalStorage(tmp_path / "absent").available()


def test_a_location_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unwritable, match="file"):
        LocalStorage(tmp_path / "file/location").prepare()


def test_adopting_moves_a_tree_whole(storage: LocalStorage) -> None:
    staged = tree(storage, {"a/b": b"1", "c": b""})
    storage.adopt(staged, "ocfl/x/y/object")
    assert not staged.exists()
    assert [file.path for file in storage.list("ocfl/x")] == ["ocfl/x/y/object/a/b", "ocfl/x/y/object/c"]


def test_adopting_never_overwrites(storage: LocalStorage) -> None:
    storage.adopt(tree(storage, {"a": b"1"}), "ocfl/x")
    staged = tree(storage, {"a": b"2"})
    with pytest.raises(Occupied):
        storage.adopt(staged, "ocfl/x")
    assert staged.exists()
    with storage.read("ocfl/x/a") as stream:
        assert stream.read() == b"1"


def test_a_failed_adoption_leaves_no_folder_behind(storage: LocalStorage) -> None:
    with pytest.raises(StorageError):
        storage.adopt(storage.staging / "absent", "ocfl/x/y/object")
    assert list(storage.walk_root()) == []


@pytest.mark.parametrize("data", [b"whole", [b"in ", b"blocks"]])
def test_a_file_is_written_and_replaced(storage: LocalStorage, data: bytes | list[bytes]) -> None:
    storage.write_file("journal/2026/a.json", b"before")
    storage.write_file("journal/2026/a.json", data)
    with storage.read("journal/2026/a.json") as stream:
        assert stream.read() == (data if isinstance(data, bytes) else b"".join(data))
    assert list(storage.staging.iterdir()) == []


def test_a_write_that_fails_midway_leaves_what_was_there(storage: LocalStorage) -> None:
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


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, Full),
        (errno.EDQUOT, Full),
        (errno.EROFS, Unwritable),
        (errno.EACCES, Unwritable),
        (errno.EIO, Unwritable),
        (errno.EXDEV, StorageError),
    ],
)
def test_what_the_system_says_is_told_in_our_words(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[StorageError]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("luutru.repository.local_storage.sync_tree", refuse)
    monkeypatch.setattr("luutru.repository.local_storage.write_durably", refuse)
    staged = tree(storage, {"a": b"1"})
    with pytest.raises(StorageError) as caught:
        storage.adopt(staged, "ocfl/x")
    assert type(caught.value) is kind
    with pytest.raises(StorageError) as caught:
        storage.write_file("ocfl/y", b"")
    assert type(caught.value) is kind
    assert staged.exists()
    assert list(storage.walk_root()) == []


def test_what_is_not_there_is_missing(storage: LocalStorage) -> None:
    assert not storage.exists("ocfl/x")
    assert list(storage.list("ocfl/x")) == []
    for attempt in (storage.read, storage.survey):
        with pytest.raises(Missing):
            attempt("ocfl/x/y")
    with pytest.raises(Missing):
        storage.move_to_quarantine("ocfl/x", "test")


@pytest.mark.parametrize("what", ["link", "folder", "pipe"])
def test_only_regular_files_are_read(storage: LocalStorage, what: str) -> None:
    place = storage.root / "ocfl/x"
    match what:
        case "link":
            place.symlink_to("0=ocfl_1.1")
        case "folder":
            place.mkdir()
        case "pipe":
            os.mkfifo(place)
    with pytest.raises(Unreadable):
        storage.read("ocfl/x")


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "ocfl/../../x", "ocfl//x", "a\0b"])
def test_keys_stay_inside_the_location(storage: LocalStorage, key: str) -> None:
    for attempt in (storage.read, storage.exists, storage.survey):
        with pytest.raises(StorageError, match="key"):
            attempt(key)
    with pytest.raises(StorageError, match="key"):
        storage.write_file(key, b"")


def test_a_damaged_file_is_kept_in_quarantine(storage: LocalStorage) -> None:
    for data in (b"first", b"second"):
        storage.write_file("ocfl/x/object/v1/content/a", data)
        key = storage.move_to_quarantine("ocfl/x/object/v1/content/a", "2026-03-01-audit")
        assert key.startswith("quarantine/2026-03-01-audit/ocfl/x/object/v1/content/a")
        with storage.read(key) as stream:
            assert stream.read() == data
    assert list(storage.walk_root()) == []  # no empty folders either
    assert len(list(storage.list("quarantine"))) == 2


def test_a_link_is_moved_as_a_link(storage: LocalStorage) -> None:
    (storage.root / "ocfl/x").symlink_to("/etc/passwd")
    key = storage.move_to_quarantine("ocfl/x", "test")
    assert os.readlink(storage.root / key) == "/etc/passwd"


def test_the_walk_tells_objects_from_what_does_not_belong(storage: LocalStorage) -> None:
    root = storage.root / "ocfl"
    for path in ("b/c/one", "a/two", "damaged"):
        (root / path / "v1").mkdir(parents=True)
    (root / "b/c/one/0=ocfl_object_1.1").write_bytes(b"")
    (root / "a/two/0=ocfl_object_1.0").write_bytes(b"")
    (root / "damaged/inventory.json").write_bytes(b"")
    (root / "a/stray").write_bytes(b"")
    (root / "a/link").symlink_to(".")
    (root / "empty").mkdir()
    (root / os.fsdecode(b"\xff")).write_bytes(b"")
    assert list(storage.walk_root()) == [
        RootEntry("ocfl/\\xff", "other"),
        RootEntry("ocfl/a/link", "other"),
        RootEntry("ocfl/a/stray", "file"),
        RootEntry("ocfl/a/two", "object"),
        RootEntry("ocfl/b/c/one", "object"),
        RootEntry("ocfl/damaged", "object"),
        RootEntry("ocfl/empty", "empty"),
    ]
    assert list(storage.list_objects()) == ["ocfl/a/two", "ocfl/b/c/one", "ocfl/damaged"]


def test_files_are_checked_where_they_lie(storage: LocalStorage) -> None:
    storage.write_file("ocfl/x/a", b"")
    empty = (("sha256", hashlib.sha256(b"").digest()),)
    expected = {"a": empty, "b": empty}
    outcomes = {verdict.path: verdict.outcome for verdict in storage.check("ocfl/x", expected)}
    assert outcomes == {"a": Outcome.INTACT, "b": Outcome.MISSING}


def test_files_are_fetched_with_their_digests(storage: LocalStorage, tmp_path: Path) -> None:
    files = {"a": b"1", "b/c": b"22"}
    for path, data in files.items():
        storage.write_file(f"ocfl/x/{path}", data)
    sizes = storage.survey("ocfl/x").sizes
    fetched = dict(storage.fetch("ocfl/x", sizes, tmp_path / "copy", ["sha512"]))
    assert fetched == {path: (hashlib.sha512(data).digest(),) for path, data in files.items()}
    assert {path: (tmp_path / "copy" / path).read_bytes() for path in files} == files


def test_a_file_that_cannot_be_fetched_is_unreadable(storage: LocalStorage, tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        list(storage.fetch("ocfl", {"absent": 1}, tmp_path / "copy", ["sha512"]))


def test_a_target_that_refuses_a_fetched_file_is_not_the_source_s_fault(
    storage: LocalStorage, tmp_path: Path
) -> None:
    (tmp_path / "copy").write_bytes(b"")
    with pytest.raises((Unwritable, Occupied)):
        list(storage.fetch("ocfl", {"0=ocfl_1.1": 9}, tmp_path / "copy", ["sha512"]))


def test_sizes_are_told(storage: LocalStorage) -> None:
    assert storage.size("ocfl/0=ocfl_1.1") == 9
    with pytest.raises(Missing):
        storage.size("ocfl/absent")
    with pytest.raises(Unreadable):
        storage.size("ocfl")


def test_room_left_is_told(storage: LocalStorage) -> None:
    assert storage.free_bytes() > 0


names = st.text("ab-./é", min_size=1, max_size=3).filter(
    lambda name: name not in (".", "..") and "/" not in name
)


@settings(max_examples=30)
@given(paths=st.sets(st.lists(names, min_size=1, max_size=3).map("/".join), max_size=8))
def test_files_are_listed_in_the_order_of_their_keys(
    tmp_path_factory: pytest.TempPathFactory, paths: set[str]
) -> None:
    storage = LocalStorage(tmp_path_factory.mktemp("location"))
    held = [path for path in paths if not any(other.startswith(f"{path}/") for other in paths)]
    for path in held:
        place = storage.root / "journal" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.encode())
    expected = [StoredFile(f"journal/{path}", len(path.encode())) for path in sorted(held)]
    assert list(storage.list("journal")) == expected
