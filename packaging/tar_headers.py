"""The headers of a tar (POSIX ustar and pax, GNU), read strictly.

The standard library's reader forgives: a header it cannot read, and the end of the file, are the
end of the archive to it; a size that is no number is 0; a header for all members may rename each of
them; a name may stand in three places.  Every such archive reads differently in different hands.
For evidence that is too kind: here it is damage.
"""

import re
import tarfile
from collections.abc import Iterator
from typing import cast

# What may stand before one member, and what may hold for all of them.
_LONGEST_HEADER = 1 << 20
_MOST_HEADERS = 16
_LONGEST_GLOBALS = 16 << 10
_MOST_SPARSE_BLOCKS = 1024

_PAX = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_EXTENDED = (*_PAX, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_RECORD = re.compile(rb"([1-9][0-9]{0,7}) ([^=\n]+)=")
_NUMBERS = {"size": re.compile(r"[0-9]{1,19}", re.ASCII)} | dict.fromkeys(
    ("mtime", "atime", "ctime", "uid", "gid"), re.compile(r"-?[0-9]{1,19}(\.[0-9]*)?", re.ASCII)
)
# What says which bytes a member is, or what it is called.
_DECIDES = ("path", "linkpath", "size")
_SPARSE = "GNU.sparse."
# Noted among the headers before a member when one of them gave it a name.
_PAX_PATH = b"path"


class Archive(tarfile.TarFile):
    """An archive that knows which extended headers it met before the next member."""

    before: tuple[bytes, ...] = ()
    global_bytes = 0


class Member(tarfile.TarInfo):
    """A member whose headers say one thing only, and cannot fill memory or stack.

    The maps of sparse files are not read; ``issparse`` is true of such a member.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "Member":
        member = super().frombuf(buf, encoding, errors)
        prefix = tarfile.nts(buf[345:500], encoding, errors)  # type: ignore[attr-defined]
        if prefix and buf[257:263] != b"ustar\0":  # GNU keeps times there, and old archives anything
            member.name = member.name.removeprefix(f"{prefix}/")
        return member

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> "Member":
        try:
            return super().fromtarfile(tar)
        except tarfile.EOFHeaderError as error:  # type: ignore[attr-defined]
            if cast(Archive, tar).before:
                raise tarfile.ReadError("a header for a next member has none after it") from error
            raise
        except tarfile.EmptyHeaderError as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError("the end of the archive is missing") from error
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"a header cannot be read ({error})") from error

    def _proc_member(self, tar: Archive) -> tarfile.TarInfo:
        if self.size < 0:
            raise tarfile.ReadError("a size is negative")
        if self.type in _EXTENDED:
            self._follow(tar)
        else:
            tar.before = ()
        return cast(tarfile.TarInfo, super()._proc_member(tar))  # type: ignore[misc]

    def _follow(self, tar: Archive) -> None:
        """Note one more header before a member, unless it is one too many."""
        for_all = self.type == tarfile.XGLTYPE
        tar.global_bytes += self.size if for_all else 0
        if self.size > _LONGEST_HEADER or tar.global_bytes > _LONGEST_GLOBALS:
            raise tarfile.ReadError("an extended header is too long")
        if len(tar.before) >= _MOST_HEADERS:
            raise tarfile.ReadError("there are too many extended headers")
        kind = tarfile.XHDTYPE if self.type in _PAX else self.type
        out_of_place = set(tar.before) - {kind} if for_all else kind in tar.before
        if out_of_place or (kind == tarfile.GNUTYPE_LONGNAME and _PAX_PATH in tar.before):
            raise tarfile.ReadError("extended headers contradict each other")
        tar.before = (*tar.before, kind)

    def _proc_pax(self, tar: Archive) -> tarfile.TarInfo:
        content = tar.fileobj.read(self._block(self.size))  # type: ignore[attr-defined]
        said = _said(content, self.size)
        if self.type == tarfile.XGLTYPE:
            if any(key in _DECIDES or key.startswith(_SPARSE) for key in said):
                raise tarfile.ReadError("a header names or measures all members at once")
            return self.fromtarfile(tar)
        if "path" in said:
            if tarfile.GNUTYPE_LONGNAME in tar.before:
                raise tarfile.ReadError("extended headers contradict each other")
            tar.before = (*tar.before, _PAX_PATH)
        member = self.fromtarfile(tar)
        member._take(said, tar)
        return member

    def _take(self, said: dict[str, str], tar: Archive) -> None:
        """What an extended header says of this member stands above the member's own header."""
        self.name = said.get("path", self.name)
        self.linkname = said.get("linkpath", self.linkname)
        if self.isdir():
            self.name = self.name.rstrip("/")
        if any(key.startswith(_SPARSE) for key in said):
            self.name = said.get(f"{_SPARSE}name", self.name)
            self.sparse = b""
        if "size" in said:
            self.size = int(said["size"])
            has_content = self.isreg() or self.type not in tarfile.SUPPORTED_TYPES
            tar.offset = self.offset_data + (self._block(self.size) if has_content else 0)  # type: ignore[attr-defined]

    def _proc_sparse(self, tar: Archive) -> tarfile.TarInfo:
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


def _said(content: bytes, size: int) -> dict[str, str]:
    """The records of an extended header by their keys.  Raises ReadError where readers would differ on them."""
    if len(content) < size:
        raise tarfile.ReadError("an extended header ends early")
    said: dict[str, str] = {}
    for key, value in _records(content[:size]):
        if key in _DECIDES and (not value or key in said):
            raise tarfile.ReadError(f"an extended header gives no {key}, or several")
        if key in _NUMBERS and not _NUMBERS[key].fullmatch(value):
            raise tarfile.ReadError(f"an extended header has a {key} that is no number")
        said[key] = value
    return said


def _records(content: bytes) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(content):
        found = _RECORD.match(content, at)
        end = at + int(found[1]) if found else 0
        if not found or not found.end() < end <= len(content) or content[end - 1] != ord("\n"):
            raise tarfile.ReadError("an extended header cannot be read")
        value = content[found.end() : end - 1]
        yield found[2].decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape")
        at = end
