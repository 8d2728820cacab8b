"""PREMIS 3 entities and a streaming reader of them (Data Dictionary for Preservation Metadata, 3.0).

The reader shares nothing with our writer but the entities, so that a fault of the writer
cannot hide in it.

Names in PREMIS are text; file names may hold characters that XML cannot.  ``escape_name``
writes ``%`` and what XML or a reader's eye cannot take as ``%XX`` of UTF-8, and nothing else,
so that Vietnamese names stay legible.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO
from urllib.parse import unquote

from lxml import etree

NAMESPACE = "http://www.loc.gov/premis/v3"
_Q = f"{{{NAMESPACE}}}"
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_MIME = "MIME type "

_UNSAFE = re.compile("[%\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]|^\\s|\\s$")


class NotPremis(ValueError):
    """The document is not well formed, or not PREMIS 3."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format by PRONOM; an empty ``puid`` says that it was not identified."""

    puid: str = ""
    name: str = "unknown"
    version: str = ""
    mime: str = ""


@dataclass(frozen=True, slots=True)
class FileObject:
    """A *file* object: path in the package, size in bytes, digests (hexadecimal) by algorithm."""

    path: str
    size: int
    digests: Mapping[str, str]
    format: Format
    original_name: str = ""


@dataclass(frozen=True, slots=True)
class IntellectualEntity:
    """The package itself, with what is said of it (*significantProperties*)."""

    id: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Agent:
    """An *agent*: a person, organization or software."""

    id: str
    type: str
    name: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """An *event*; ``agents`` are (agent id, role) pairs, ``objects`` identifiers."""

    id: str
    type: str
    date_time: datetime
    detail: str = ""
    outcome: str = "success"
    outcome_note: str = ""
    agents: tuple[tuple[str, str], ...] = ()
    objects: tuple[str, ...] = field(default=())


Entity = FileObject | IntellectualEntity | Event | Agent


def escape_name(name: str) -> str:
    """A file name or path as text that XML can carry; see the module."""
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8")), name)


def unescape_name(text: str) -> str:
    """The name that ``escape_name`` was given."""
    return unquote(text)


_ENTITIES = tuple(f"{_Q}{name}" for name in ("premis", "object", "event", "agent", "rights"))


def read_premis(stream: BinaryIO) -> Iterator[Entity]:
    """The entities of a PREMIS document in its order, one at a time; memory stays flat.

    Raises NotPremis.
    """
    try:
        # Only these elements reach us: there may be a million files of twenty elements each.
        parser = etree.iterparse(
            stream, ("start", "end"), tag=_ENTITIES, resolve_entities=False, no_network=True, load_dtd=False
        )
        root = None
        for action, element in parser:
            if root is None:
                root = element.getroottree().getroot()
                if root.tag != f"{_Q}premis":
                    raise NotPremis(f"the root element is {root.tag}")
                if element.getroottree().docinfo.doctype:
                    raise NotPremis("the document has a DTD, which PREMIS does not use")
            if action == "end" and element.getparent() is root:
                entity = _entity(element)
                if entity is not None:
                    yield entity
                element.clear()
                while element.getprevious() is not None:
                    del root[0]
        if root is None:
            raise NotPremis("there is no PREMIS element in it")
    except (etree.XMLSyntaxError, ValueError, KeyError) as error:
        raise NotPremis(str(error)) from error


def _entity(element: etree._Element) -> Entity | None:
    match element.tag.removeprefix(_Q):
        case "object" if element.get(_XSI_TYPE, "").endswith("file"):
            return _file(element)
        case "object":
            properties = {
                _text(item, "significantPropertiesType"): _text(item, "significantPropertiesValue")
                for item in element.iterfind(f"{_Q}significantProperties")
            }
            return IntellectualEntity(_text(element, "objectIdentifier/objectIdentifierValue"), properties)
        case "event":
            return _event(element)
        case "agent":
            return Agent(
                _text(element, "agentIdentifier/agentIdentifierValue"),
                _text(element, "agentType"),
                _text(element, "agentName"),
                _text(element, "agentVersion"),
            )
    return None


def _file(element: etree._Element) -> FileObject:
    # One pass over the few elements of a file: there may be a million files.
    texts: dict[str, str] = {}
    digests: dict[str, str] = {}
    for part in element.iter(f"{_Q}*"):
        name = part.tag[len(_Q) :]
        texts[name] = text = part.text or ""
        if name == "messageDigest":
            digests[texts["messageDigestAlgorithm"].lower().replace("-", "")] = text
    return FileObject(
        unescape_name(texts["objectIdentifierValue"]),
        int(texts["size"]),
        digests,
        Format(
            texts.get("formatRegistryKey", ""),
            texts.get("formatName", ""),
            texts.get("formatVersion", ""),
            texts.get("formatNote", "").removeprefix(_MIME),
        ),
        unescape_name(texts.get("originalName", "")),
    )


def _event(element: etree._Element) -> Event:
    agents = tuple(
        (_text(item, "linkingAgentIdentifierValue"), _text(item, "linkingAgentRole"))
        for item in element.iterfind(f"{_Q}linkingAgentIdentifier")
    )
    objects = tuple(
        _text(item, "linkingObjectIdentifierValue")
        for item in element.iterfind(f"{_Q}linkingObjectIdentifier")
    )
    outcome = "eventOutcomeInformation/"
    return Event(
        _text(element, "eventIdentifier/eventIdentifierValue"),
        _text(element, "eventType"),
        datetime.fromisoformat(_text(element, "eventDateTime")),
        _text(element, "eventDetailInformation/eventDetail"),
        _text(element, outcome + "eventOutcome"),
        _text(element, outcome + "eventOutcomeDetail/eventOutcomeDetailNote"),
        agents,
        objects,
    )


def _text(element: etree._Element, path: str) -> str:
    return element.findtext("/".join(_Q + part for part in path.split("/"))) or ""
