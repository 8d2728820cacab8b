"""The requirements of the CSIP (E-ARK, 2.x) on the structural map of a METS (section 5.3.6).

One division each for metadata, documentation, schemas and the content; one for each
representation, which points to its METS.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from lxml import etree

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import Mets, Q, attributes, divisions, need, place_of


class _Division(NamedTuple):
    """The requirements on a division of files: itself, its ID, its label, its pointers, their targets."""

    division: str
    id: str
    label: str
    pointer: str
    target: str


_DIVISIONS = {
    "Documentation": _Division("CSIP93", "CSIP94", "CSIP95", "CSIP96", "CSIP116"),
    "Schemas": _Division("CSIP97", "CSIP98", "CSIP99", "CSIP100", "CSIP118"),
    "Representations": _Division("CSIP101", "CSIP102", "CSIP103", "CSIP104", "CSIP119"),
}


def check_struct_map(mets: Mets, report: Report, *, representation: bool) -> None:
    """Check the structural map that the CSIP asks for: its divisions and what they point to."""
    for bad in mets.bad_ids:
        if rule := _id_rule(bad.kind):
            report.add(rule, f"{mets.location}#{bad.id}", value=bad.id)
    maps = [item for item in mets.struct_maps if item.get("LABEL") == "CSIP"]
    if not mets.struct_maps:
        report.add("CSIP80", f"{mets.location}/mets")
        return
    if not maps:
        report.add("CSIP82", f"{mets.location}/structMap")
        maps = mets.struct_maps[:1]
    elif len(maps) > 1:
        report.add("CSIP80/more", f"{mets.location}/structMap", count=len(maps))
        report.add("CSIP82/more", f"{mets.location}/structMap", count=len(maps))
    for item in maps:
        place, found = place_of(mets.location, item), attributes(item)
        need(found, "TYPE", "CSIP81", report, place, "PHYSICAL")
        need(found, "ID", "CSIP83", report, place)
        roots = item.findall(f"{Q}div")
        if len(roots) != 1:
            report.add("CSIP84", place, count=len(roots))
            continue
        root, place = attributes(roots[0]), place_of(mets.location, roots[0])
        need(root, "ID", "CSIP85", report, place)
        need(root, "LABEL", "CSIP86", report, place, mets.root.get("OBJID", ""))
        _divisions(item, mets, report, representation=representation)


_IDS = {
    "structMap": "CSIP83/id",
    "div": "CSIP85/id",
    "div Metadata": "CSIP89/id",
    "div Documentation": "CSIP94/id",
    "div Schemas": "CSIP98/id",
    "div Representations": "CSIP102/id",
}


def _id_rule(kind: str) -> str | None:
    return "CSIP106/id" if kind.startswith("div Representations/") else _IDS.get(kind)


def _divisions(item: etree._Element, mets: Mets, report: Report, *, representation: bool) -> None:
    place = place_of(mets.location, item)
    by_label: dict[str, list[etree._Element]] = {}
    for division in divisions(item):
        by_label.setdefault(division.get("LABEL") or "", []).append(division)
    _metadata_division(by_label.get("Metadata", []), mets, place, report)
    for label, rules in _DIVISIONS.items():
        found = by_label.get(label, [])
        groups = _groups(mets, label)
        alone = any(use.casefold() == label.casefold() for use in groups.values())
        if len(found) > 1:
            report.add(f"{rules.division}/more", place, count=len(found))
        if not found and alone and not representation:
            report.add(rules.division, place)
            report.add(rules.label, place)
        for division in found:
            _files_division(division, mets.location, rules, groups, report)
    for label, found in by_label.items():
        if label.startswith("Representations/"):
            for division in found:
                _representation_division(division, mets, report)


def _metadata_division(found: list[etree._Element], mets: Mets, place: str, report: Report) -> None:
    if len(found) != 1:
        report.add("CSIP88", place, count=len(found))
        report.add("CSIP90", place, count=len(found))
    for division in found:
        where, said = place_of(mets.location, division), attributes(division)
        need(said, "ID", "CSIP89", report, where)
        if mets.amd_secs:
            need(said, "ADMID", "CSIP91", report, where)
        if mets.dmd_secs:
            need(said, "DMDID", "CSIP92", report, where)
        # The whole of an amdSec may be pointed to as well as what stands in it.
        named = set(said.get("ADMID", "").split())
        parts = [part for section in mets.amd_secs if section.get("ID") not in named for part in section]
        _all_named(parts, named, "CSIP91/incomplete", where, report)
        _all_named(mets.dmd_secs, set(said.get("DMDID", "").split()), "CSIP92/incomplete", where, report)


def _all_named(
    sections: Iterable[etree._Element], named: set[str], rule: str, place: str, report: Report
) -> None:
    """Every section that is current is pointed to; where none is, that has been said."""
    if not named:
        return
    for section in sections:
        own = section.get("ID")
        if own and own not in named and section.get("STATUS") != "SUPERSEDED":
            report.add(rule, place, id=own)


def _groups(mets: Mets, label: str) -> dict[str, str]:
    """The file groups that hold what a division is for: USE by ID."""
    return {
        group.attributes.get("ID", ""): group.attributes["USE"]
        for group in mets.groups
        if group.attributes.get("USE", "").partition("/")[0].casefold() == label.casefold()
    }


def _files_division(
    division: etree._Element, location: str, rules: _Division, groups: Collection[str], report: Report
) -> None:
    place = place_of(location, division)
    need(attributes(division), "ID", rules.id, report, place)
    pointers = division.findall(f"{Q}fptr")
    if not pointers and division.find(f"{Q}mptr") is None and division.find(f"{Q}div") is None:
        report.add(rules.pointer, place)
    targets = [attributes(item).get("FILEID", "") for item in pointers]
    for target in targets:
        if not target.strip():
            report.add(rules.target, place, value="")
        elif target not in groups:
            report.add(f"{rules.target}/group", place, value=target)
    if pointers and not any(target in groups for target in targets):
        report.add(f"{rules.pointer}/group", place)


def _representation_division(division: etree._Element, mets: Mets, report: Report) -> None:
    place = place_of(mets.location, division)
    need(attributes(division), "ID", "CSIP106", report, place)
    pointers = division.findall(f"{Q}mptr")
    if not pointers:
        # Without a METS of its own a representation is described by file pointers (CSIP101).
        if division.find(f"{Q}fptr") is None and division.find(f"{Q}div") is None:
            report.add("CSIP109", place)
        return
    if len(pointers) > 1:
        report.add("CSIP109/more", place, count=len(pointers))
    groups = _groups(mets, "Representations")
    for item in pointers:
        found = attributes(item)
        need(found, "xlink:title", "CSIP108", report, place)
        title = found.get("xlink:title", "")
        if groups and title.strip() and title not in groups:
            report.add("CSIP108/group", place, value=title[:140])
            report.add("CSIP109/group", place, value=title[:140])
        need(found, "xlink:href", "CSIP110", report, place)
        need(found, "xlink:type", "CSIP111", report, place, "simple")
        need(found, "LOCTYPE", "CSIP112", report, place, "URL")
