"""Durable writes: whole or not at all, on the medium when they return, and nothing left beside them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from luutru.fixity import durable
from luutru.fixity.durable import sync_one, sync_tree, write_durably


def test_the_file_is_synced_before_it_has_its_name_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other order loses the file when the power goes."""
    order: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        order.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")
        real_fsync(handle)

    def replace(source: Path, target: Path) -> None:
        order.append("name")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    write_durably(tmp_path / "x", b"data")
    assert order == ["file", "name", "folder"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_what_was_there(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "x"
    place.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space"):
        write_durably(place, b"new")
    assert place.read_bytes() == b"old" and os.listdir(tmp_path) == ["x"]


def test_an_interrupt_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    def blocks() -> Iterator[bytes]:
        yield b"one"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_durably(tmp_path / "x", blocks())
    assert os.listdir(tmp_path) == []


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"other")
    (tmp_path / "x").symlink_to("other")
    write_durably(tmp_path / "x", [b"n", b"", b"ew"])
    assert not (tmp_path / "x").is_symlink() and (tmp_path / "x").read_bytes() == b"new"
    assert (tmp_path / "other").read_bytes() == b"other"


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    for call in (sync_tree, sync_one):
        with pytest.raises(FileNotFoundError):
            call(tmp_path / "no")
    with pytest.raises(FileNotFoundError):
        write_durably(tmp_path / "no" / "x", b"")


def test_a_file_system_that_cannot_sync_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_syncfs", lambda handle: -1)
    with pytest.raises(OSError):
        sync_tree(tmp_path)


def test_without_syncfs_every_file_and_folder_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/x").write_bytes(b"x")
    (tmp_path / "y").write_bytes(b"y")
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.path.relpath(os.readlink(f"/proc/self/fd/{handle}"), tmp_path))
        real(handle)

    monkeypatch.setattr(durable, "_syncfs", None)
    monkeypatch.setattr(os, "fsync", fsync)
    sync_tree(tmp_path)
    assert synced == ["a/b/x", "a/b", "a", "y", "."]
