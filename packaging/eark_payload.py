"""What METS documents say of files, held against the files: there, as long and as digested as said.

CSIP 2.x: CSIP24 to CSIP30 (descriptive metadata), CSIP38 to CSIP44 (provenance), CSIP51 to
CSIP57 (rights), CSIP66 to CSIP79 (files), CSIP110 (METS of a representation).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from luutru.fixity.check import Wanted
from luutru.fixity.digest import UnknownAlgorithm, digest_size, normalise
from luutru.fixity.verdict import Outcome
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import href_path
from luutru.packaging.contents import Contents, Progress
from luutru.packaging.paths import is_safe


class Clause(NamedTuple):
    """The requirements on a reference to a file: where it is, its size, its checksum, the algorithm."""

    href: str
    size: str
    checksum: str
    algorithm: str


FILE = Clause("CSIP79", "CSIP69", "CSIP71", "CSIP72")
OTHER_METADATA = FILE
"""Technical and source metadata have no requirements of their own."""
BY_SECTION = {
    "dmdSec": Clause("CSIP24", "CSIP27", "CSIP29", "CSIP30"),
    "digiprovMD": Clause("CSIP38", "CSIP41", "CSIP43", "CSIP44"),
    "rightsMD": Clause("CSIP51", "CSIP54", "CSIP56", "CSIP57"),
}
METS_POINTER = FILE._replace(href="CSIP110")


@dataclass(slots=True)
class Payload:
    """The files that METS documents name, and what they say of them."""

    contents: Contents
    report: Report
    named: set[str] = field(default_factory=set)
    digests: dict[str, Wanted] = field(default_factory=dict)
    clauses: dict[str, Clause] = field(default_factory=dict)
    """By path; only where it is not FILE."""

    def expect(self, folder: str, locator: dict[str, str], said: dict[str, str], clause: Clause) -> None:
        """Note what the METS in ``folder`` says of one file; say at once what needs no reading."""
        href = locator.get("xlink:href", "")
        if not href.strip():
            return  # reported under its requirement
        named = href_path(href)
        if not is_safe(named) or "://" in named:
            self.report.add(f"{clause.href}/outside", f"{folder}METS.xml", href=href)
            return
        path = folder + named
        self.named.add(path)
        size = self.contents.sizes.get(path)
        if size is None:
            self.report.add(f"{clause.href}/missing", path, mets=f"{folder}METS.xml")
            return
        stated = said.get("SIZE", "")
        if stated and (not stated.isdecimal() or int(stated) != size):
            self.report.add(f"{clause.size}/differs", path, stated=stated, found=size)
        self._digest(path, said, clause)

    def _digest(self, path: str, said: dict[str, str], clause: Clause) -> None:
        kind, value = said.get("CHECKSUMTYPE", ""), said.get("CHECKSUM", "").strip()
        if not (kind and value):
            return
        try:
            algorithm = normalise(kind)
        except UnknownAlgorithm:
            self.report.add(f"{clause.algorithm}/unknown", path, value=kind)
            return
        try:
            digest = bytes.fromhex(value)
        except ValueError:
            digest = b""
        if len(digest) != digest_size(algorithm):
            self.report.add(f"{clause.checksum}/form", path, value=value[:140], algorithm=kind)
            return
        # A file may be named twice, by the root METS and by its representation's.
        earlier = self.digests.setdefault(path, ((algorithm, digest),))
        known = dict(earlier)
        if known.setdefault(algorithm, digest) != digest:
            self.report.add(f"{clause.checksum}/contradiction", path)
        elif len(known) > len(earlier):
            self.digests[path] = tuple(known.items())
        if clause is not FILE:
            self.clauses[path] = clause

    def check(self, progress: Progress | None) -> None:
        """Read what is named, and say what is not named."""
        for verdict in self.contents.check(self.digests, progress):
            if verdict.outcome is Outcome.ALTERED:
                clause = self.clauses.get(verdict.path, FILE)
                self.report.add(f"{clause.checksum}/differs", verdict.path, algorithm=verdict.detail)
            elif verdict.outcome is not Outcome.INTACT:
                self.report.add("XML-UNREADABLE", verdict.path, reason=verdict.detail or verdict.outcome)
        for path in self.contents.sizes:
            if path not in self.named:
                self.report.add("CSIP66/not-named", path)
