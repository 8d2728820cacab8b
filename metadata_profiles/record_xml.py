"""Descriptions out of XML: the circular's ``simpledc`` documents, and other standards' by a crosswalk.

What a hostile document costs is bounded: it is streamed, of a value no more is kept than a profile
allows, and after so many fields reading ends, which is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from lxml import etree

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.record_carriers import Crosswalk, Source, Step
from luutru.metadata_profiles.record_description import Description, Said
from luutru.metadata_profiles.record_profile import RecordProfile
from luutru.metadata_profiles.xml_reader import read_elements, release

_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Document:
    """An XML document to read: where, and of which level what it describes is."""

    location: str
    candidates: tuple[str, ...]


class _Unread:
    """How a document that cannot be read is told."""

    def __init__(self, profile: RecordProfile, report: Report, location: str) -> None:
        self._profile, self._report, self.location = profile, report, location
        self.problems = Report(location)

    def tell(self) -> bool:
        """Say why a document could not be read; whether there was a reason."""
        for finding in self.problems.findings:
            reason = finding.message("en").rstrip(".")
            self.add("unreadable", "RECORD-XML/unreadable", finding.location or self.location, reason=reason)
        return bool(self.problems.findings)

    def root(self, found: str, expected: str) -> None:
        self.add("unreadable", "RECORD-XML/root", self.location, found=found[:100], expected=expected)

    def too_many(self, limit: int) -> None:
        self.add("too-many", "RECORD-XML/too-many", self.location, limit=limit)

    def add(self, weight: str, rule: str, place: str, **words: object) -> None:
        profile = self._profile
        self._report.add(rule, place, severity=profile.weights[weight], **words, source=profile.cite())


def first_namespaces(stream: BinaryIO, location: str) -> set[str]:
    """The namespaces of a document's first elements: of some standards the root is any wrapper."""
    first = islice(read_elements(stream, Report(location), location), _LOOKED_AT)
    return {str(element.tag).removeprefix("{").rpartition("}")[0] for _, element in first} - {""}


def read_simpledc(
    stream: BinaryIO, document: Document, profile: RecordProfile, report: Report
) -> Description | None:
    """The fields of a document, in any order; None where it is none, which is reported."""
    unread = _Unread(profile, report, document.location)
    description = Description(document.location, document.candidates)
    depth = count = 0
    for action, element in read_elements(stream, unread.problems, document.location):
        name = _name(element)
        if action == "start":
            depth += 1
            if depth == 1 and name != profile.simpledc.root:
                unread.root(name, profile.simpledc.root)
                return None
            continue
        depth -= 1
        if depth == 1:
            count += 1
            if count > profile.limits.fields:
                unread.too_many(profile.limits.fields)
                break
            description.said.append(Said(name, _text(element, profile), _place(document, element)))
        release(element)
    if unread.tell():
        return None
    return description


def read_crosswalk(
    stream: BinaryIO, document: Document, crosswalk: Crosswalk, profile: RecordProfile, report: Report
) -> Iterator[Description]:
    """What a document of another standard describes, unit by unit, by the fields of the profile.

    ``document.candidates`` is the level of a unit whose own attribute does not tell it.
    """
    unread = _Unread(profile, report, document.location)
    walk = _Walk(crosswalk, document, profile)
    for action, element in read_elements(stream, unread.problems, document.location):
        if action == "start":
            walk.start(element)
            continue
        walk.end(element)
        if walk.done is not None:
            yield walk.done
        elif walk.count > profile.limits.fields:
            unread.too_many(profile.limits.fields)
            return
        if not walk.inside:
            release(element)
    unread.tell()


@dataclass(slots=True)
class _Unit:
    """An element that describes one thing, while it is read: its level, and the steps inside it."""

    depth: int
    level: str
    description: Description
    path: list[etree._Element] = field(default_factory=list)
    count: int = 0


class _Walk:
    """The elements open at a moment, and the units among them."""

    def __init__(self, crosswalk: Crosswalk, document: Document, profile: RecordProfile) -> None:
        self._crosswalk, self._document, self._profile = crosswalk, document, profile
        self._codes = {code for level in profile.levels.values() for code in level.fields}
        self._units: list[_Unit] = []
        self._depth = 0
        self.inside = 0  # the depth of the value that is being read: what is in it is kept until its end
        self.done: Description | None = None

    def start(self, element: etree._Element) -> None:
        self._depth += 1
        if self.inside:
            self._units[-1].path.append(element)
        elif _name(element) in self._crosswalk.units or (self._crosswalk.units == {"*"} and self._depth == 1):
            level = self._level(element)
            place = f"{self._document.location}:{element.sourceline or 0}"
            self._units.append(_Unit(self._depth, level, Description(place, (level,))))
        elif self._units:
            self._units[-1].path.append(element)
            if self._is_value(self._units[-1]):
                self.inside = self._depth

    def end(self, element: etree._Element) -> None:
        """Take what an element says; ``done`` is the description that it ends."""
        self.done = None
        self._depth -= 1
        if not self._units:
            return
        unit = self._units[-1]
        if self._depth >= self.inside > 0:
            unit.count += 1
            unit.path.pop()
            return
        self.inside = 0
        if unit.depth > self._depth:
            self._units.pop()
            self.done = unit.description if unit.level else None
            return
        if unit.level:
            self._said(unit, element)
        unit.path.pop()

    @property
    def count(self) -> int:
        """How much was met in the unit that is open."""
        return max((len(unit.description.said) + unit.count for unit in self._units[-1:]), default=0)

    def _is_value(self, unit: _Unit) -> bool:
        ways = [source.steps for source in self._crosswalk.sources.get(unit.level, ())]
        return any(self._leads(way, unit.path) for way in (*ways, self._crosswalk.named))

    def _own(self, element: etree._Element) -> bool:
        return str(element.tag) == f"{{{self._crosswalk.namespace}}}{_name(element)}"

    def _leads(self, steps: Sequence[Step], path: Sequence[etree._Element]) -> bool:
        """Whether a way is that of the elements open inside a unit; of some standards only its end counts."""
        if not steps or (len(steps) != len(path) and not self._crosswalk.anywhere) or len(steps) > len(path):
            return False
        return self._own(path[-1]) and all(
            step.name == _name(element) and (not step.attribute or _has(element, step.attribute, step.value))
            for step, element in zip(reversed(steps), reversed(path), strict=False)
        )

    def _level(self, element: etree._Element) -> str:
        fallback = next(iter(self._document.candidates), "")
        stated = element.get(self._crosswalk.level) if self._crosswalk.level else None
        return fallback if stated is None else self._crosswalk.levels.get(stated, "")

    def _said(self, unit: _Unit, element: etree._Element) -> None:
        walk = self._crosswalk
        for source in walk.sources.get(unit.level, ()):
            if self._leads(source.steps, unit.path):
                self._take(unit, source, element)
        for source in walk.path:
            if self._leads(source.steps, unit.path):
                unit.description.path = self._value(source, element)
        if walk.named and self._leads(walk.named, unit.path):
            self._named(unit, element)
        elif walk.beside and _name(element) in self._codes and not self._own(element):
            text = _text(element, self._profile)
            unit.description.said.append(Said(_name(element), text, _place(self._document, element)))

    def _take(self, unit: _Unit, source: Source, element: etree._Element) -> None:
        text = self._value(source, element)
        if text:
            place = _place(self._document, element)
            unit.description.said.append(Said(source.field, text, place, source.dates))

    def _value(self, source: Source, element: etree._Element) -> str:
        text = _text(element, self._profile)
        if source.attribute:
            text = (element.get(source.attribute) or "").strip()[: self._profile.limits.value]
        if source.part:
            first, slash, last = text.partition("/")
            text = first if source.part == "first" or not slash else last
        return source.words.get(text, text)

    def _named(self, unit: _Unit, element: etree._Element) -> None:
        """A value under the field's own code, which stands in the attribute that the way names."""
        for step, passed in zip(self._crosswalk.named, unit.path, strict=True):
            if step.attribute and not step.value:
                code, text = passed.get(step.attribute) or "", _text(element, self._profile)
                if code in self._codes:
                    unit.description.said.append(Said(code, text, _place(self._document, element)))


def _has(element: etree._Element, attribute: str, value: str) -> bool:
    """Whether an element has an attribute, of this value where one is asked for."""
    return element.get(attribute) == value if value else attribute in element.attrib


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: etree._Element, profile: RecordProfile) -> str:
    """An element's text, that of elements in it too, as far as a value may reach."""
    return " ".join("".join(map(str, element.itertext())).split())[: profile.limits.value]


def _place(document: Document, element: etree._Element) -> str:
    return f"{document.location}:{element.sourceline or 0}"
