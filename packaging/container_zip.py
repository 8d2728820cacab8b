"""Unpacks a zip (APPNOTE 6.3; ZIP64), entry by entry, trusting nothing its directory says."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from luutru.metadata_profiles.finding import Report
from luutru.packaging.intake import Intake

_BLOCK = 1 << 20
_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_UNIX = 3

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError)


def zip_names(source: Path) -> list[str]:
    """The names in a zip's directory; empty for one that cannot be read."""
    try:
        with zipfile.ZipFile(source) as archive:
            return [name_of(info) for info in archive.infolist()]
    except (*_DAMAGE, OSError):
        return []


def read_head(source: Path, name: str, length: int) -> bytes:
    """The first bytes of one entry; empty where it cannot be read."""
    try:
        with zipfile.ZipFile(source) as archive:
            for info in archive.infolist():
                if name_of(info) == name:
                    with archive.open(info) as stream:
                        return stream.read(length)
    except (*_DAMAGE, OSError):
        pass
    return b""


def name_of(info: zipfile.ZipInfo) -> str:
    """An entry's name as its producer meant it: many write UTF-8 without saying so."""
    name = info.orig_filename
    if info.flag_bits & _UTF8_FLAG or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def unpack_zip(source: Path, intake: Intake, report: Report) -> None:
    """Take every entry of a zip in.  Raises BeyondLimits, OSError where the target cannot be written."""
    try:
        archive = zipfile.ZipFile(source)
    except _DAMAGE as error:
        report.add("LUUTRU-UNPACK/damaged", "", reason=error)
        return
    with archive:
        if _overlap(archive.infolist()):
            report.add("LUUTRU-UNPACK/overlap")
            return
        for info in archive.infolist():
            _unpack_entry(archive, info, intake, report)


def _overlap(infos: list[zipfile.ZipInfo]) -> bool:
    """Whether two entries share bytes: a small zip can hold petabytes so."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            return True
        # 30 bytes of local header at least, then name and data.
        end = info.header_offset + 30 + info.compress_size
    return False


def _unpack_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, intake: Intake, report: Report) -> None:
    name = name_of(info)
    mode = info.external_attr >> 16 if info.create_system == _UNIX else 0
    if name.endswith("/"):
        intake.folder(name.rstrip("/"))
    elif not intake.admits(name):
        return
    elif stat.S_ISLNK(mode):
        report.add("LUUTRU-UNPACK/link", name, what="symbolic link")
    elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        report.add("LUUTRU-UNPACK/not-a-file", name, what="special file")
    elif info.flag_bits & _ENCRYPTED_FLAG:
        report.add("LUUTRU-UNPACK/encrypted", name)
    else:
        try:
            intake.file(name, _blocks(archive, info))
        except _DAMAGE as error:
            report.add("LUUTRU-UNPACK/damaged", name, reason=error)


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as stream:
        while block := stream.read(_BLOCK):
            yield block
