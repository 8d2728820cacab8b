"""A local location: whole or not at all, nothing overwritten, nothing followed, nothing lost."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.packaging.ocfl.storage import (
    Full,
    RootEntry,
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


def test_an_absent_location_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="mounted"):
        LocalStorage(tmp_path / "absent").available()


def test_a_location_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unwritable, match="file"):
        LocalStorage(tmp_path / "file/location").prepare()


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
