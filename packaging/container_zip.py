"""Unpacks a zip (APPNOTE 6.3; ZIP64), trusting nothing its directory says.

Everything is planned from the directory, so that limits hold before a byte is written; then the
entries, which are independent, are unpacked on all cores, none beyond the size it states.
"""

import stat
from collections.abc import Iterator
from pathlib import Path

from luutru.fixity.digest import FileDigest
from luutru.fixity.parallel import in_batches, run, workers_for
from luutru.metadata_profiles.finding import Report
from luutru.packaging.intake import Intake
from luutru.packaging.zip_directory import Directory, Entry
from luutru.packaging.zip_entries import DEFLATED, STORED, BadEntry, Packed, local_length, unpack_entries

_HAS_DESCRIPTOR = 0x8
_LONGEST_DESCRIPTOR = 24
_METHODS = {9: "Deflate64", 12: "BZip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd", 99: "AES"}


def unpack_zip(source: Path, directory: Directory, intake: Intake, report: Report) -> None:
    """Take every entry of a zip in.  Raises BeyondLimits; OSError where source or target refuse."""
    loose = _loose_bytes(source, directory)
    if loose is None:
        report.add("LUUTRU-UNPACK/overlap")
        return
    if loose:
        report.add("LUUTRU-UNPACK/loose-bytes", count=loose)
    swapped = sum(entry.backslashes for entry in directory.entries)
    if swapped:
        report.add("LUUTRU-UNPACK/backslashes", count=swapped)
    plan = []
    for entry in directory.entries:
        if _admitted(entry, intake, report):
            intake.count(entry.size)
            if intake.claims(entry.name):
                plan.append(packed(entry))
    each = [entry.size for entry in plan]
    crew = workers_for(len(plan), sum(each), max(each, default=0))
    batches = in_batches((entry, entry.size) for entry in plan)
    shared = (str(source), str(intake.target), intake.algorithms)
    for batch, results in run(unpack_entries, shared, batches, crew):
        for entry, result in zip(batch, results, strict=True):
            if isinstance(result, FileDigest):
                intake.took(entry.path, result)
            else:
                report.add("LUUTRU-UNPACK/damaged", entry.path, reason=result)


def packed(entry: Entry) -> Packed:
    """What unpacking one entry needs to know."""
    return Packed(
        entry.name,
        entry.raw_name,
        entry.offset,
        entry.packed,
        entry.size,
        entry.crc,
        entry.method,
        entry.flags,
    )


def _admitted(entry: Entry, intake: Intake, report: Report) -> bool:
    """Whether an entry is a file to unpack; whatever else it is, is said."""
    name = entry.name
    if name.endswith("/"):
        intake.folder(name.rstrip("/"))
        if entry.size:
            report.add("LUUTRU-UNPACK/not-a-file", name, what="folder with content")
        return False
    if not intake.admits(name):
        return False
    if entry.guessed:
        report.add("LUUTRU-NAME/guessed", name, name=name)
    if stat.S_ISLNK(entry.mode):
        report.add("LUUTRU-UNPACK/link", name, what="symbolic link")
    elif stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG):
        report.add("LUUTRU-UNPACK/not-a-file", name, what="special file")
    elif entry.encrypted:
        report.add("LUUTRU-UNPACK/encrypted", name)
    elif entry.method not in (STORED, DEFLATED):
        report.add("LUUTRU-UNPACK/method", name, method=_METHODS.get(entry.method, str(entry.method)))
    else:
        return True
    return False


def _loose_bytes(source: Path, directory: Directory) -> int | None:
    """How many bytes belong to no entry; None where two entries share some (a small zip can hold petabytes so)."""
    loose, end = directory.loose, 0
    for start, next_end, slack in _spans(source, directory):
        if start < end:
            return None
        if start - end > slack:
            loose += start - end
        end = next_end
    return loose


def _spans(source: Path, directory: Directory) -> Iterator[tuple[int, int, int]]:
    """Of every entry in their order in the file, at last of the directory: start, end, and what may lie before it."""
    slack = 0
    with source.open("rb") as file:
        for entry in sorted(directory.entries, key=lambda entry: entry.offset):
            try:
                header = local_length(file.fileno(), packed(entry))
            except BadEntry:
                header = 30 + len(entry.raw_name)  # unpacking it will say so
            yield entry.offset, entry.offset + header + entry.packed, slack
            slack = _LONGEST_DESCRIPTOR if entry.flags & _HAS_DESCRIPTOR else 0
    yield directory.start, directory.start, slack
