"""What lies below a folder: every file, every empty folder, everything that is neither, and no link followed."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.fixity.walk import list_files

PARTS = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda part: part not in (".", ".."))
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@settings(max_examples=40)
@given(st.dictionaries(PATHS, st.integers(0, 50), max_size=8), st.lists(PATHS, max_size=3))
def test_every_file_and_every_empty_folder(files: dict[str, int], folders: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        made: dict[str, int] = {}
        for path, size in files.items():
            try:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(bytes(size))
            except OSError:  # a file stands where a folder is wanted, or the other way round
                continue
            made[path] = size
        for path in folders:
            try:
                (root / path).mkdir(parents=True, exist_ok=True)
            except OSError:
                continue
        listing = list_files(root)
        empty = {os.path.relpath(top, root) for top, below, names in os.walk(root) if not below + names}
        assert listing.sizes == made
        assert listing.folders == empty - {"."}
        assert listing.others == []


def test_each_kind_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to("/etc")
    (tmp_path / "lên").symlink_to("..")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # a socket's path may be no longer than 108 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"1")
        (tmp_path / os.fsdecode(b"\xff")).mkdir()
        (tmp_path / os.fsdecode(b"\xff") / "below").write_bytes(b"1")
        listing = list_files(tmp_path)
    assert dict(listing.others) == {
        "link": "link",
        "lên": "link",
        "dangling": "link",
        "pipe": "fifo",
        "socket": "socket",
        "caf\\xe9.txt": "undecodable",
        "\\xff": "undecodable",
    }
    assert listing.sizes == {} and listing.folders == frozenset()


def test_a_device_is_no_file() -> None:
    assert ("null", "device") in list_files(Path("/dev")).others


def test_a_folder_of_links_only_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/link").symlink_to("x")
    listing = list_files(tmp_path)
    assert listing.folders == frozenset() and listing.others == [("a/link", "link")]


def test_a_folder_that_cannot_be_listed_is_told_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open").mkdir()
    (tmp_path / "open/x").write_bytes(b"1")
    real = os.open

    def refuse(path: Path, flags: int) -> int:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real(path, flags)

    monkeypatch.setattr(os, "open", refuse)
    listing = list_files(tmp_path)
    assert listing.sizes == {"open/x": 1} and listing.others == [("closed", "unreadable")]
    assert listing.folders == frozenset()


class Refusing:
    """An entry of a file system that tells no kinds by itself and fails when asked."""

    name = path = "x"

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        raise OSError(5, "Input/output error")

    is_file = stat = is_dir


def test_an_entry_that_cannot_be_looked_at_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "y").write_bytes(b"1")
    real = os.scandir

    @contextmanager
    def scandir(handle: int) -> Iterator[list[object]]:
        with real(handle) as entries:
            yield [Refusing(), *entries]

    monkeypatch.setattr(os, "scandir", scandir)
    listing = list_files(tmp_path)
    assert listing.others == [("x", "unreadable")] and listing.sizes == {"y": 1}


def test_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    (tmp_path / "link").symlink_to("folder")
    assert list_files(tmp_path / "x").others == [("", "unreadable")]
    assert list_files(tmp_path / "no").others == [("", "unreadable")]
    assert list_files(tmp_path / "link").others == [("", "unreadable")]
