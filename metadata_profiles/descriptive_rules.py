"""Descriptive metadata held against its own standard: EAD3, and the Dublin Core element set (DCMES 1.1).

There is no schema of Dublin Core that every package follows (it stands in wrappers of many
names); so its elements are looked at wherever they stand.
"""

import re
from typing import BinaryIO

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.xml_reader import read_elements, release

EAD3 = "http://ead3.archivists.org/schema/"
DC = "http://purl.org/dc/elements/1.1/"

DCMES = frozenset(
    [
        "contributor",
        "coverage",
        "creator",
        "date",
        "description",
        "format",
        "identifier",
        "language",
        "publisher",
        "relation",
        "rights",
        "source",
        "subject",
        "title",
        "type",
    ]
)

# W3CDTF, also as a period, and as RKMS-ISO8601 writes open ones.
_DATE = r"(?:\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?)"
_DATES = re.compile(rf"{_DATE}(?:/{_DATE}?)?|/{_DATE}", re.ASCII)


def check_dublin_core(stream: BinaryIO, report: Report, location: str) -> None:
    """Elements of the DCMES namespace: known, not empty, dates as W3CDTF; a title and an identifier."""
    met: set[str] = set()
    for action, element in read_elements(stream, report, location):
        if action == "start":
            continue
        namespace, _, name = str(element.tag).rpartition("}")
        if namespace == "{" + DC:
            place = f"{location}:{element.sourceline or 0}"
            text = (element.text or "").strip()
            if name not in DCMES:
                report.add("DC-ELEMENT", place, name=name)
            elif not text:
                report.add("DC-EMPTY", place, name=name)
            else:
                met.add(name)
                if name == "date" and not _DATES.fullmatch(text):
                    report.add("DC-DATE", place, value=text[:100])
        release(element)
    for name in ("title", "identifier"):
        if met and name not in met:
            report.add("DC-LACKS", location, name=name)


def check_ead3_references(stream: BinaryIO, report: Report, location: str) -> None:
    """Ids are unique, and every ``target`` leads to one (EAD3 tag library: ref, ptr, c)."""
    ids: set[str] = set()
    wanted: dict[str, str] = {}
    for action, element in read_elements(stream, report, location):
        if action == "end":
            release(element)
            continue
        place = f"{location}:{element.sourceline or 0}"
        own = element.get("id")
        if own is not None:
            if own in ids:
                report.add("EAD-ID/doubled", place, id=own)
            ids.add(own)
        if target := element.get("target"):
            wanted.setdefault(target, place)
    for target, place in wanted.items():
        if target not in ids:
            report.add("EAD-ID/dangling", place, id=target)
