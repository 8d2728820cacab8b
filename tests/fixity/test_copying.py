"""Copies: the bytes that were digested, or an error and no file; whose fault it was is told apart."""

import errno
import hashlib
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from luutru.fixity.copying import CannotWrite, copy_files, open_new, write_all
from luutru.fixity.digest import BLOCK, ChangedWhileRead, FileDigest, UnknownAlgorithm


def copied(
    source: Path, target: Path, names: dict[str, str], workers: int = 0
) -> dict[str, FileDigest | OSError]:
    sizes = {path: (source / path).stat().st_size if (source / path).is_file() else 1 for path in names}
    return dict(copy_files(source, target, names, sizes, ("sha256",), workers=workers))


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3])
def test_one_read_gives_copy_and_digest(size: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    (tmp_path / "x").write_bytes(data)
    found = copied(tmp_path, tmp_path / "t", {"x": "a/b/y"})
    assert (tmp_path / "t/a/b/y").read_bytes() == data
    assert found == {"x": FileDigest(size, (hashlib.sha256(data).digest(),))}


def test_what_a_medium_takes_in_pieces_arrives_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = os.urandom(5000)
    (tmp_path / "x").write_bytes(data)
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, block: real(handle, bytes(block)[:77]))
    copied(tmp_path, tmp_path / "t", {"x": "x"})
    monkeypatch.undo()
    assert (tmp_path / "t/x").read_bytes() == data


def test_modes_and_links_are_not_carried_over(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    (tmp_path / "x").chmod(0o4777)
    copied(tmp_path, tmp_path / "t", {"x": "x"})
    assert stat.S_IMODE((tmp_path / "t/x").stat().st_mode) & ~0o644 == 0


def test_what_cannot_be_a_source_is_an_error_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"good")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("good")
    os.mkfifo(tmp_path / "pipe")
    names = {name: name for name in ("good", "folder", "link", "pipe", "gone", "a\0b")} | {"a\0b": "nul"}
    found = copied(tmp_path, tmp_path / "t", {**names}, workers=0)
    assert {path for path, result in found.items() if isinstance(result, OSError)} == set(names) - {"good"}
    assert not any(isinstance(result, CannotWrite) for result in found.values())
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["good"]


def test_a_source_that_changes_leaves_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"x" * 3 * BLOCK)
    real = os.read

    def read(handle: int, length: int) -> bytes:
        with (tmp_path / "x").open("ab") as file:
            file.write(b"more")
        return real(handle, length)

    monkeypatch.setattr(os, "read", read)
    found = copied(tmp_path, tmp_path / "t", {"x": "x"})
    assert isinstance(found["x"], ChangedWhileRead) and list((tmp_path / "t").iterdir()) == []


@pytest.mark.parametrize("workers", [0, 2])
def test_a_target_through_a_link_is_never_written(workers: int, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(b"new")
    (tmp_path / "t").mkdir()
    (tmp_path / "outside").write_bytes(b"old")
    (tmp_path / "t/a").symlink_to(tmp_path / "outside")
    (tmp_path / "t/b").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CannotWrite):
        copied(tmp_path, tmp_path / "t", {"a": "a", "b": "b"}, workers)
    assert (tmp_path / "outside").read_bytes() == b"old" and not (tmp_path / "nowhere").exists()


def test_two_files_for_one_place_are_refused(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode())
    with pytest.raises(CannotWrite):
        copied(tmp_path, tmp_path / "t", {"a": "x", "b": "x"})
    assert (tmp_path / "t/x").read_bytes() == b"a"


@pytest.mark.parametrize(("workers", "algorithm"), [(0, "none"), (2, "none")])
def test_what_is_asked_wrongly_leaves_nothing(workers: int, algorithm: str, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UnknownAlgorithm):
        names = {"a": "a", "b": "b"}
        list(copy_files(tmp_path, tmp_path / "t", names, {"a": 1, "b": 1}, (algorithm,), workers=workers))
    assert list((tmp_path / "t").iterdir()) == []


def test_an_interrupt_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"x" * 100)

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        copied(tmp_path, tmp_path / "t", {"x": "x"})
    assert list((tmp_path / "t").iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a mebibyte, really full after that."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount(8) here")
    if done.returncode != 0:
        pytest.skip("a small file system can be mounted by root only")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_disk_that_is_really_full(workers: int, small_disk: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(4):
        (source / str(number)).write_bytes(os.urandom(400_000))
    names = {str(number): str(number) for number in range(4)}
    with pytest.raises(CannotWrite) as caught:
        copied(source, small_disk / "t", names, workers)
    assert caught.value.errno == errno.ENOSPC and str(small_disk) in str(caught.value)
    if workers == 0:  # workers are killed where they stand; the caller throws the folder away
        for path in (small_disk / "t").iterdir():
            assert path.read_bytes() == (source / path.name).read_bytes()


def test_errors_of_the_target_name_it_and_keep_their_number(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite) as caught:
        open_new(str(tmp_path / "no" / "folder"))
    assert caught.value.errno == errno.ENOENT and "folder" in str(caught.value)
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(CannotWrite) as caught:
            write_all(handle, b"x", "place")
    finally:
        os.close(handle)
    assert caught.value.errno == errno.EBADF and caught.value.filename == "place"
