"""The central directory of a zip (APPNOTE 6.3, sections 4.3.12 to 4.3.16; ZIP64), read strictly.

The standard library's reader repairs and guesses: it takes bytes before, between and after the
entries for nothing, and holds whatever a directory says in memory.  For evidence that is too kind.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_END = struct.Struct("<4sHHHHIIH")
_LOCATOR = struct.Struct("<4sIQI")
_END64 = struct.Struct("<4sQHHIIQQQQ")
_RECORD = struct.Struct("<4sBBHHHHHIIIHHHHHII")
_LONGEST_COMMENT = 0xFFFF
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_ENCRYPTED, _UTF8 = 0x1, 0x800
# Systems (section 4.4.2) whose names cannot hold a backslash: there it parts folders.
_DOS_LIKE = {0, 6, 10, 11, 14}
_UNIX_LIKE = {3, 19}


class ZipDamage(ValueError):
    """The archive is not what its own records say."""


class TooManyEntries(ZipDamage):
    """The directory holds more entries than may be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the directory describes it; sizes and offset in bytes.

    ``guessed``: the producer did not say how the name is encoded and it is not UTF-8.
    ``backslashes``: folders were parted by ``\\``, which the name here no longer has.
    """

    name: str
    raw_name: bytes
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    flags: int
    mode: int
    guessed: bool
    backslashes: bool

    @property
    def encrypted(self) -> bool:
        """Whether a password is needed."""
        return bool(self.flags & _ENCRYPTED)


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries in the directory's order, where the directory begins, and how many bytes after it are no part."""

    entries: list[Entry]
    start: int
    loose: int


def read_directory(file: BinaryIO, *, most: int) -> Directory:
    """The directory of a zip.  Raises ZipDamage, TooManyEntries beyond ``most``, OSError."""
    length = file.seek(0, os.SEEK_END)
    at, end = _find_end(file, length)
    _, disk, first_disk, _, count, size, start, comment = end
    limit = at
    if disk not in (0, 0xFFFF) or first_disk not in (0, 0xFFFF):
        raise ZipDamage("it is one part of a split archive")
    wide = _read_end64(file, at)
    if wide is not None:
        narrow = (count, size, start)
        limit, count, size, start = wide
        if not _agree(narrow, (count, size, start)):
            raise ZipDamage(
                "its two end records contradict each other, and readers differ in which one they take"
            )
    if start + size > limit:
        raise ZipDamage("the directory is cut off")
    if count > most:
        raise TooManyEntries("too many entries")
    entries = list(_records(file, start, start + size, most))
    # Writers from before ZIP64 let the count of many entries run over.
    if count not in (len(entries), len(entries) & 0xFFFF):
        raise ZipDamage(f"the directory should have {count} entries and has {len(entries)}")
    loose = limit - start - size + length - at - _END.size - comment
    return Directory(entries, start, loose)


def _find_end(file: BinaryIO, length: int) -> tuple[int, tuple[bytes, int, int, int, int, int, int, int]]:
    """The end record: the last one whose comment reaches the end of the file, else the last."""
    tail_at = max(0, length - _END.size - _LONGEST_COMMENT)
    file.seek(tail_at)
    tail = file.read(length - tail_at)
    found = []
    at = tail.rfind(b"PK\5\6")
    while at >= 0:
        if at + _END.size <= len(tail):
            end = _END.unpack_from(tail, at)
            if at + _END.size + end[7] <= len(tail):
                found.append((tail_at + at, end))
        at = tail.rfind(b"PK\5\6", 0, at)
    exact = [(at, end) for at, end in found if at + _END.size + end[7] == length]
    if len(exact) > 1:
        raise ZipDamage("it has several end records, and readers differ in which one they take")
    if not found:
        raise ZipDamage("the end of the archive is missing")
    return (exact or found)[0]


def _read_end64(file: BinaryIO, end_at: int) -> tuple[int, int, int, int] | None:
    """Where the ZIP64 end record lies, and its count, size and start of the directory."""
    if end_at < _LOCATOR.size:
        return None
    file.seek(end_at - _LOCATOR.size)
    signature, disk, at, _ = _LOCATOR.unpack(_exactly(file, _LOCATOR.size))
    if signature != b"PK\6\7":
        return None
    if disk or at + _END64.size > end_at - _LOCATOR.size:
        raise ZipDamage("the ZIP64 end record is not where it should be")
    file.seek(at)
    signature, _, _, _, _, _, _, count, size, start = _END64.unpack(_exactly(file, _END64.size))
    if signature != b"PK\6\6":
        raise ZipDamage("the ZIP64 end record is not where it should be")
    return at, count, size, start


def _agree(narrow: tuple[int, int, int], wide: tuple[int, int, int]) -> bool:
    """Whether the end record says what the ZIP64 one does, or that it cannot hold it (section 4.4.1.4)."""
    unknown = (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    return all(n in (w, none) for n, w, none in zip(narrow, wide, unknown, strict=True))


def _records(file: BinaryIO, start: int, end: int, most: int) -> Iterator[Entry]:
    at, seen = start, 0
    file.seek(start)
    while at < end:
        fixed = _RECORD.unpack(_exactly(file, _RECORD.size))
        if fixed[0] != b"PK\1\2":
            raise ZipDamage("the directory is not where the end record says")
        lengths = fixed[11:14]
        at += _RECORD.size + sum(lengths)
        seen += 1
        if seen > most:
            raise TooManyEntries("too many entries")
        rest = _exactly(file, sum(lengths))
        entry = _entry(fixed, rest[: lengths[0]], rest[lengths[0] : lengths[0] + lengths[1]])
        if entry.offset >= start:
            raise ZipDamage(f"{entry.name!r} begins beyond the directory")
        yield entry
    if at != end:
        raise ZipDamage("the directory is longer or shorter than stated")


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) != length:
        raise ZipDamage("the directory is cut off")
    return data


def _entry(fixed: tuple[bytes | int, ...], raw_name: bytes, extra: bytes) -> Entry:
    _, _, system, _, flags, method, _, _, crc, packed, size, *_, attributes, offset = fixed
    assert isinstance(system, int) and isinstance(flags, int) and isinstance(attributes, int)
    fields = dict(_extra_fields(extra))
    size, packed, offset = _widened([size, packed, offset], fields.get(_ZIP64, b""))
    name, guessed = _decoded(raw_name, bool(flags & _UTF8), fields.get(_UNICODE_PATH, b""))
    backslashes = system in _DOS_LIKE and "\\" in name
    if backslashes:
        name = name.replace("\\", "/")
    mode = attributes >> 16 if system in _UNIX_LIKE else 0
    assert isinstance(crc, int) and isinstance(method, int)
    return Entry(name, raw_name, offset, packed, size, crc, method, flags, mode, guessed, backslashes)


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _widened(values: list[int | bytes], wide: bytes) -> list[int]:
    """Sizes and offset: those that do not fit in 32 bits stand in the ZIP64 field, in this order."""
    result, at = [], 0
    for value in values:
        assert isinstance(value, int)
        if value == 0xFFFFFFFF:
            if at + 8 > len(wide):
                raise ZipDamage("a ZIP64 field is missing")
            value = int.from_bytes(wide[at : at + 8], "little")
            at += 8
        result.append(value)
    return result


def _decoded(raw: bytes, says_utf8: bool, unicode_path: bytes) -> tuple[str, bool]:
    """The name as its producer meant it, and whether that had to be guessed."""
    # First: Info-ZIP on Windows writes an ASCII stand-in (Quy#U1ebft) where the real name stands here.
    if unicode_path[:1] == b"\1" and unicode_path[1:5] == zlib.crc32(raw).to_bytes(4, "little"):
        return unicode_path[5:].decode("utf-8", "surrogateescape"), False
    if raw.isascii():
        return raw.decode("ascii"), False
    if says_utf8:
        return raw.decode("utf-8", "surrogateescape"), False
    try:
        return raw.decode("utf-8"), False  # many write UTF-8 without saying so
    except UnicodeDecodeError:
        return raw.decode("cp437"), True
