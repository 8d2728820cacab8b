"""What a METS says, held against a package form: the values of attributes, and what is attached to what.

One pass over a METS for all rules, whatever its size; of values that may not be, each is
told once, with how often it stands there and where first.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from lxml import etree

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import Q, attributes, href_path, place_of
from luutru.metadata_profiles.package_form import FormRule, Values
from luutru.metadata_profiles.xml_reader import read_elements, release

_DISTINCT = 20
"""How many different wrong values are told for one rule; what is beyond is counted with the last."""

OnBreach = Callable[[FormRule, str, str, dict[str, str]], None]
"""Called with the rule, the case (``value`` or ``lacks``), the place and the finding's words."""


@dataclass(slots=True)
class _Tally:
    """What was found for one rule."""

    rule: FormRule
    values: Values
    wrong: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def look(self, element: etree._Element, location: str) -> None:
        name = self.values.attribute
        value = (attributes(element) if ":" in name else element.attrib).get(name)
        if value is None:
            if self.values.required:
                self._note("", element, location)
            return
        text = str(value)
        if text in self.values.contains:
            self.seen.add(text)
        if not self.values.admits(text):
            self._note(text, element, location)

    def _note(self, value: str, element: etree._Element, location: str) -> None:
        shown = value if len(value) <= 100 else f"{value[:100]}…"
        if shown not in self.wrong and len(self.wrong) >= _DISTINCT:
            shown = next(reversed(self.wrong))
        self.wrong[shown] += 1
        self.first.setdefault(shown, place_of(location, element))

    def tell(self, location: str, on_breach: OnBreach) -> None:
        said = {"at": f"{self.values.element}/@{self.values.attribute}", "expected": self.values.shown}
        for value, count in self.wrong.items():
            words = said | {"found": value or "∅", "count": str(count)}
            on_breach(self.rule, "value", self.first[value], words)
        for wanted in self.values.contains:
            if wanted not in self.seen:
                on_breach(self.rule, "lacks", location, said | {"expected": wanted})


def check_values(
    stream: BinaryIO, location: str, rules: Sequence[tuple[FormRule, Values]], on_breach: OnBreach
) -> None:
    """Look up every attribute that a rule speaks of; a METS that cannot be read was reported before."""
    tallies = [_Tally(rule, values) for rule, values in rules]
    by_name: dict[str, list[tuple[str, _Tally]]] = {}
    for tally in tallies:
        end = tally.values.element
        by_name.setdefault(end.rpartition("/")[2], []).append((f"/{end}", tally))
    anywhere = by_name.get("*", [])
    path: list[str] = []
    for action, element in read_elements(stream, Report(location), location):
        if action == "end":
            path.pop()
            release(element)
            continue
        name = str(element.tag).rpartition("}")[2]
        path.append(name)
        for _, tally in anywhere:
            tally.look(element, location)
        if name in by_name:
            whole = "/" + "/".join(path)
            for end, tally in by_name[name]:
                if whole.endswith(end):
                    tally.look(element, location)
    for tally in tallies:
        tally.tell(location, on_breach)


def root_attributes(stream: BinaryIO, location: str) -> dict[str, str]:
    """The attributes of a METS's root element; empty where it cannot be read."""
    for _, element in read_elements(stream, Report(location), location):
        return attributes(element)
    return {}


def root_tag(stream: BinaryIO, location: str, report: Report) -> str:
    """The local name of an XML document's root element; empty where it cannot be read, which is reported."""
    for _, element in read_elements(stream, report, location):
        return str(element.tag).rpartition("}")[2]
    return ""


def attached_files(stream: BinaryIO, location: str, label: str) -> frozenset[str]:
    """The paths, relative to the METS, of the files in the structural map's divisions of a label."""
    places: dict[str, list[str]] = {}
    wanted: set[str] = set()
    groups: list[str] = []
    inside = 0
    for action, element in read_elements(stream, Report(location), location):
        tag, start = str(element.tag).removeprefix(Q), action == "start"
        if tag == "fileGrp":
            groups.append(element.get("ID") or "") if start else groups.pop()
        elif tag == "div" and (inside or element.get("LABEL") == label):
            inside += 1 if start else -1
        elif tag == "fptr" and inside and start:
            wanted.add(element.get("FILEID") or "")
        elif tag == "file" and not start:
            for locator in element.iterchildren(f"{Q}FLocat"):
                path = href_path(attributes(locator).get("xlink:href", ""))
                for identity in (element.get("ID") or "", *groups[-1:]):
                    places.setdefault(identity, []).append(path)
        if not start and tag != "FLocat":
            release(element)
    return frozenset(path for identity in wanted for path in places.get(identity, ()))
