"""The requirements of the Common Specification for Information Packages (E-ARK CSIP 2.x) on a METS.

A function for each part of the METS, in the order of the specification's section 5; every
requirement is named by its id where it is checked; those on the structural map in
``csip_struct_map``.  Severities and texts stand in ``rules/csip.toml``.
"""

import re
from datetime import UTC, datetime, timedelta

from lxml import etree

from luutru.metadata_profiles.csip_struct_map import check_struct_map
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import FileGroup, Mets, Q, attributes, need, place_of
from luutru.metadata_profiles.vocabulary import PACKAGE_TYPES, STATUSES, is_content_category


def check_csip(mets: Mets, report: Report, *, representation: bool = False) -> None:
    """Check everything of a METS but its files (those are ``check_file``'s)."""
    _root(mets, report)
    _header(mets, report)
    for section in mets.dmd_secs:
        _dmd_sec(section, mets.location, report)
    _amd_secs(mets, report)
    _file_sec(mets, report, representation=representation)
    check_struct_map(mets, report, representation=representation)


# 5.3.1 The mets root element.


def _root(mets: Mets, report: Report) -> None:
    place, root = f"{mets.location}/mets", mets.root
    need(root, "OBJID", "CSIP1", report, place)
    if not is_content_category(root.get("TYPE", "")):
        report.add("CSIP2", place, value=root.get("TYPE", ""))
    if root.get("TYPE") == "Other":
        need(root, "csip:OTHERTYPE", "CSIP3", report, place)
    need(root, "csip:CONTENTINFORMATIONTYPE", "CSIP4", report, place)
    if root.get("csip:CONTENTINFORMATIONTYPE") == "OTHER":
        need(root, "csip:OTHERCONTENTINFORMATIONTYPE", "CSIP5", report, place)
    need(root, "PROFILE", "CSIP6", report, place)


# 5.3.2 The package header.


def _header(mets: Mets, report: Report) -> None:
    header = mets.header
    if header is None:
        report.add("CSIP117", f"{mets.location}/mets")
        return
    place, found = f"{mets.location}/metsHdr", attributes(header)
    need(found, "CREATEDATE", "CSIP7", report, place)
    _not_in_future(found.get("CREATEDATE", ""), "CSIP7/future", report, place)
    need(found, "LASTMODDATE", "CSIP8", report, place)
    _not_in_future(found.get("LASTMODDATE", ""), "CSIP8/future", report, place)
    need(found, "csip:OAISPACKAGETYPE", "CSIP9", report, place, *PACKAGE_TYPES)
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


def _not_in_future(value: str, rule: str, report: Report, place: str) -> None:
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return  # missing or, by the schema, no date
    # A date without a zone may be up to a day ahead of ours.
    ahead = timedelta(hours=1) if moment.tzinfo else timedelta(days=1)
    if (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) > datetime.now(UTC) + ahead:
        report.add(rule, place, value=value)


def _software_agent(agent: etree._Element, location: str, report: Report) -> None:
    place = place_of(location, agent)
    if not (agent.findtext(f"{Q}name") or "").strip():
        report.add("CSIP14", place)
    notes = agent.findall(f"{Q}note")
    if len(notes) != 1 or not (notes[0].text or "").strip():
        report.add("CSIP15", place)
    if notes and not any(attributes(note).get("csip:NOTETYPE") == "SOFTWARE VERSION" for note in notes):
        report.add("CSIP16", place)


# 5.3.3 Descriptive metadata.

_DMD_REF = ("CSIP22", "CSIP23", "CSIP24", "CSIP25", "CSIP26", "CSIP27", "CSIP28", "CSIP29", "CSIP30")
_PROV_REF = ("CSIP36", "CSIP37", "CSIP38", "CSIP39", "CSIP40", "CSIP41", "CSIP42", "CSIP43", "CSIP44")
_RIGHTS_REF = ("CSIP49", "CSIP50", "CSIP51", "CSIP52", "CSIP53", "CSIP54", "CSIP55", "CSIP56", "CSIP57")


def _dmd_sec(section: etree._Element, location: str, report: Report) -> None:
    place, found = place_of(location, section), attributes(section)
    need(found, "ID", "CSIP18", report, place)
    need(found, "CREATED", "CSIP19", report, place)
    need(found, "STATUS", "CSIP20", report, place, *STATUSES)
    _references(section, place, "CSIP21", _DMD_REF, report)


# 5.3.4 Administrative metadata.


def _amd_secs(mets: Mets, report: Report) -> None:
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
    place, found = place_of(location, item), attributes(item)
    need(found, "ID", own[0], report, place)
    need(found, "STATUS", own[1], report, place, *STATUSES)
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
    need(found, "LOCTYPE", rules[0], report, place, "URL")
    need(found, "xlink:type", rules[1], report, place, "simple")
    need(found, "xlink:href", rules[2], report, place)
    for name, rule in zip(
        ("MDTYPE", "MIMETYPE", "SIZE", "CREATED", "CHECKSUM", "CHECKSUMTYPE"), rules[3:], strict=True
    ):
        need(found, name, rule, report, place)
    _mime_type(found.get("MIMETYPE", ""), rules[4], report, place)


# 5.3.5 The file section.

_MIME_TYPE = re.compile(
    r"(application|audio|example|font|haptics|image|message|model|multipart|text|video)"
    r"/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*",
)
_MIME_LENGTH = 256


def _mime_type(value: str, rule: str, report: Report, place: str) -> None:
    """The form of a media type (RFC 6838, 4.2): a top-level type of the IANA registry and a name below it."""
    named = value.partition(";")[0].strip()
    if named and not _MIME_TYPE.fullmatch(named):
        report.add(f"{rule}/form", place, value=value[:140])
    if len(value) > _MIME_LENGTH:
        report.add(f"{rule}/long", place, length=len(value), limit=_MIME_LENGTH)


def _file_sec(mets: Mets, report: Report, *, representation: bool) -> None:
    if not mets.file_secs:
        report.add("CSIP58", f"{mets.location}/mets")
        return
    for section in mets.file_secs:
        need(section, "ID", "CSIP59", report, f"{mets.location}/fileSec")
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
    need(found, "USE", "CSIP64", report, group.location)
    need(found, "ID", "CSIP65", report, group.location)
    if found.get("USE", "").startswith("Representations"):
        need(found, "csip:CONTENTINFORMATIONTYPE", "CSIP62", report, group.location)
    if found.get("csip:CONTENTINFORMATIONTYPE") == "OTHER":
        need(found, "csip:OTHERCONTENTINFORMATIONTYPE", "CSIP63", report, group.location)


_FILE = (
    ("ID", "CSIP67"),
    ("MIMETYPE", "CSIP68"),
    ("SIZE", "CSIP69"),
    ("CREATED", "CSIP70"),
    ("CHECKSUM", "CSIP71"),
    ("CHECKSUMTYPE", "CSIP72"),
)


def check_file(found: dict[str, str], locators: list[dict[str, str]], place: str, report: Report) -> None:
    """One ``file`` element of the file section, by its attributes and those of its FLocat elements."""
    for name, rule in _FILE:
        value = found.get(name)
        if value is None or not value.strip():
            report.add(rule, place)
    _mime_type(found.get("MIMETYPE", ""), "CSIP68", report, place)
    if len(locators) != 1:
        report.add("CSIP76", place, count=len(locators))
    for where in locators:
        need(where, "LOCTYPE", "CSIP77", report, place, "URL")
        need(where, "xlink:type", "CSIP78", report, place, "simple")
        need(where, "xlink:href", "CSIP79", report, place)
