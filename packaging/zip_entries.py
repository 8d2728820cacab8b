"""The content of zip entries (APPNOTE 6.3, sections 4.3.7 and 4.3.8): bytes exactly as stated, or not at all.

Runs in worker processes: it needs the standard library and ``luutru.fixity`` only.
"""

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from luutru.fixity.copying import open_new, write_all
from luutru.fixity.digest import Digester, FileDigest

STORED, DEFLATED = 0, 8

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_BLOCK = 1 << 20
_DESCRIPTOR = 0x8
_MATTERS = 0x1 | 0x40 | 0x2000  # encryption, strong encryption, masked headers
_UTF8 = 0x800


class BadEntry(ValueError):
    """The bytes of an entry are not those that the archive states."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Where an entry lies in its archive, what it should give, and the path to write it to."""

    path: str
    raw_name: bytes
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    flags: int


def local_length(handle: int, entry: Packed) -> int:
    """The length in bytes of an entry's local header.

    Raises BadEntry where it says other things than the directory: readers that go by the one
    and readers that go by the other would see different files.
    """
    head = os.pread(handle, _LOCAL.size + len(entry.raw_name), entry.offset)
    if len(head) < _LOCAL.size + len(entry.raw_name) or head[:4] != b"PK\3\4":
        raise BadEntry("there is no local header where the directory says")
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(head)
    matters = _MATTERS if entry.raw_name.isascii() else _MATTERS | _UTF8
    same = (
        name_length == len(entry.raw_name)
        and head[_LOCAL.size :] == entry.raw_name
        and method == entry.method
        and (flags ^ entry.flags) & matters == 0
    )
    if same and not flags & _DESCRIPTOR:
        wide = 0xFFFFFFFF
        same = crc == entry.crc and packed in (entry.packed, wide) and size in (entry.size, wide)
    if not same:
        raise BadEntry("the local header and the directory differ")
    return _LOCAL.size + int(name_length) + int(extra_length)


def unpack_entries(shared: tuple[str, str, Sequence[str]], batch: list[Packed]) -> list[FileDigest | str]:
    """Write entries below a folder that has the folders they need; for each its digests, or what is wrong.

    No file stays of an entry with something wrong.  Raises CannotWrite; OSError where the
    archive itself cannot be read.
    """
    source, target, algorithms = shared
    handle = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return [_unpack(handle, entry, f"{target}/{entry.path}", algorithms) for entry in batch]
    finally:
        os.close(handle)


def read_head(source: str, entry: Packed, length: int) -> bytes:
    """The first bytes of one entry; empty where it cannot be read."""
    head = b""
    try:
        handle = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
        try:
            for block in _inflated(handle, entry):
                head += block
                if len(head) >= length:
                    break
        finally:
            os.close(handle)
    except (BadEntry, zlib.error, OSError):
        return b""
    return head[:length]


def _unpack(handle: int, entry: Packed, target: str, algorithms: Sequence[str]) -> FileDigest | str:
    digester = Digester(algorithms)
    crc, whole = 0, False
    out = open_new(target)
    try:
        for block in _inflated(handle, entry):
            digester.update(block)
            crc = zlib.crc32(block, crc)
            if digester.size > entry.size:
                raise BadEntry("there are more bytes than stated")
            write_all(out, block, target)
        if digester.size != entry.size:
            raise BadEntry(f"there are {digester.size} bytes where {entry.size} are stated")
        if crc != entry.crc:
            raise BadEntry("the checksum (CRC-32) is wrong")
        whole = True
    except (BadEntry, zlib.error) as error:
        return str(error)
    finally:
        os.close(out)
        if not whole:
            os.unlink(target)
    return FileDigest(digester.size, digester.digests())


def _inflated(handle: int, entry: Packed) -> Iterator[bytes]:
    """The content in blocks; never much more than is stated, however the data would grow."""
    blocks = _packed(handle, entry)
    if entry.method == STORED:
        yield from blocks
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for block in blocks:
        while block and not inflater.eof:
            data = inflater.decompress(block, _BLOCK)
            block = inflater.unconsumed_tail
            if data:
                yield data
    while not inflater.eof and (data := inflater.decompress(b"", _BLOCK)):
        yield data
    if not inflater.eof:
        raise BadEntry("the content ends early")
    if inflater.unused_data or next(blocks, b""):
        raise BadEntry("there are bytes after the end of the content")


def _packed(handle: int, entry: Packed) -> Iterator[bytes]:
    at = entry.offset + local_length(handle, entry)
    end = at + entry.packed
    while at < end:
        block = os.pread(handle, min(_BLOCK, end - at), at)
        if not block:
            raise BadEntry("the archive ends early")
        at += len(block)
        yield block
