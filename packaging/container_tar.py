"""Unpacks a tar (POSIX ustar and pax, GNU), plain or gzipped, in one pass."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, cast

from luutru.metadata_profiles.finding import Report
from luutru.packaging.intake import Intake

_BLOCK = 1 << 20
_LONGEST_HEADER = 1 << 20
_DAMAGE = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError)
_LONG_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_KINDS = {
    tarfile.CHRTYPE: "character device",
    tarfile.BLKTYPE: "block device",
    tarfile.FIFOTYPE: "pipe",
    tarfile.GNUTYPE_SPARSE: "sparse file",
}


class _Member(tarfile.TarInfo):
    """A member whose extended headers cannot fill the memory, and an archive whose end is seen."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _LONG_HEADERS and self.size > _LONGEST_HEADER:
            raise tarfile.ReadError("an extended header is too long")
        return cast(tarfile.TarInfo, super()._proc_member(tar))  # type: ignore[misc]

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> "_Member":
        try:
            return super().fromtarfile(tar)
        except tarfile.EmptyHeaderError as error:  # type: ignore[attr-defined]
            # tarfile takes the end of the file for the end of the archive; it is not.
            raise tarfile.ReadError("the end of the archive is missing") from error


def unpack_tar(source: Path, intake: Intake, report: Report, *, gzipped: bool) -> None:
    """Take every member of a tar in.  Raises BeyondLimits, OSError where the target cannot be written."""
    place = ""
    try:
        with source.open("rb") as raw, _stream(raw, gzipped) as stream:
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member, errors="surrogateescape") as tar:
                for member in tar:
                    place = member.name
                    _unpack_member(tar, member, intake, report)
                    tar.members.clear()  # type: ignore[attr-defined]  # a million members need no memory
            while stream.read(_BLOCK):
                pass  # to the end, so that gzip's own checksum is tested
    except _DAMAGE as error:
        shown = place.encode("utf-8", "backslashreplace").decode("utf-8")
        report.add("LUUTRU-UNPACK/damaged", shown, reason=error)


def _stream(raw: BinaryIO, gzipped: bool) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if gzipped else raw


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, intake: Intake, report: Report) -> None:
    name = member.name.removeprefix("./")
    if member.isdir():
        if name not in ("", "."):
            intake.folder(name.rstrip("/"))
    elif not intake.admits(name):
        return
    elif member.issym() or member.islnk():
        what = "symbolic link" if member.issym() else "hard link"
        report.add("LUUTRU-UNPACK/link", name, what=f"{what} → {member.linkname}")
    elif not member.isreg() or member.issparse():
        kind = "sparse file" if member.issparse() else _KINDS.get(member.type, "special entry")
        report.add("LUUTRU-UNPACK/not-a-file", name, what=kind)
    else:
        intake.file(name, _blocks(tar, member))


def _blocks(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    stream = tar.extractfile(member)
    if stream is None:
        raise tarfile.ReadError("the member has no content")
    left = member.size
    while left:
        block = stream.read(min(left, _BLOCK))
        if not block:
            raise tarfile.ReadError("the content ends early")
        left -= len(block)
        yield block
