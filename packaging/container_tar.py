"""Unpacks a tar (POSIX ustar and pax, GNU), plain or gzipped, in one pass."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from luutru.metadata_profiles.finding import Report
from luutru.packaging.intake import Intake

_BLOCK = 1 << 20
_DAMAGE = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, OverflowError)

# What may stand before one member, and what may hold for all of them.
_LONGEST_HEADER = 1 << 20
_MOST_HEADERS = 16
_LONGEST_GLOBALS = 16 << 10
_MOST_SPARSE_BLOCKS = 1024
# What headers and padding may add to a member's content.
_OVERHEAD = 4096

_LONG_NAMES = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_EXTENDED = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, *_LONG_NAMES)
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


class _Archive(tarfile.TarFile):
    """An archive that knows how many extended headers it met before the next member."""

    extended = 0
    global_bytes = 0


class _Member(tarfile.TarInfo):
    """A member whose headers cannot fill memory or stack, in an archive that never ends unsaid.

    The standard library takes a header it cannot read, and the end of the file, for the end
    of the archive; and it reads the maps of sparse files however long they are.
    """

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> "_Member":
        try:
            return super().fromtarfile(tar)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.EmptyHeaderError as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError("the end of the archive is missing") from error
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"a header cannot be read ({error})") from error

    def _proc_member(self, tar: _Archive) -> tarfile.TarInfo:
        if self.size < 0:
            raise tarfile.ReadError("a size is negative")
        if self.type in _EXTENDED:
            tar.extended += 1
            if self.type == tarfile.XGLTYPE:
                tar.global_bytes += self.size
            if self.size > _LONGEST_HEADER or tar.global_bytes > _LONGEST_GLOBALS:
                raise tarfile.ReadError("an extended header is too long")
            if tar.extended > _MOST_HEADERS:
                raise tarfile.ReadError("there are too many extended headers")
        else:
            tar.extended = 0
        return cast(tarfile.TarInfo, super()._proc_member(tar))  # type: ignore[misc]

    def _proc_sparse(self, tar: _Archive) -> tarfile.TarInfo:
        _, more, _ = self._sparse_structs  # type: ignore[attr-defined]
        blocks = 0
        while more:
            block = tar.fileobj.read(tarfile.BLOCKSIZE)
            blocks += 1
            if len(block) < tarfile.BLOCKSIZE or blocks > _MOST_SPARSE_BLOCKS:
                raise tarfile.ReadError("the map of a sparse file does not end")
            more = bool(block[504])
        self.sparse = b""
        return cast(tarfile.TarInfo, self._proc_builtin(tar))  # type: ignore[attr-defined]

    def _mark_sparse(self, member: tarfile.TarInfo, *_: Any) -> None:
        member.sparse = b""

    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _mark_sparse


def unpack_tar(source: Path, intake: Intake, report: Report, *, gzipped: bool) -> None:
    """Take every member of a tar in.  Raises BeyondLimits, OSError where source or target refuse."""
    place = ""
    try:
        with source.open("rb") as raw, _opened(raw, gzipped) as opened:
            stream = _Stream(opened, intake)
            with _Archive(
                fileobj=cast(IO[bytes], stream), tarinfo=_Member, encoding="utf-8", errors="surrogateescape"
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
    said = member.pax_headers.get("size")
    if member.size < 0 or (said and not member.issparse() and said != str(member.size)):
        raise tarfile.ReadError("a size is not one")
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
