"""What METS documents say of files, held against the files: there, as long and as digested as said.

CSIP 2.x: CSIP24 to CSIP30 (descriptive metadata), CSIP38 to CSIP44 (provenance), CSIP51 to
CSIP57 (rights), CSIP66 to CSIP79 (files), CSIP110 (METS of a representation).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from luutru.fixity.check import Wanted
from luutru.fixity.digest import UnknownAlgorithm, digest_of, digest_size, normalise
from luutru.fixity.verdict import Outcome
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import href_path
from luutru.packaging.contents import Contents, Progress
from luutru.packaging.paths import is_safe

# A text that went through a text-mode transfer or a version control is told by reading it whole.
_LARGEST_TEXT = 32 << 20
_MOST_DIGITS = 40


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
    wrong_sizes: list[tuple[str, str, Clause]] = field(default_factory=list)
    """(path, what is stated, by which clause); reported when the digests are compared, or by ``report_listing``."""

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
        if stated and not is_number(stated, size):
            self.wrong_sizes.append((path, stated[:140], clause))
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
        """Read what is named, and say what is not as it was, or not named."""
        explained: set[str] = set()
        for verdict in self.contents.check(self.digests, progress):
            if verdict.outcome is Outcome.ALTERED:
                clause = self.clauses.get(verdict.path, FILE)
                if self._line_ends_changed(verdict.path):
                    explained.add(verdict.path)
                    self.report.add(f"{clause.checksum}/line-ends", verdict.path, algorithm=verdict.detail)
                else:
                    self.report.add(f"{clause.checksum}/differs", verdict.path, algorithm=verdict.detail)
            elif verdict.outcome is not Outcome.INTACT:
                self.report.add("XML-UNREADABLE", verdict.path, reason=verdict.detail or verdict.outcome)
        # What is stated was right before the line ends were changed: that is one fault, and has been said.
        self.wrong_sizes = [wrong for wrong in self.wrong_sizes if wrong[0] not in explained]
        self.report_listing()

    def report_listing(self) -> None:
        """Say what needs no reading: which sizes are not those of the files, which files no METS names."""
        for path, stated, clause in self.wrong_sizes:
            self.report.add(
                f"{clause.size}/differs", path, stated=stated, found=self.contents.sizes.get(path, 0)
            )
        for path in self.contents.sizes:
            if path not in self.named:
                self.report.add("CSIP66/not-named", path)

    def _line_ends_changed(self, path: str) -> bool:
        """Whether an altered file is as it was digested but for line ends (LF, or CR LF)."""
        if self.contents.sizes[path] > _LARGEST_TEXT:
            return False
        try:
            with self.contents.open(path) as stream:
                data = stream.read()
        except OSError:
            return False
        if b"\0" in data or b"\n" not in data:
            return False
        plain = data.replace(b"\r\n", b"\n")
        return any(
            all(digest_of(algorithm, text) == digest for algorithm, digest in self.digests[path])
            for text in (plain, plain.replace(b"\n", b"\r\n"))
        )


def is_number(text: str, number: int) -> bool:
    """Whether a text is this number in digits; Python refuses to read numbers of thousands of them."""
    text = text.strip()
    return text.isdecimal() and len(text) < _MOST_DIGITS and int(text) == number
