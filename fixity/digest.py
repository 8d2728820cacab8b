"""Digests of files: several algorithms in one read, and never of a file that changed meanwhile.

Algorithm names are written as in BagIt and OCFL: ``md5``, ``sha256``, ``sha512/256``,
``blake2b-512``.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

BLOCK = 1 << 20
_SMALL = 1 << 16
_WORTH_THREADS = 32 << 20


class UnknownAlgorithm(ValueError):
    """No digest algorithm of this name is known here."""


class ChangedWhileRead(OSError):
    """The file was written to or replaced while it was read: its digest says nothing."""


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


# MD5 and SHA-1 serve as evidence of what a producer declared, never as security.
_MAKERS: dict[str, Callable[[], _Hash]] = {
    "md5": partial(hashlib.md5, usedforsecurity=False),
    "sha1": partial(hashlib.sha1, usedforsecurity=False),
    "sha224": hashlib.sha224,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
    "sha512/256": partial(hashlib.new, "sha512_256"),
    "sha3-224": hashlib.sha3_224,
    "sha3-256": hashlib.sha3_256,
    "sha3-384": hashlib.sha3_384,
    "sha3-512": hashlib.sha3_512,
    "blake2b-160": partial(hashlib.blake2b, digest_size=20),
    "blake2b-256": partial(hashlib.blake2b, digest_size=32),
    "blake2b-384": partial(hashlib.blake2b, digest_size=48),
    "blake2b-512": hashlib.blake2b,
}

# Those that take the data when they are made; for a small file a second call is a cost.
_AT_ONCE = {"sha256": hashlib.sha256, "sha512": hashlib.sha512, "sha384": hashlib.sha384}

ALGORITHMS: Collection[str] = tuple(_MAKERS)

# Links are not followed; non-blocking, so that a pipe in place of a file cannot hold us up.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_PLAIN = {name.replace("-", "").replace("/", ""): name for name in _MAKERS}


def normalise(name: str) -> str:
    """An algorithm's name as written here, however it is spelt (``SHA-256``, ``Sha256``).

    Raises UnknownAlgorithm.
    """
    plain = name.strip().lower().replace("-", "").replace("_", "").replace("/", "")
    try:
        return _PLAIN[plain]
    except KeyError:
        raise UnknownAlgorithm(f"{name!r} is not a digest algorithm known here") from None


def digest_size(algorithm: str) -> int:
    """The length of an algorithm's digests in bytes.  Raises UnknownAlgorithm."""
    return len(_maker(algorithm)().digest())


def _maker(algorithm: str) -> Callable[[], _Hash]:
    try:
        return _MAKERS[algorithm]
    except KeyError:
        raise UnknownAlgorithm(f"{algorithm!r} is not a digest algorithm known here") from None


class Digester:
    """Several digests over one stream of bytes, and its length.  Raises UnknownAlgorithm."""

    def __init__(self, algorithms: Sequence[str]) -> None:
        self.algorithms = tuple(algorithms)
        self.size = 0
        self._hashes = [_maker(name)() for name in self.algorithms]

    def update(self, data: bytes | memoryview) -> None:
        """Take in the next bytes."""
        self.size += len(data)
        for one in self._hashes:
            one.update(data)

    @contextmanager
    def expecting(self, size: int) -> Iterator[Callable[[bytes], None]]:
        """A way to take in about so many bytes: of very many, each algorithm takes its own in a thread.

        Files are shared out whole, so a large one would otherwise leave all cores but one idle.
        """
        if size < _WORTH_THREADS or len(self._hashes) < 2:
            yield self.update
            return
        # Loaded here: it takes as long as a worker process takes to start, and few need it.
        from concurrent.futures import ThreadPoolExecutor

        # The widest, which tends to be the slowest, stays in this thread: one less to hand blocks to.
        *others, widest = sorted(self._hashes, key=lambda one: len(one.digest()))
        with ThreadPoolExecutor(len(others), "luutru-digest") as pool:

            def update(data: bytes) -> None:
                self.size += len(data)
                pending = [pool.submit(one.update, data) for one in others]
                widest.update(data)
                for taken in pending:
                    taken.result()

            yield update

    def digests(self) -> tuple[bytes, ...]:
        """The raw digests in the order of the algorithms."""
        return tuple(one.digest() for one in self._hashes)

    def hexdigests(self) -> dict[str, str]:
        """The digests by algorithm, in lower-case hexadecimal."""
        return {name: one.digest().hex() for name, one in zip(self.algorithms, self._hashes, strict=True)}


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What one read of a file gave: its size in bytes and its raw digests."""

    size: int
    digests: tuple[bytes, ...]


def digest_file(path: str | os.PathLike[str], algorithms: Sequence[str]) -> FileDigest:
    """The digests of a regular file in one read.

    Raises OSError where it cannot be read or is no regular file (a link is not followed),
    ChangedWhileRead when size or time of change differ before and after.
    """
    handle = _opened(path)
    try:
        before = _regular(path, handle)
        # The common file is small: one read, then each digest at one go.
        data = os.read(handle, before.st_size + 1) if before.st_size < BLOCK else b""
        if len(data) != before.st_size:
            # Large, or a file system that gives less than was asked for.
            os.lseek(handle, 0, os.SEEK_SET)
            return _read_blocks(path, handle, before, Digester(algorithms), None)
        _unchanged(path, len(data), before, os.fstat(handle))
    finally:
        os.close(handle)
    return FileDigest(len(data), tuple([digest_of(name, data) for name in algorithms]))


def read_small(path: str | os.PathLike[str]) -> bytes | None:
    """The bytes of a small regular file in one read; None where one read does not settle it.

    For those who compare what was read with what it should be: a file written to meanwhile
    is not told from one that is altered.  Raises OSError where it cannot be opened.
    """
    handle = _opened(path)
    try:
        data = os.read(handle, _SMALL)
        status = os.fstat(handle)
    except OSError:
        return None
    finally:
        os.close(handle)
    return data if len(data) == status.st_size and stat.S_ISREG(status.st_mode) else None


def read_through(
    path: str | os.PathLike[str], digester: Digester, sink: Callable[[bytes], object] | None
) -> FileDigest:
    """Read a regular file once, through a digester and, where given, into a sink.

    Raises as ``digest_file``, and whatever the sink raises.
    """
    handle = _opened(path)
    try:
        return _read_blocks(path, handle, _regular(path, handle), digester, sink)
    finally:
        os.close(handle)


def _opened(path: str | os.PathLike[str]) -> int:
    try:
        return os.open(path, _FLAGS)
    except ValueError as error:
        # A NUL or half a surrogate pair: no file can have such a name.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), ascii(path)) from error


def _read_blocks(
    path: str | os.PathLike[str],
    handle: int,
    before: os.stat_result,
    digester: Digester,
    sink: Callable[[bytes], object] | None,
) -> FileDigest:
    with digester.expecting(before.st_size) as update:
        # One byte more than is left is asked for, so that a file that grew is noticed.
        while block := os.read(handle, min(BLOCK, max(before.st_size - digester.size, 0) + 1)):
            update(block)
            if sink is not None:
                sink(block)
            if digester.size >= before.st_size:
                break
    _unchanged(path, digester.size, before, os.fstat(handle))
    return FileDigest(digester.size, digester.digests())


def _regular(path: str | os.PathLike[str], handle: int) -> os.stat_result:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path}: not a regular file")
    return status


def _unchanged(
    path: str | os.PathLike[str], size: int, before: os.stat_result, after: os.stat_result
) -> None:
    if size != after.st_size or before.st_mtime_ns != after.st_mtime_ns:
        raise ChangedWhileRead(f"{path}: changed while it was read")


def digest_of(algorithm: str, data: bytes) -> bytes:
    """The raw digest of some bytes.  Raises UnknownAlgorithm."""
    at_once = _AT_ONCE.get(algorithm)
    if at_once is not None:
        return at_once(data).digest()
    one = _maker(algorithm)()
    one.update(data)
    return one.digest()
