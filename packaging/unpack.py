"""Gets at the files of a package whatever its carrier: folder, zip, tar or tar.gz.

Hostile until shown otherwise: nothing is written outside the target, no link is made, limits
hold, and everything wrong is a finding.  Each submitted byte is read once.
"""

import os
import re
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from heapq import nsmallest
from pathlib import Path

from luutru.fixity.check import Progress
from luutru.fixity.copying import CannotWrite, copy_files
from luutru.fixity.digest import ALGORITHMS, ChangedWhileRead, FileDigest, UnknownAlgorithm, normalise
from luutru.fixity.read_ahead import ReadAhead
from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Report
from luutru.packaging.container_tar import unpack_tar
from luutru.packaging.container_zip import packed, unpack_zip
from luutru.packaging.contents import Contents
from luutru.packaging.intake import BeyondLimits, Intake, Limits, admits_name
from luutru.packaging.paths import collisions
from luutru.packaging.zip_directory import Directory, TooManyEntries, ZipDamage, read_directory
from luutru.packaging.zip_entries import read_head

__all__ = ["Limits", "carrier", "look", "unpack"]

# What the archive itself keeps of every file, whatever the producer declared.
OURS = ("sha256", "sha512")
# A tar is read in one pass, before its manifests are known: what producers use is taken then.
LIKELY = ("md5", "sha1", *OURS)

_MANIFEST = re.compile(r"(?:^|/)(?:tag)?manifest-([A-Za-z0-9_\-]+)\.txt$")
_METS = re.compile(r"(?:^|/)METS\.xml$")
_CHECKSUM_TYPE = re.compile(rb"CHECKSUMTYPE\s*=\s*[\"']([^\"']{1,20})[\"']")
_HEAD = 1 << 20
# METS documents looked at beforehand, those of the package first: looking costs time before any limit holds.
_MOST_METS = 32


def unpack(
    source: Path, target: Path, report: Report, *, limits: Limits, progress: Progress | None = None
) -> Contents:
    """Copy or unpack a package into the new folder ``target``; its digests are taken on the way.

    Raises FileNotFoundError when there is nothing at the path, OSError where the target
    cannot be written.
    """
    kind = carrier(source)
    if kind == "folder":
        contents = _copy_folder(source, target, report, limits, progress)
    else:
        contents = _unpack_file(source, kind, target, report, limits, OURS, progress)
    _look_over(contents, report)
    return contents


def look(
    source: Path,
    report: Report,
    *,
    limits: Limits,
    scratch: Path,
    reading: bool = True,
    progress: Progress | None = None,
) -> Contents:
    """A package's files for validation: a folder where it lies, another carrier unpacked into ``scratch``.

    Only digests that the producer declared are taken on the way; where ``reading`` is false,
    the files of a folder are listed alone.  Raises as ``unpack``.
    """
    kind = carrier(source)
    if kind == "folder":
        ahead = _ahead_of_bag(source, progress) if reading else None
        contents = _list_folder(source, report, limits, ahead)
    else:
        contents = _unpack_file(source, kind, scratch, report, limits, (), progress)
    _look_over(contents, report)
    return contents


def carrier(source: Path) -> str | None:
    """The carrier (``folder``, ``zip``, ``tar``, ``tar.gz``, None for another), told by its first bytes.

    Raises OSError where it cannot be read.
    """
    mode = source.stat().st_mode
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        return None
    with source.open("rb") as file:
        head = file.read(512)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "tar.gz"
    return "tar" if head[257:262] == b"ustar" or _is_old_tar(head) else None


def _is_old_tar(head: bytes) -> bool:
    """A tar of before POSIX has no magic; its header has a checksum."""
    if len(head) < 512 or not head.strip(b"\0"):
        return False
    try:
        stated = int(head[148:156].strip(b"\0 ") or b"x", 8)
    except ValueError:
        return False
    return stated == sum(head[:148]) + 8 * 32 + sum(head[156:])


def _unpack_file(
    source: Path,
    kind: str | None,
    target: Path,
    report: Report,
    limits: Limits,
    ours: tuple[str, ...],
    progress: Progress | None,
) -> Contents:
    before = source.stat()
    directory = _directory(source, limits, report) if kind == "zip" else None
    algorithms: tuple[str, ...] = LIKELY if ours else ()
    if directory is not None:
        algorithms = _declared_in(source, directory, ours)
    intake = Intake(target, report, limits, algorithms, packed=before.st_size, progress=progress)
    try:
        if kind is None:
            report.add("LUUTRU-UNPACK/not-a-package", source.name)
        elif directory is not None:
            unpack_zip(source, directory, intake, report)
        elif kind != "zip":
            unpack_tar(source, intake, report, gzipped=kind == "tar.gz")
    except BeyondLimits:
        pass  # the finding says so
    after = source.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        report.add("LUUTRU-UNPACK/changed", source.name)
    return intake.contents()


def _directory(source: Path, limits: Limits, report: Report) -> Directory | None:
    try:
        with source.open("rb") as file:
            return read_directory(file, most=limits.entries)
    except TooManyEntries:
        report.add("LUUTRU-UNPACK/too-many", limit=limits.entries)
    except ZipDamage as error:
        report.add("LUUTRU-UNPACK/damaged", reason=error)
    return None


def _declared_in(source: Path, directory: Directory, ours: tuple[str, ...]) -> tuple[str, ...]:
    entries = {entry.name: entry for entry in directory.entries}
    return declared(entries, lambda name: read_head(str(source), packed(entries[name]), _HEAD), ours)


def _ahead_of_bag(source: Path, progress: Progress | None) -> ReadAhead | None:
    """A bag's files are read while they are listed: its manifests' names tell the digests to take."""
    try:
        names = os.listdir(source)
    except OSError:
        return None
    algorithms = declared(names, lambda _: b"", ours=()) if "bagit.txt" in names else ()
    return ReadAhead(source, algorithms, progress=progress) if algorithms else None


def _list_folder(source: Path, report: Report, limits: Limits, ahead: ReadAhead | None = None) -> Contents:
    listing = list_files(source, found=ahead.add if ahead else None)
    if ahead:
        ahead.close()
    for path, what in listing.others:
        if what == "undecodable":
            report.add("LUUTRU-NAME/not-text", path, name=path)
        elif what == "link":
            report.add("LUUTRU-UNPACK/link", path, what="symbolic link")
        elif what == "unreadable":
            report.add("LUUTRU-UNPACK/unreadable", path, reason="permission")
        else:
            report.add("LUUTRU-UNPACK/not-a-file", path, what=what)
    sizes = listing.sizes
    if len(sizes) > limits.entries:
        report.add("LUUTRU-UNPACK/too-many", limit=limits.entries)
        sizes = {}
    if sum(sizes.values()) > limits.bytes:
        report.add("LUUTRU-UNPACK/too-large", limit=limits.bytes)
        sizes = {}
    kept = {path: size for path, size in sizes.items() if admits_name(path, report)}
    return Contents(source, kept, folders=listing.folders, ahead=ahead)


def _copy_folder(
    source: Path, target: Path, report: Report, limits: Limits, progress: Progress | None
) -> Contents:
    listed = _list_folder(source, report, limits)
    algorithms = declared(listed.sizes, lambda name: _head(source / name))
    sizes: dict[str, int] = {}
    digests: dict[str, tuple[bytes, ...]] = {}
    target.mkdir(parents=True)
    names = {path: path for path in listed.sizes}
    for path, result in copy_files(source, target, names, listed.sizes, algorithms, progress=progress):
        if isinstance(result, FileDigest):
            sizes[path] = result.size
            digests[path] = result.digests
        else:
            _not_copied(path, result, report)
    return Contents(target, sizes, algorithms, digests, listed.folders)


def _not_copied(path: str, error: OSError, report: Report) -> None:
    if isinstance(error, CannotWrite):
        raise error
    if isinstance(error, ChangedWhileRead):
        report.add("LUUTRU-UNPACK/changed", path)
    elif isinstance(error, FileNotFoundError | NotADirectoryError):
        report.add("LUUTRU-UNPACK/vanished", path)
    else:
        report.add("LUUTRU-UNPACK/unreadable", path, reason=error.strerror or error)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def declared(
    names: Iterable[str], read_head: Callable[[str], bytes], ours: tuple[str, ...] = OURS
) -> tuple[str, ...]:
    """Our algorithms and those the producer declared: by manifest names, and in METS documents."""
    said: set[str] = set()
    documents: list[str] = []
    for name in names:
        if manifest := _MANIFEST.search(name):
            said.add(manifest[1])
        elif _METS.search(name):
            documents.append(name)
    for name in nsmallest(_MOST_METS, documents, key=lambda name: name.count("/")):
        said |= {match.decode("ascii", "replace") for match in _CHECKSUM_TYPE.findall(read_head(name))}
    found = set(ours)
    for algorithm in said:
        with suppress(UnknownAlgorithm):
            found.add(normalise(algorithm))
    return tuple(name for name in ALGORITHMS if name in found)


def _look_over(contents: Contents, report: Report) -> None:
    if not contents.sizes and report.valid:
        report.add("LUUTRU-UNPACK/empty")
    for folder in sorted(contents.folders):
        report.add("LUUTRU-UNPACK/empty-folder", folder)
    for path, other, case in collisions(contents.sizes):
        report.add(f"LUUTRU-NAME/{case}", path, name=path, other=other)
