"""Unpacks a tar (POSIX ustar and pax, GNU), plain or gzipped, in one pass."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from luutru.metadata_profiles.finding import Report
from luutru.packaging.intake import Intake
from luutru.packaging.tar_headers import Archive, Member

_BLOCK = 1 << 20
_DAMAGE = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, OverflowError)

# What headers and padding may add to a member's content.
_OVERHEAD = 4096

_KINDS = {
    tarfile.CHRTYPE: "character device",
    tarfile.BLKTYPE: "block device",
    tarfile.FIFOTYPE: "pipe",
}


class _Stream:
    """What an archive is read from, forwards only, counted: what is skipped has to be unpacked too."""

    def __init__(self, stream: IO[bytes], intake: Intake) -> None:
        self._stream = stream
        self._intake = intake
        self._at = 0

    def read(self, length: int) -> bytes:
        if length < 0:
            raise tarfile.ReadError("a size is negative")
        data = self._stream.read(length)
        self._at += len(data)
        self._intake.read(self._at, _OVERHEAD)
        return data

    def tell(self) -> int:
        return self._at

    def seek(self, place: int) -> None:
        if place < self._at:
            raise tarfile.ReadError("a member lies inside another")
        while self._at < place and self.read(min(_BLOCK, place - self._at)):
            pass


def unpack_tar(source: Path, intake: Intake, report: Report, *, gzipped: bool) -> None:
    """Take every member of a tar in.  Raises BeyondLimits, OSError where source or target refuse."""
    place = ""
    try:
        with source.open("rb") as raw, _opened(raw, gzipped) as opened:
            stream = _Stream(opened, intake)
            with Archive(
                fileobj=cast(IO[bytes], stream), tarinfo=Member, encoding="utf-8", errors="surrogateescape"
            ) as tar:
                while (member := tar.next()) is not None:
                    tar.members.clear()  # type: ignore[attr-defined]  # a million members need no memory
                    place = member.name
                    _unpack_member(stream, member, intake, report)
                place = ""
                # To the end, so that gzip's own checksum is tested too.
                if loose := _loose_bytes(stream):
                    report.add("LUUTRU-UNPACK/loose-bytes", count=loose)
    except _DAMAGE as error:
        shown = place.encode("utf-8", "backslashreplace").decode("utf-8")
        report.add("LUUTRU-UNPACK/damaged", shown, reason=error)


def _opened(raw: IO[bytes], gzipped: bool) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if gzipped else raw


def _unpack_member(stream: _Stream, member: tarfile.TarInfo, intake: Intake, report: Report) -> None:
    name = member.name.removeprefix("./")
    if member.isdir():
        if name not in ("", "."):
            intake.folder(name.rstrip("/"))
        return
    admitted = intake.admits(name)
    if not member.issparse():  # its size is not what lies in the archive
        intake.count(member.size)  # one that is refused has to be read too
    if not admitted:
        return
    if member.issym() or member.islnk():
        what = "symbolic link" if member.issym() else "hard link"
        linked = member.linkname.encode("utf-8", "backslashreplace").decode("utf-8")
        report.add("LUUTRU-UNPACK/link", name, what=f"{what} → {linked}")
    elif not member.isreg() or member.issparse():
        kind = "sparse file" if member.issparse() else _KINDS.get(member.type, "special entry")
        report.add("LUUTRU-UNPACK/not-a-file", name, what=kind)
    else:
        intake.file(name, _blocks(stream, member))


def _blocks(stream: _Stream, member: tarfile.TarInfo) -> Iterator[bytes]:
    stream.seek(member.offset_data)
    left = member.size
    while left > 0:
        block = stream.read(min(left, _BLOCK))
        if not block:
            raise tarfile.ReadError("the content ends early")
        left -= len(block)
        yield block


def _loose_bytes(stream: _Stream) -> int:
    """How many bytes stand after the end of the archive and its padding with zeros."""
    loose = 0
    while block := stream.read(_BLOCK):
        loose += len(block) if loose else len(block.lstrip(b"\0"))
    return loose
