"""The bytes of an OCFL object against manifests and fixity blocks (OCFL 1.0 and 1.1, sections 3.4 to 3.5).

Reading begins while the object is still listed and its inventories are parsed: the sidecar's
name tells the digest of the manifest, a glance at the inventory those of its fixity blocks.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from luutru.fixity.check import Progress, digest_files
from luutru.fixity.digest import ALGORITHMS, FileDigest
from luutru.fixity.read_ahead import ReadAhead
from luutru.fixity.verdict import Outcome
from luutru.fixity.walk import Listing
from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.examine import CONTENT_ALGORITHMS, HEX_LENGTHS, SeenInventory

_FIXITY = re.compile(rb'"fixity"\s*:')
_ALGORITHM = re.compile(rb'"(' + b"|".join(name.encode() for name in HEX_LENGTHS) + rb')"\s*:\s*\{')
_BLOCK = 1 << 20
_SEAM = 64
_LARGEST_GLANCE = 1 << 30


@dataclass(frozen=True, slots=True)
class Claim:
    """One inventory's statement about files: path -> hexadecimal digest by one algorithm."""

    where: str
    block: str
    algorithm: str
    digests: Mapping[str, str]


def begin_reading(root: Path, progress: Progress | None = None) -> ReadAhead | None:
    """Make ready to read an object's files as they are listed; None where no sidecar tells a digest."""
    try:
        names = os.listdir(root)
    except OSError:
        return None
    found = {name for name in CONTENT_ALGORITHMS if f"inventory.json.{name}" in names}
    if not found:
        return None
    found |= _fixity_algorithms(root / "inventory.json")
    return ReadAhead(root, [name for name in ALGORITHMS if name in found], progress=progress)


def _fixity_algorithms(inventory: Path) -> set[str]:
    """The algorithms that an inventory's fixity block seems to use; a guess that only saves time."""
    found: set[str] = set()
    within = False
    try:
        if not stat.S_ISREG(inventory.lstat().st_mode):
            return found  # a pipe would hold us up for ever; the listing says what it is
        with inventory.open("rb") as file:
            seam, read = b"", 0
            while (block := file.read(_BLOCK)) and read < _LARGEST_GLANCE:
                read += len(block)
                text = seam + block
                within = within or b'"fixity"' in text and _FIXITY.search(text) is not None
                if within:
                    found |= {name.decode() for name in _ALGORITHM.findall(text)}
                seam = text[-_SEAM:]
    except OSError:
        return set()
    return found


def examine_digests(
    folder: Path,
    listing: Listing,
    root: SeenInventory,
    inventories: Mapping[str, SeenInventory],
    ahead: ReadAhead | None,
    report: Report,
) -> None:
    """Compare every content file with what every inventory says of it; what was not read yet is read."""
    claims = _claims(root, inventories)
    _compare_sizes(listing, [claim for claim in claims if claim.algorithm == "size"], report)
    claims = [claim for claim in claims if claim.algorithm in ALGORITHMS]
    read: set[str] = set(ahead.algorithms) if ahead else set()
    told: set[str] = set()
    if ahead:
        for claim in (claim for claim in claims if claim.algorithm in read):
            _compare(folder, listing, claim, ahead, told, report)
    late = [claim for claim in claims if claim.algorithm not in read]
    if late:
        sizes = {path: size for path, size in listing.sizes.items() if any(path in c.digests for c in late)}
        algorithms = [name for name in ALGORITHMS if any(name == claim.algorithm for claim in late)]
        second = ReadAhead.of(folder, sizes, algorithms)
        for claim in late:
            _compare(folder, listing, claim, second, told, report)


def _compare(
    folder: Path, listing: Listing, claim: Claim, ahead: ReadAhead, told: set[str], report: Report
) -> None:
    """Report what is not as a claim says; ``told`` are the files that were called unreadable before."""
    digests = {path: _raw(digest) for path, digest in claim.digests.items()}
    unread: dict[str, int] = {}
    for fault in ahead.faults([(claim.algorithm, digests)]):
        if fault.path not in listing.sizes:
            continue  # said already: the manifest names a file that is not there
        if fault.outcome is Outcome.ALTERED and fault.detail == claim.algorithm:
            _say_altered(fault.path, claim, report)
        else:
            unread[fault.path] = listing.sizes[fault.path]
    # Passed over before (an inventory that a manifest names), or refused: only now asked for the reason.
    for path, found in digest_files(folder, unread, [claim.algorithm]) if unread else ():
        if not isinstance(found, FileDigest):
            if path not in told:
                report.add("LUUTRU-OCFL/unreadable", path, what=found.strerror or found)
            told.add(path)
        elif found.digests[0] != digests[path]:
            _say_altered(path, claim, report)


def _say_altered(path: str, claim: Claim, report: Report) -> None:
    rule_id = "E092" if claim.block == "manifest" else "E093"
    report.add(rule_id, path, algorithm=claim.algorithm, inventory=claim.where)


def _raw(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return b""  # of no file: it was said that it is no digest


def _claims(root: SeenInventory, inventories: Mapping[str, SeenInventory]) -> list[Claim]:
    """What all inventories say, what an earlier one only repeats left out."""
    claims: list[Claim] = []
    known: dict[str, list[Mapping[str, str]]] = {}
    for seen in (root, *(prior for prior in inventories.values() if prior is not root)):
        blocks = [("manifest", seen.algorithm, seen.manifest)] if seen.algorithm else []
        blocks += [("fixity", algorithm, block) for algorithm, block in seen.fixity.items()]
        for name, algorithm, block in blocks:
            before = known.setdefault(f"{name} {algorithm}", [])
            new: Mapping[str, str] = block
            if before:
                new = {p: digest for p, digest in block.items() if all(b.get(p) != digest for b in before)}
            if new:
                before.append(new)
                claims.append(Claim(seen.where, name, algorithm, new))
    return claims


def _compare_sizes(listing: Listing, claims: list[Claim], report: Report) -> None:
    for claim in claims:
        for path, stated in claim.digests.items():
            if path in listing.sizes and stated != str(listing.sizes[path]):
                report.add("E093", path, algorithm="size", inventory=claim.where)
