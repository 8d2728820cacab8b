"""A producer's PREMIS 3 document held against itself (Data Dictionary 3.0): nothing in it is believed yet.

Identifiers are unique in their kind, links lead to what the document describes.  What it says
of files is handed on, for whoever has the files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from lxml import etree

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.premis import NAMESPACE
from luutru.metadata_profiles.xml_reader import read_children

_Q = f"{{{NAMESPACE}}}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_KINDS = {"object": "object", "event": "event", "agent": "agent", "rights": "rightsStatement"}
TAGS = tuple(f"{_Q}{name}" for name in _KINDS)
"""The elements that a PREMIS document is made of."""

_LINKS = {
    f"{_Q}linkingObjectIdentifier": ("linkingObject", "object"),
    f"{_Q}linkingEventIdentifier": ("linkingEvent", "event"),
    f"{_Q}linkingAgentIdentifier": ("linkingAgent", "agent"),
    f"{_Q}linkingRightsStatementIdentifier": ("linkingRightsStatement", "rightsStatement"),
    f"{_Q}relatedObjectIdentifier": ("relatedObject", "object"),
    f"{_Q}relatedEventIdentifier": ("relatedEvent", "event"),
}

Identifier = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SaidOfFile:
    """What a PREMIS *file* object says: the names it may be found by, its size, digests by algorithm; its line."""

    names: tuple[str, ...]
    size: str
    digests: tuple[tuple[str, str], ...]
    line: int


@dataclass(slots=True)
class PremisLinks:
    """The identifiers that PREMIS documents of one package define, and those they link to."""

    defined: dict[str, set[Identifier]] = field(
        default_factory=lambda: {kind: set() for kind in _KINDS.values()}
    )
    wanted: dict[tuple[str, Identifier], str] = field(default_factory=dict)

    def report_dangling(self, report: Report) -> None:
        """Name each link that leads to nothing in any of the documents."""
        for (kind, identifier), place in self.wanted.items():
            if identifier not in self.defined[kind]:
                report.add("PREMIS-LINK", place, kind=kind, type=identifier[0], value=identifier[1])


def read_premis_rules(
    stream: BinaryIO, report: Report, location: str, links: PremisLinks
) -> Iterator[SaidOfFile]:
    """Check a document's identifiers, note its links, and yield what it says of each file."""
    own: dict[str, set[Identifier]] = {kind: set() for kind in _KINDS.values()}
    for element in read_children(stream, report, location, TAGS):
        name = str(element.tag).removeprefix(_Q)
        place = f"{location}:{element.sourceline or 0}"
        described = [element] if name != "rights" else element.findall(f"{_Q}rightsStatement")
        identifiers = [found for entity in described for found in _identifiers(entity, _KINDS[name])]
        for identifier in identifiers:
            if identifier in own[_KINDS[name]]:
                report.add("PREMIS-ID/doubled", place, type=identifier[0], value=identifier[1])
            own[_KINDS[name]].add(identifier)
        for link in element.iter(*_LINKS):
            prefix, kind = _LINKS[str(link.tag)]
            links.wanted.setdefault((kind, _pair(link, f"{prefix}Identifier")), place)
        if name == "object" and element.get(_TYPE, "").rpartition(":")[2] == "file":
            yield _file(element, identifiers)
    for kind, found in own.items():
        links.defined[kind] |= found


def _identifiers(entity: etree._Element, kind: str) -> Iterator[Identifier]:
    for item in entity.findall(f"{_Q}{kind}Identifier"):
        yield _pair(item, f"{kind}Identifier")


def _pair(item: etree._Element, prefix: str) -> Identifier:
    kind, value = item.findtext(f"{_Q}{prefix}Type"), item.findtext(f"{_Q}{prefix}Value")
    return (kind or "").strip(), (value or "").strip()


def _file(element: etree._Element, identifiers: Sequence[Identifier]) -> SaidOfFile:
    # Where it is now; its original name says where it was, which may be another file's place today.
    names = [
        *(item.text or "" for item in element.iter(f"{_Q}contentLocationValue")),
        *(value for _, value in identifiers),
    ]
    # A file has one set of characteristics; those of wrapping layers are said of other bytes.
    characteristics = element.findall(f"{_Q}objectCharacteristics")
    size, digests = "", []
    if len(characteristics) == 1:
        size = (characteristics[0].findtext(f"{_Q}size") or "").strip()
        for fixity in characteristics[0].findall(f"{_Q}fixity"):
            algorithm = fixity.findtext(f"{_Q}messageDigestAlgorithm") or ""
            digests.append((algorithm.strip(), (fixity.findtext(f"{_Q}messageDigest") or "").strip()))
    line: Any = element.sourceline
    found = tuple(name.strip() for name in names if name.strip())
    return SaidOfFile(found, size, tuple(digests), line or 0)
