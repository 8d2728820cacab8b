"""The requirements of the Common Specification for Information Packages (E-ARK CSIP 2.x) on a METS.

A function for each part of the METS, in the order of the specification's section 5; every
requirement is named by its id where it is checked.  Severities and texts stand in
``rules/csip.toml``.
"""

from collections.abc import Iterable

from lxml import etree

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import FileGroup, Mets, Q, attributes, divisions
from luutru.metadata_profiles.vocabulary import PACKAGE_TYPES, STATUSES, is_content_category


def check_csip(mets: Mets, report: Report, *, representation: bool = False) -> None:
    """Check everything of a METS but its files (those are ``check_file``'s)."""
    _root(mets, report)
    _header(mets, report)
    for section in mets.dmd_secs:
        _dmd_sec(section, mets.location, report)
    _amd_secs(mets, report)
    _file_sec(mets, report, representation=representation)
    _struct_map(mets, report, representation=representation)


def _need(found: dict[str, str], name: str, rule: str, report: Report, place: str, *allowed: str) -> None:
    """An attribute that must be there and, where values are given, be one of them."""
    value = found.get(name)
    if value is None or not value.strip() or (allowed and value not in allowed):
        report.add(rule, place, value="" if value is None else value)


def _place(location: str, element: etree._Element, name: str = "") -> str:
    identity = element.get("ID")
    local = name or str(element.tag).removeprefix(Q)
    return f"{location}#{identity}" if identity else f"{location}/{local}:{element.sourceline or 0}"


# 5.3.1 The mets root element.


def _root(mets: Mets, report: Report) -> None:
    place, root = f"{mets.location}/mets", mets.root
    _need(root, "OBJID", "CSIP1", report, place)
    if not is_content_category(root.get("TYPE", "")):
        report.add("CSIP2", place, value=root.get("TYPE", ""))
    if root.get("TYPE") == "Other":
        _need(root, "csip:OTHERTYPE", "CSIP3", report, place)
    _need(root, "csip:CONTENTINFORMATIONTYPE", "CSIP4", report, place)
    if root.get("csip:CONTENTINFORMATIONTYPE") == "OTHER":
        _need(root, "csip:OTHERCONTENTINFORMATIONTYPE", "CSIP5", report, place)
    _need(root, "PROFILE", "CSIP6", report, place)


# 5.3.2 The package header.


def _header(mets: Mets, report: Report) -> None:
    header = mets.header
    if header is None:
        report.add("CSIP117", f"{mets.location}/mets")
        return
    place, found = f"{mets.location}/metsHdr", attributes(header)
    _need(found, "CREATEDATE", "CSIP7", report, place)
    _need(found, "LASTMODDATE", "CSIP8", report, place)
    _need(found, "csip:OAISPACKAGETYPE", "CSIP9", report, place, *PACKAGE_TYPES)
    agents = header.findall(f"{Q}agent")
    if not agents:
        report.add("CSIP10", place)
        return
    creators = [agent for agent in agents if agent.get("ROLE") == "CREATOR"]
    software = [agent for agent in creators if agent.get("OTHERTYPE") == "SOFTWARE"]
    others = [agent for agent in creators if agent.get("TYPE") == "OTHER"]
    if not creators:
        report.add("CSIP11", place)
    elif not others:
        report.add("CSIP12", place)
    elif not software:
        report.add("CSIP13", place)
    for agent in software or others or creators:
        _software_agent(agent, mets.location, report)


def _software_agent(agent: etree._Element, location: str, report: Report) -> None:
    place = _place(location, agent)
    if not (agent.findtext(f"{Q}name") or "").strip():
        report.add("CSIP14", place)
    notes = agent.findall(f"{Q}note")
    if not notes:
        report.add("CSIP15", place)
    elif not any(attributes(note).get("csip:NOTETYPE") == "SOFTWARE VERSION" for note in notes):
        report.add("CSIP16", place)


# 5.3.3 Descriptive metadata.

_DMD_REF = ("CSIP22", "CSIP23", "CSIP24", "CSIP25", "CSIP26", "CSIP27", "CSIP28", "CSIP29", "CSIP30")
_PROV_REF = ("CSIP36", "CSIP37", "CSIP38", "CSIP39", "CSIP40", "CSIP41", "CSIP42", "CSIP43", "CSIP44")
_RIGHTS_REF = ("CSIP49", "CSIP50", "CSIP51", "CSIP52", "CSIP53", "CSIP54", "CSIP55", "CSIP56", "CSIP57")


def _dmd_sec(section: etree._Element, location: str, report: Report) -> None:
    place, found = _place(location, section), attributes(section)
    _need(found, "ID", "CSIP18", report, place)
    _need(found, "CREATED", "CSIP19", report, place)
    _need(found, "STATUS", "CSIP20", report, place, *STATUSES)
    _references(section, place, "CSIP21", _DMD_REF, report)


# 5.3.4 Administrative metadata.


def _amd_secs(mets: Mets, report: Report) -> None:
    if not mets.dmd_secs:
        report.add("CSIP17", f"{mets.location}/mets")
    if not mets.amd_secs:
        report.add("CSIP31", f"{mets.location}/mets")
        return
    provenance = [item for section in mets.amd_secs for item in section.iterchildren(f"{Q}digiprovMD")]
    if not provenance:
        report.add("CSIP32", f"{mets.location}/amdSec")
    for item in provenance:
        _administrative(item, mets.location, ("CSIP33", "CSIP34", "CSIP35"), _PROV_REF, report)
    for section in mets.amd_secs:
        for item in section.iterchildren(f"{Q}rightsMD"):
            _administrative(item, mets.location, ("CSIP46", "CSIP47", "CSIP48"), _RIGHTS_REF, report)


def _administrative(
    item: etree._Element,
    location: str,
    own: tuple[str, str, str],
    reference: tuple[str, ...],
    report: Report,
) -> None:
    place, found = _place(location, item), attributes(item)
    _need(found, "ID", own[0], report, place)
    _need(found, "STATUS", own[1], report, place, *STATUSES)
    _references(item, place, own[2], reference, report)


def _references(
    section: etree._Element, place: str, missing: str, rules: tuple[str, ...], report: Report
) -> None:
    """An mdRef with all of its attributes: nine rules in the specification's order."""
    reference = section.find(f"{Q}mdRef")
    if reference is None:
        report.add(missing, place)
        return
    found = attributes(reference)
    _need(found, "LOCTYPE", rules[0], report, place, "URL")
    _need(found, "xlink:type", rules[1], report, place, "simple")
    _need(found, "xlink:href", rules[2], report, place)
    for name, rule in zip(
        ("MDTYPE", "MIMETYPE", "SIZE", "CREATED", "CHECKSUM", "CHECKSUMTYPE"), rules[3:], strict=True
    ):
        _need(found, name, rule, report, place)


# 5.3.5 The file section.


def _file_sec(mets: Mets, report: Report, *, representation: bool) -> None:
    if not mets.file_secs:
        report.add("CSIP58", f"{mets.location}/mets")
        return
    for section in mets.file_secs:
        _need(section, "ID", "CSIP59", report, f"{mets.location}/fileSec")
    uses = [group.attributes.get("USE", "") for group in mets.groups]
    if not representation:
        for use, rule in (("Documentation", "CSIP60"), ("Schemas", "CSIP113")):
            if not any(found.lower() == use.lower() for found in uses):
                report.add(rule, f"{mets.location}/fileSec")
        if not any(found.startswith("Representations") for found in uses):
            report.add("CSIP114", f"{mets.location}/fileSec")
    for group in mets.groups:
        _group(group, report)


def _group(group: FileGroup, report: Report) -> None:
    found = group.attributes
    _need(found, "USE", "CSIP64", report, group.location)
    _need(found, "ID", "CSIP65", report, group.location)
    if found.get("USE", "").startswith("Representations"):
        _need(found, "csip:CONTENTINFORMATIONTYPE", "CSIP62", report, group.location)
    if found.get("csip:CONTENTINFORMATIONTYPE") == "OTHER":
        _need(found, "csip:OTHERCONTENTINFORMATIONTYPE", "CSIP63", report, group.location)


def check_file(file: etree._Element, location: str, report: Report) -> None:
    """One ``file`` element of the file section."""
    place, found = _place(location, file), attributes(file)
    for name, rule in (
        ("ID", "CSIP67"),
        ("MIMETYPE", "CSIP68"),
        ("SIZE", "CSIP69"),
        ("CREATED", "CSIP70"),
        ("CHECKSUM", "CSIP71"),
        ("CHECKSUMTYPE", "CSIP72"),
    ):
        _need(found, name, rule, report, place)
    locators = file.findall(f"{Q}FLocat")
    if len(locators) != 1:
        report.add("CSIP76", place, count=len(locators))
    for locator in locators:
        where = attributes(locator)
        _need(where, "LOCTYPE", "CSIP77", report, place, "URL")
        _need(where, "xlink:type", "CSIP78", report, place, "simple")
        _need(where, "xlink:href", "CSIP79", report, place)


# 5.3.6 The structural map.


def _struct_map(mets: Mets, report: Report, *, representation: bool) -> None:
    maps = [item for item in mets.struct_maps if item.get("LABEL") == "CSIP"]
    if not mets.struct_maps:
        report.add("CSIP80", f"{mets.location}/mets")
        return
    if not maps:
        report.add("CSIP82", f"{mets.location}/structMap")
        maps = mets.struct_maps[:1]
    for item in maps:
        place, found = _place(mets.location, item), attributes(item)
        _need(found, "TYPE", "CSIP81", report, place, "PHYSICAL")
        _need(found, "ID", "CSIP83", report, place)
        roots = item.findall(f"{Q}div")
        if len(roots) != 1:
            report.add("CSIP84", place, count=len(roots))
            continue
        root = attributes(roots[0])
        _need(root, "ID", "CSIP85", report, _place(mets.location, roots[0]))
        _need(root, "LABEL", "CSIP86", report, _place(mets.location, roots[0]))
        _divisions(item, mets, report, representation=representation)


def _divisions(item: etree._Element, mets: Mets, report: Report, *, representation: bool) -> None:
    place = _place(mets.location, item)
    by_label: dict[str, list[etree._Element]] = {}
    for division in divisions(item):
        by_label.setdefault(division.get("LABEL") or "", []).append(division)
    _metadata_division(by_label.get("Metadata", []), mets, place, report)
    for label, rules in (
        ("Documentation", ("CSIP93", "CSIP94", "CSIP96", "CSIP116")),
        ("Schemas", ("CSIP97", "CSIP98", "CSIP100", "CSIP118")),
        ("Representations", ("CSIP101", "CSIP102", "CSIP104", "CSIP119")),
    ):
        found = by_label.get(label, [])
        grouped = any(group.attributes.get("USE") == label for group in mets.groups)
        if len(found) > 1 or (not found and grouped and not representation):
            report.add(rules[0], place, count=len(found))
        for division in found:
            _files_division(division, mets.location, rules[1:], report)
    for label, found in by_label.items():
        if label.startswith("Representations/"):
            for division in found:
                _representation_division(division, mets.location, report)


def _metadata_division(found: list[etree._Element], mets: Mets, place: str, report: Report) -> None:
    if len(found) != 1:
        report.add("CSIP88", place, count=len(found))
    for division in found:
        where, said = _place(mets.location, division), attributes(division)
        _need(said, "ID", "CSIP89", report, where)
        if mets.amd_secs:
            _need(said, "ADMID", "CSIP91", report, where)
        if mets.dmd_secs:
            _need(said, "DMDID", "CSIP92", report, where)


def _files_division(division: etree._Element, location: str, rules: Iterable[str], report: Report) -> None:
    own, pointer, target = rules
    place = _place(location, division)
    _need(attributes(division), "ID", own, report, place)
    pointers = division.findall(f"{Q}fptr")
    if not pointers and division.find(f"{Q}mptr") is None and division.find(f"{Q}div") is None:
        report.add(pointer, place)
    for item in pointers:
        _need(attributes(item), "FILEID", target, report, place)


def _representation_division(division: etree._Element, location: str, report: Report) -> None:
    place = _place(location, division)
    _need(attributes(division), "ID", "CSIP106", report, place)
    pointers = division.findall(f"{Q}mptr")
    if not pointers:
        # Without a METS of its own a representation is described by file pointers (CSIP101).
        if division.find(f"{Q}fptr") is None and division.find(f"{Q}div") is None:
            report.add("CSIP109", place)
        return
    for item in pointers:
        found = attributes(item)
        _need(found, "xlink:title", "CSIP108", report, place)
        _need(found, "xlink:href", "CSIP110", report, place)
        _need(found, "xlink:type", "CSIP111", report, place, "simple")
        _need(found, "LOCTYPE", "CSIP112", report, place, "URL")
