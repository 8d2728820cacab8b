"""A METS document read in one pass (METS 1.12; CSIP 2.x): small sections whole, files one by one.

A METS of a hundred thousand files is as good as one of ten: only identifiers are remembered.
The streaming schema validation, a second pass, does not see identifiers that are given twice
or point nowhere; that is checked in the first.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote

from lxml import etree

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.schemas import schema
from luutru.metadata_profiles.xml_reader import check_schema, read_elements, release

METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
Q, X = f"{{{METS}}}", f"{{{XLINK}}}"
# The extension's name differs in letter case between releases.
CSIP = "dilcis.eu/xml/mets/csipextensionmets"
SIP = "dilcis.eu/xml/mets/sipextensionmets"

# What is kept in memory until the end, at some 130 bytes each: a package of a million files has some
# 3 million structural pointers and divisions; no package needs more.
MOST_KEPT = 5_000_000

_SECTIONS = frozenset(
    Q + name for name in ("metsHdr", "dmdSec", "amdSec", "structMap", "structLink", "behaviorSec")
)
_REFERENCES = ("ADMID", "DMDID", "FILEID")
# The form of an xsd:ID (an NCName), as near as \w comes; in doubt the schema has the last word.
_NAME = re.compile(r"[^\W\d][\w.\-\u00b7\u0300-\u036f\u203f\u2040]*")
_MOST_BAD_IDS = 1000


@dataclass(slots=True)
class FileGroup:
    """A fileGrp: its attributes by local name (``csip:`` before those of the extension)."""

    attributes: dict[str, str]
    location: str
    filled: bool = False
    """Whether there is a file in it, or a group."""


class BadId(NamedTuple):
    """An ID that is none (xsd:ID: a letter or _ first, no spaces; once in a document), and on what it stands.

    ``kind`` is the element's name; for a div of a structMap, below its root, ``div LABEL``.
    """

    kind: str
    id: str


@dataclass(slots=True)
class Mets:
    """What a METS says besides its files."""

    location: str
    root: dict[str, str] = field(default_factory=dict)
    root_tag: str = ""
    header: etree._Element | None = None
    dmd_secs: list[etree._Element] = field(default_factory=list)
    amd_secs: list[etree._Element] = field(default_factory=list)
    struct_maps: list[etree._Element] = field(default_factory=list)
    file_secs: list[dict[str, str]] = field(default_factory=list)
    groups: list[FileGroup] = field(default_factory=list)
    bad_ids: list[BadId] = field(default_factory=list)
    """The first thousand."""
    files: int = 0


OnFile = Callable[[etree._Element, FileGroup | None], None]


def read_mets(
    stream: BinaryIO, report: Report, location: str, on_file: OnFile, *, validate: bool = True
) -> Mets:
    """Read a METS; ``on_file`` sees each ``file`` element with its group, and must not keep it.

    Not well formed, not schema-valid, identifiers doubled or dangling: all in the report.
    """
    return _Reader(report, location, on_file).run(stream, validate=validate)


class _Reader:
    """One pass over one document."""

    def __init__(self, report: Report, location: str, on_file: OnFile) -> None:
        self._report = report
        self._on_file = on_file
        self._mets = Mets(location)
        self._ids: set[str] = set()
        self._wanted: dict[str, str] = {}
        self._groups: list[FileGroup] = []
        self._depth = 0
        self._kept = 0

    @property
    def _complete(self) -> bool:
        """Whether the document was read from its root element's start to its end."""
        return bool(self._mets.root_tag) and self._depth == 0

    def run(self, stream: BinaryIO, *, validate: bool) -> Mets:
        inside = 0
        for action, element in read_elements(stream, self._report, self._mets.location):
            if self._kept > MOST_KEPT:
                self._report.add("METS-TOO-LARGE", self._mets.location, limit=MOST_KEPT)
                return self._mets
            tag = element.tag
            if action == "start":
                self._depth += 1
                self._start(element)
                inside += tag in _SECTIONS
            else:
                self._depth -= 1
                inside -= tag in _SECTIONS
                self._end(element, inside=bool(inside))
        if self._complete:
            self._dangling()
            if validate:
                stream.seek(0)
                check_schema(stream, self._report, self._mets.location, schema("mets"))
        return self._mets

    def _start(self, element: etree._Element) -> None:
        if not self._mets.root_tag:
            self._mets.root_tag = str(element.tag)
            self._mets.root = attributes(element)
            if element.tag != f"{Q}mets":
                self._report.add("METS-ROOT", self._mets.location, tag=element.tag)
        elif element.tag == f"{Q}fileSec":
            self._mets.file_secs.append(attributes(element))
        elif element.tag == f"{Q}fileGrp":
            place = f"{self._mets.location}#{element.get('ID') or element.get('USE') or 'fileGrp'}"
            group = FileGroup(attributes(element), place)
            if self._groups:
                self._groups[-1].filled = True
            self._groups.append(group)
            self._mets.groups.append(group)

    def _end(self, element: etree._Element, *, inside: bool) -> None:
        self._note_ids(element)
        self._kept += 1
        tag = element.tag
        if tag == f"{Q}file":
            self._kept -= len(element) + 1
            self._mets.files += 1
            group = self._groups[-1] if self._groups else None
            if group:
                group.filled = True
            self._on_file(element, group)
            release(element)
        elif tag == f"{Q}fileGrp":
            self._groups.pop()
        elif tag in _SECTIONS and not inside:
            self._keep(element)

    def _keep(self, element: etree._Element) -> None:
        match str(element.tag).removeprefix(Q):
            case "metsHdr" if self._mets.header is None:
                self._mets.header = element
            case "dmdSec":
                self._mets.dmd_secs.append(element)
            case "amdSec":
                self._mets.amd_secs.append(element)
            case "structMap":
                self._mets.struct_maps.append(element)

    def _note_ids(self, element: etree._Element) -> None:
        own = element.get("ID")
        if own is not None:
            if own in self._ids:
                self._report.add("METS-ID/doubled", f"{self._mets.location}#{own}", id=own)
            if (own in self._ids or not _NAME.fullmatch(own)) and len(self._mets.bad_ids) < _MOST_BAD_IDS:
                self._mets.bad_ids.append(BadId(_kind(element), own))
            self._ids.add(own)
        for name in _REFERENCES:
            for reference in (element.get(name) or "").split():
                self._wanted.setdefault(reference, name)

    def _dangling(self) -> None:
        for reference, name in self._wanted.items():
            if reference not in self._ids:
                self._report.add("METS-ID/dangling", self._mets.location, id=reference, attribute=name)


def _kind(element: etree._Element) -> str:
    name, parent = str(element.tag).removeprefix(Q), element.getparent()
    below = name == "div" and parent is not None and parent.tag == element.tag
    return f"{name} {element.get('LABEL', '')}" if below else name


def attributes(element: etree._Element) -> dict[str, str]:
    """An element's attributes by local name; those of the CSIP and SIP extensions with their prefix."""
    return {_short(str(name)): str(value) for name, value in element.items()}


@lru_cache(maxsize=1000)
def _short(name: str) -> str:
    if not name.startswith("{"):
        return name
    namespace, _, local = name[1:].partition("}")
    lowered = namespace.lower()
    if lowered.endswith(CSIP):
        return f"csip:{local}"
    if lowered.endswith(SIP):
        return f"sip:{local}"
    return f"xlink:{local}" if namespace == XLINK else local


def need(found: dict[str, str], name: str, rule: str, report: Report, place: str, *allowed: str) -> None:
    """An attribute that must be there and, where values are given, be one of them."""
    value = found.get(name)
    if value is None or not value.strip() or (allowed and value not in allowed):
        report.add(rule, place, value="" if value is None else value)


def place_of(location: str, element: etree._Element) -> str:
    """Where an element stands, for a finding: by its ID or its line."""
    identity = element.get("ID")
    local = str(element.tag).removeprefix(Q)
    return f"{location}#{identity}" if identity else f"{location}/{local}:{element.sourceline or 0}"


def href_path(href: str) -> str:
    """The path that an href means, relative to the METS: percent-decoded, without ``file:`` and ``./``."""
    text = href.strip()
    for prefix in ("file:///./", "file://./", "file:///", "file://", "file:"):
        if text.lower().startswith(prefix):
            text = text[len(prefix) :]
            break
    return unquote(text).removeprefix("./")


def divisions(struct_map: etree._Element) -> Iterator[etree._Element]:
    """The div elements directly below a structMap's root div."""
    root = struct_map.find(f"{Q}div")
    return iter(()) if root is None else root.iterchildren(f"{Q}div")
