"""E-ARK information packages (CSIP, SIP, AIP, DIP 2.x): structure, METS, and the payload itself."""

from dataclasses import dataclass, field

from lxml import etree

from luutru.fixity.check import Wanted
from luutru.fixity.digest import UnknownAlgorithm, digest_size, normalise
from luutru.fixity.verdict import Outcome
from luutru.metadata_profiles.csip import check_csip, check_file
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import FileGroup, Mets, Q, attributes, href_path, read_mets
from luutru.metadata_profiles.sip import check_dip, check_sip, declares_sip, package_type
from luutru.packaging.contents import Contents, Progress
from luutru.packaging.eark_structure import check_structure
from luutru.packaging.paths import is_safe

METS_NAME = "METS.xml"


@dataclass(frozen=True, slots=True)
class EarkPackage:
    """What an E-ARK package says of itself."""

    objid: str
    package_type: str
    label: str
    representations: tuple[str, ...]
    mets_paths: tuple[str, ...]


def validate_eark(
    contents: Contents, report: Report, *, schema_only: bool = False, progress: Progress | None = None
) -> EarkPackage:
    """Check a package's structure, its root and representation METS, and every file they name.

    With ``schema_only`` no payload file is looked at.  Nothing is raised for bad content.
    """
    check_structure(contents, report)
    if METS_NAME not in contents.sizes:
        return EarkPackage("", "", "", (), ())
    payload = _Payload(contents)
    root = _read(contents, "", report, payload)
    check_csip(root, report)
    if declares_sip(root):
        check_sip(root, report)
    elif package_type(root) == "DIP":
        check_dip(root, report)
    paths = [METS_NAME]
    for folder in _representations(contents):
        if f"{folder}/{METS_NAME}" in contents.sizes:
            paths.append(f"{folder}/{METS_NAME}")
            check_csip(_read(contents, f"{folder}/", report, payload), report, representation=True)
    if not schema_only:
        payload.check(report, progress)
    said = root.root
    names = tuple(folder.partition("/")[2] for folder in _representations(contents))
    return EarkPackage(said.get("OBJID", ""), package_type(root), said.get("LABEL", ""), names, tuple(paths))


def _representations(contents: Contents) -> list[str]:
    found = {
        "/".join(path.split("/", 2)[:2])
        for path in contents.sizes
        if path.startswith("representations/") and path.count("/") > 1
    }
    return sorted(found)


def _read(contents: Contents, folder: str, report: Report, payload: "_Payload") -> Mets:
    location = f"{folder}{METS_NAME}"
    payload.named.add(location)

    def on_file(element: etree._Element, group: FileGroup | None) -> None:
        check_file(element, location, report)
        for locator in element.iterfind(f"{Q}FLocat"):
            payload.expect(folder, attributes(locator), attributes(element), location, report)

    try:
        with contents.open(location) as stream:
            mets = read_mets(stream, report, location, on_file)
    except OSError as error:
        report.add("XML-UNREADABLE", location, reason=error.strerror or error)
        return Mets(location)
    for section in [*mets.dmd_secs, *mets.amd_secs]:
        for reference in section.iter(f"{Q}mdRef"):
            said = attributes(reference)
            payload.expect(folder, said, said, location, report)
    return mets


@dataclass(slots=True)
class _Payload:
    """What the METS documents say of files, to be held against the files."""

    contents: Contents
    named: set[str] = field(default_factory=set)
    digests: dict[str, Wanted] = field(default_factory=dict)

    def expect(
        self,
        folder: str,
        locator: dict[str, str],
        said: dict[str, str],
        location: str,
        report: Report,
    ) -> None:
        """Note what is said of one file; say at once what can be said without reading it."""
        href = locator.get("xlink:href", "")
        if not href.strip():
            return  # reported under its requirement
        path = folder + href_path(href)
        if not is_safe(href_path(href)) or "://" in href_path(href):
            report.add("CSIP79/outside", location, href=href)
            return
        self.named.add(path)
        size = self.contents.sizes.get(path)
        if size is None:
            report.add("CSIP79/missing", path, mets=location)
            return
        stated = said.get("SIZE", "")
        if stated and (not stated.isdecimal() or int(stated) != size):
            report.add("CSIP69/differs", path, stated=stated, found=size)
        self._digest(path, said, report)

    def _digest(self, path: str, said: dict[str, str], report: Report) -> None:
        kind, value = said.get("CHECKSUMTYPE", ""), said.get("CHECKSUM", "").strip()
        if not (kind and value):
            return
        try:
            algorithm = normalise(kind)
        except UnknownAlgorithm:
            report.add("CSIP72/unknown", path, value=kind)
            return
        try:
            digest = bytes.fromhex(value)
        except ValueError:
            digest = b""
        if len(digest) != digest_size(algorithm):
            report.add("CSIP71/form", path, value=value[:140], algorithm=kind)
            return
        # A file may be named twice, by the root METS and by its representation's.
        earlier = self.digests.setdefault(path, ((algorithm, digest),))[0]
        if earlier[0] == algorithm and earlier[1] != digest:
            report.add("CSIP71/contradiction", path)

    def check(self, report: Report, progress: Progress | None) -> None:
        """Read what is named, and say what is not named."""
        for verdict in self.contents.check(self.digests, progress):
            if verdict.outcome is Outcome.ALTERED:
                report.add("CSIP71/differs", verdict.path, algorithm=verdict.detail)
            elif verdict.outcome is not Outcome.INTACT:
                report.add("XML-UNREADABLE", verdict.path, reason=verdict.detail or verdict.outcome)
        for path in self.contents.sizes:
            if path not in self.named:
                report.add("CSIP66/not-named", path)
