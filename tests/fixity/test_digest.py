"""Digests of files: right, of regular files alone, and never of a file that changed meanwhile."""

import errno
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.fixity.digest import (
    ALGORITHMS,
    BLOCK,
    ChangedWhileRead,
    Digester,
    UnknownAlgorithm,
    digest_file,
    digest_size,
    normalise,
    read_through,
)

# Values of the empty string as printed in RFC 1321, FIPS 180-4, FIPS 202 and RFC 7693.
EMPTY = {
    "md5": "d41d8cd98f00b204e9800998ecf8427e",
    "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha512/256": "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
    "sha3-256": "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
}


@pytest.mark.parametrize("algorithm", EMPTY)
def test_published_values(algorithm: str, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert digest_file(path, [algorithm]).digests[0].hex() == EMPTY[algorithm]


@pytest.mark.parametrize("name", ["", "crc32", "sha", "sha999", "../md5"])
def test_an_unknown_algorithm_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for call in (
        lambda: normalise(name),
        lambda: Digester([name]),
        lambda: digest_size(name),
        lambda: digest_file(tmp_path / "file", [name]),
    ):
        with pytest.raises(UnknownAlgorithm):
            call()


@given(st.text(max_size=20))
def test_any_name_is_known_or_told(name: str) -> None:
    with suppress(UnknownAlgorithm):
        assert normalise(name) in ALGORITHMS


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        digest_file(tmp_path / "nothing", ["md5"])


Meddling = Callable[[Path], object]


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def _rewrite(path: Path) -> None:
    size = path.stat().st_size
    path.write_bytes(b"!" * size)
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize("meddle", [_append, _rewrite, lambda path: os.truncate(path, 1)])
@pytest.mark.parametrize("size", [100, 3 * BLOCK])
def test_a_file_that_changes_while_it_is_read(
    meddle: Meddling, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    real = os.read
    done: list[bool] = []

    def read(handle: int, length: int) -> bytes:
        data = real(handle, length)
        if not done:
            done.append(True)
            meddle(path)
        return data

    monkeypatch.setattr(os, "read", read)
    with pytest.raises(ChangedWhileRead):
        digest_file(path, ["sha256"])


def test_short_reads_of_small_files_are_no_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789" * 100)
    real = os.read
    monkeypatch.setattr(os, "read", lambda handle, length: real(handle, min(length, 7)))
    assert digest_file(path, ["sha256"]).digests == (hashlib.sha256(path.read_bytes()).digest(),)


def test_the_sink_gets_every_byte_and_its_errors_come_through(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(2 * BLOCK + 5))
    taken: list[bytes] = []
    found = read_through(path, Digester(["sha256"]), taken.append)
    assert b"".join(taken) == path.read_bytes()
    assert found.digests == (hashlib.sha256(path.read_bytes()).digest(),)

    def full(block: bytes) -> None:
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        read_through(path, Digester(["sha256"]), full)


def test_files_are_closed_whatever_happens(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        with pytest.raises(UnknownAlgorithm):
            digest_file(tmp_path / "file", ["none"])
        with pytest.raises(OSError):
            digest_file(tmp_path, ["md5"])
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_large_file_has_the_digests_of_its_bytes(tmp_path: Path) -> None:
    path, names = tmp_path / "large", ["sha256", "md5", "sha512"]
    piece = os.urandom(BLOCK + 12_345)
    with path.open("wb") as file:
        for number in range(40):
            file.write(number.to_bytes(2, "big") + piece)
    copied: list[bytes] = []
    found = read_through(path, Digester(names), copied.append)
    whole = path.read_bytes()
    assert b"".join(copied) == whole
    assert found.size == len(whole)
    assert found.digests == tuple(hashlib.new(name, whole).digest() for name in names)
    assert digest_file(path, names) == found


def test_a_large_file_that_cannot_be_copied_ends_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(64 << 20)

    def refuse(_block: bytes) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with pytest.raises(OSError, match="no room"):
        read_through(path, Digester(["sha256", "sha512"]), refuse)
