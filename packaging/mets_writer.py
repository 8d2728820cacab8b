"""Writes the root METS of an E-ARK package (METS 1.12, CSIP 2.x) by streaming.

The writer knows nothing of the validator in ``metadata_profiles``: each would hide the
other's faults.  All files are listed in the root METS, also those of a representation that
has a METS of its own, so that one document proves the whole package.
"""

import mimetypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal
from urllib.parse import quote

from luutru.packaging.xml_text import DECLARATION, attribute, element, start, text

METS = "http://www.loc.gov/METS/"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
XLINK = "http://www.w3.org/1999/xlink"
_NAMES = {"xmlns": METS, "xmlns:csip": CSIP, "xmlns:xlink": XLINK}

PROFILES = {
    "SIP": "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml",
    "AIP": "https://earkaip.dilcis.eu/profile/E-ARK-AIP.xml",
    "DIP": "https://earkdip.dilcis.eu/profile/E-ARK-DIP.xml",
}

PackageType = Literal["SIP", "AIP", "DIP"]


@dataclass(frozen=True, slots=True)
class MetsFile:
    """A file that the METS points to: path from the METS, size in bytes, SHA-256, MIME type."""

    path: str
    size: int
    sha256: str
    mime: str = ""


@dataclass(frozen=True, slots=True)
class MetsHeader:
    """What the METS says of the package as a whole; ``agency`` is (name, code) of who handed it over."""

    object_id: str
    package_type: PackageType
    label: str
    created: datetime
    software: tuple[str, str]
    agency: tuple[str, str]


def write_mets(out: BinaryIO, header: MetsHeader, files: Iterable[MetsFile]) -> None:
    """Write a root METS over the files of a package (itself left out), sorted into their places by path.

    Raises OSError where ``out`` cannot be written.
    """
    places = _Places(files)
    out.writelines(line.encode() + b"\n" for line in _lines(header, places, header.created.isoformat()))


def _lines(header: MetsHeader, places: "_Places", created: str) -> Iterator[str]:
    attributes = {
        **_NAMES,
        "OBJID": header.object_id,
        "TYPE": "Mixed",
        "LABEL": header.label or header.object_id,
        "PROFILE": PROFILES[header.package_type],
        "csip:CONTENTINFORMATIONTYPE": "MIXED",
    }
    yield DECLARATION + start("mets", attributes)
    yield _header(header, created)
    for number, file in enumerate(places.descriptive):
        section = {"ID": f"dmd-{number}", "CREATED": created, "STATUS": "CURRENT"}
        yield element("dmdSec", section, _md_ref(file, created))
    if places.preservation:
        yield _administrative(places.preservation, created)
    if places.groups:
        yield start("fileSec", {"ID": "file-section"})
        for group in places.groups:
            yield from _file_group(group, created)
        yield "</fileSec>"
    yield _structure(header, places)
    yield "</mets>"


@dataclass(slots=True)
class _Group:
    """A fileGrp: its USE, its id, its files, and the representation METS among them if there is one."""

    use: str
    id: str
    files: list[MetsFile]
    mets: MetsFile | None = None


class _Places:
    """Files sorted by what the folder they lie in means (CSIP, section 4)."""

    def __init__(self, files: Iterable[MetsFile]) -> None:
        self.descriptive: list[MetsFile] = []
        self.preservation: list[MetsFile] = []
        groups: dict[str, list[MetsFile]] = {}
        for file in files:
            top, _, rest = file.path.partition("/")
            if file.path.startswith(("metadata/descriptive/", "metadata/other/")):
                self.descriptive.append(file)
            elif file.path.startswith("metadata/preservation/"):
                self.preservation.append(file)
            elif top == "representations" and "/" in rest:
                groups.setdefault(f"Representations/{rest.partition('/')[0]}", []).append(file)
            else:
                groups.setdefault(top.capitalize() if rest else "Other", []).append(file)
        self.groups = [self._group(number, use, groups[use]) for number, use in enumerate(sorted(groups))]

    def _group(self, number: int, use: str, files: list[MetsFile]) -> _Group:
        own = use.replace("Representations/", "representations/") + "/METS.xml"
        mets = next((file for file in files if file.path == own), None)
        return _Group(use, f"group-{number}", files, mets)


def _header(header: MetsHeader, created: str) -> str:
    software, agency = header.software, header.agency
    # Who made the package: of a SIP the agency, of an AIP or DIP the archive's software.
    submitter = {"ROLE": "OTHER", "OTHERROLE": "SUBMITTER"}
    if header.package_type == "SIP":
        submitter = {"ROLE": "CREATOR"}
    attributes = {
        "CREATEDATE": created,
        "LASTMODDATE": created,
        "RECORDSTATUS": "NEW",
        "csip:OAISPACKAGETYPE": header.package_type,
    }
    return element(
        "metsHdr",
        attributes,
        element(
            "agent",
            {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"},
            element("name", None, text(software[0])),
            element("note", {"csip:NOTETYPE": "SOFTWARE VERSION"}, text(software[1])),
        ),
        element(
            "agent",
            {**submitter, "TYPE": "ORGANIZATION"},
            element("name", None, text(agency[0] or agency[1])),
            element("note", {"csip:NOTETYPE": "IDENTIFICATIONCODE"}, text(agency[1])),
        ),
    )


def _administrative(files: list[MetsFile], created: str) -> str:
    sections = [
        element(
            "digiprovMD",
            {"ID": f"digiprov-{number}", "CREATED": created, "STATUS": "CURRENT"},
            _md_ref(file, created, "PREMIS"),
        )
        for number, file in enumerate(files)
    ]
    return element("amdSec", {"ID": "administrative"}, *sections)


def _md_ref(file: MetsFile, created: str, kind: str = "") -> str:
    name = file.path.rpartition("/")[2].lower()
    guessed = "EAD" if name.startswith("ead") else "DC" if name.startswith("dc") else "OTHER"
    attributes = {
        "LOCTYPE": "URL",
        "xlink:type": "simple",
        "xlink:href": quote(file.path),
        "MDTYPE": kind or guessed,
        **_facts(file, created),
    }
    if attributes["MDTYPE"] == "OTHER":
        attributes["OTHERMDTYPE"] = "OTHER"
    return element("mdRef", attributes)


def _facts(file: MetsFile, created: str) -> dict[str, str]:
    return {
        "MIMETYPE": _mime(file),
        "SIZE": str(file.size),
        "CREATED": created,
        "CHECKSUM": file.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }


def _mime(file: MetsFile) -> str:
    return file.mime or mimetypes.guess_type(file.path)[0] or "application/octet-stream"


def _file_group(group: _Group, created: str) -> Iterator[str]:
    attributes = {"ID": group.id, "USE": group.use}
    if group.use.startswith("Representations"):
        attributes["csip:CONTENTINFORMATIONTYPE"] = "MIXED"
    yield start("fileGrp", attributes)
    prefix = group.id.replace("group", "file")
    for number, file in enumerate(group.files):
        # Written out in full: there is one for each file; nothing in it needs escaping but the MIME type.
        yield (
            f'<file ID="{prefix}-{number}" MIMETYPE="{attribute(_mime(file))}" SIZE="{file.size}"'
            f' CREATED="{created}" CHECKSUM="{file.sha256}" CHECKSUMTYPE="SHA-256">'
            f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="{quote(file.path)}"/></file>'
        )
    yield "</fileGrp>"


def _structure(header: MetsHeader, places: _Places) -> str:
    metadata = {"ID": "div-metadata", "LABEL": "Metadata"}
    if places.preservation:
        metadata["ADMID"] = " ".join(f"digiprov-{number}" for number in range(len(places.preservation)))
    if places.descriptive:
        metadata["DMDID"] = " ".join(f"dmd-{number}" for number in range(len(places.descriptive)))
    divisions = [element("div", metadata), *(_division(group) for group in places.groups)]
    root = element("div", {"ID": "div-root", "LABEL": header.object_id}, *divisions)
    return element("structMap", {"ID": "structure", "TYPE": "PHYSICAL", "LABEL": "CSIP"}, root)


def _division(group: _Group) -> str:
    attributes = {"ID": f"div-{group.id}", "LABEL": group.use}
    if group.mets is None:
        return element("div", attributes, element("fptr", {"FILEID": group.id}))
    pointer = {
        "LOCTYPE": "URL",
        "xlink:type": "simple",
        "xlink:href": quote(group.mets.path),
        "xlink:title": group.id,
    }
    return element("div", attributes, element("mptr", pointer))
