"""The requirements of the Common Specification for Information Packages (E-ARK CSIP 2.x) on a METS.

A function for each part of the METS, in the order of the specification's section 5; every
requirement is named by its id where it is checked; those on the structural map in
``csip_struct_map``.  Severities and texts stand in ``rules/csip.toml``.
"""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from lxml import etree

from luutru.metadata_profiles.csip_struct_map import check_struct_map
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import FileGroup, Mets, Q, attributes, need, place_of
from luutru.metadata_profiles.vocabulary import (
    CHECKSUM_TYPES,
    METADATA_TYPES,
    PACKAGE_TYPES,
    STATUSES,
    is_content_category,
    is_content_information_type,
)


def check_csip(mets: Mets, report: Report, *, representation: bool = False) -> None:
    """Check everything of a METS but its files (those are ``check_file``'s)."""
    _root(mets, report, representation=representation)
    _header(mets, report)
    for section in mets.dmd_secs:
        _dmd_sec(section, mets.location, report)
    _amd_secs(mets, report)
    _file_sec(mets, report, representation=representation)
    check_struct_map(mets, report, representation=representation)
    for bad in mets.bad_ids:
        if bad.kind in _IDS:
            report.add(_IDS[bad.kind], f"{mets.location}#{bad.id}", value=bad.id)


_IDS = {
    "dmdSec": "CSIP18/id",
    "digiprovMD": "CSIP33/id",
    "rightsMD": "CSIP46/id",
    "fileSec": "CSIP59/id",
    "fileGrp": "CSIP65/id",
    "file": "CSIP67/id",
}
"""What an ID must be (the schema says it too); those of the structural map are ``csip_struct_map``'s."""


# 5.3.1 The mets root element.


_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")


def _root(mets: Mets, report: Report, *, representation: bool) -> None:
    place, root = f"{mets.location}/mets", mets.root
    need(root, "OBJID", "CSIP1", report, place)
    if not is_content_category(root.get("TYPE", "")):
        report.add("CSIP2", place, value=root.get("TYPE", ""))
    if root.get("TYPE", "").casefold() == "other":
        need(root, "csip:OTHERTYPE", "CSIP3", report, place)
    rule = "CSIP4/representation" if representation else "CSIP4"
    _content_information(root, (rule, "CSIP4/vocabulary", "CSIP5"), report, place)
    need(root, "PROFILE", "CSIP6", report, place)
    if root.get("PROFILE", "").strip() and not _URL.fullmatch(root["PROFILE"].strip()):
        report.add("CSIP6/url", place, value=root["PROFILE"][:140])


def _content_information(
    found: dict[str, str], rules: tuple[str, str, str], report: Report, place: str
) -> None:
    """The content information type: there, one of the vocabulary, and with OTHER the name of the other."""
    value = found.get("csip:CONTENTINFORMATIONTYPE", "")
    if not value.strip():
        if rules[0]:
            report.add(rules[0], place, value=value)
    elif value == "OTHER":
        need(found, "csip:OTHERCONTENTINFORMATIONTYPE", rules[2], report, place)
    elif not is_content_information_type(value):
        report.add(rules[1], place, value=value[:140])


# 5.3.2 The package header.


def _header(mets: Mets, report: Report) -> None:
    header = mets.header
    if header is None:
        report.add("CSIP117", f"{mets.location}/mets")
        return
    place, found = f"{mets.location}/metsHdr", attributes(header)
    need(found, "CREATEDATE", "CSIP7", report, place)
    _moment(found.get("CREATEDATE", ""), "CSIP7/form", report, place)
    _not_in_future(found.get("CREATEDATE", ""), "CSIP7/future", report, place)
    need(found, "LASTMODDATE", "CSIP8", report, place)
    _moment(found.get("LASTMODDATE", ""), "CSIP8/form", report, place)
    _not_in_future(found.get("LASTMODDATE", ""), "CSIP8/future", report, place)
    need(found, "csip:OAISPACKAGETYPE", "CSIP9", report, place, *PACKAGE_TYPES)
    agents = header.findall(f"{Q}agent")
    if not agents:
        report.add("CSIP10", place)
        return
    # The one that is most like the software's: what it lacks then is what is wrong with it.
    software = max(agents, key=_software_likeness)
    for name, value, rule in _SOFTWARE:
        if software.get(name) != value:
            report.add(rule, place_of(mets.location, software), value=software.get(name, ""))
    for agent in agents:
        if agent is software or _software_likeness(agent) == len(_SOFTWARE):
            _software_agent(agent, mets.location, report)


_SOFTWARE = (("OTHERTYPE", "SOFTWARE", "CSIP13"), ("TYPE", "OTHER", "CSIP12"), ("ROLE", "CREATOR", "CSIP11"))


def _software_likeness(agent: etree._Element) -> int:
    return sum(agent.get(name) == value for name, value, _ in _SOFTWARE)


_MOMENT = re.compile(
    r"-?\d{4,}-\d\d-\d\dT(?:[01]\d|2[0-4]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII
)


@lru_cache(maxsize=1000)
def _is_moment(value: str) -> bool:
    if not _MOMENT.fullmatch(value):
        return False
    with suppress(ValueError):
        date.fromisoformat(value[:10])
        return True
    return value.startswith("-") or value[4] != "-"  # years that Python does not have


def _moment(value: str, rule: str, report: Report, place: str) -> None:
    """A date and time of xsd:dateTime (the schema says it too)."""
    if value.strip() and not _is_moment(value.strip()):
        report.add(rule, place, value=value[:140])


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
    _moment(found.get("CREATED", ""), "CSIP19/form", report, place)
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
    need(found, "MDTYPE", rules[3], report, place, *METADATA_TYPES)
    for name, rule in zip(("MIMETYPE", "SIZE", "CREATED", "CHECKSUM"), rules[4:8], strict=True):
        need(found, name, rule, report, place)
    need(found, "CHECKSUMTYPE", rules[8], report, place, *CHECKSUM_TYPES)
    _mime_type(found.get("MIMETYPE", ""), rules[4], report, place)
    _moment(found.get("CREATED", ""), f"{rules[6]}/form", report, place)


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
    rule = "CSIP62" if found.get("USE", "").startswith("Representations") else ""
    _content_information(found, (rule, "CSIP62/vocabulary", "CSIP63"), report, group.location)
    if not group.filled:
        report.add("CSIP66", group.location)


_FILE = (
    ("ID", "CSIP67"),
    ("MIMETYPE", "CSIP68"),
    ("SIZE", "CSIP69"),
    ("CREATED", "CSIP70"),
    ("CHECKSUM", "CSIP71"),
)


def check_file(found: dict[str, str], locators: list[dict[str, str]], place: str, report: Report) -> None:
    """One ``file`` element of the file section, by its attributes and those of its FLocat elements."""
    for name, rule in _FILE:
        value = found.get(name)
        if value is None or not value.strip():
            report.add(rule, place)
    if found.get("CHECKSUMTYPE") not in CHECKSUM_TYPES:
        report.add("CSIP72", place, value=found.get("CHECKSUMTYPE", ""))
    _mime_type(found.get("MIMETYPE", ""), "CSIP68", report, place)
    _moment(found.get("CREATED", ""), "CSIP70/form", report, place)
    if len(locators) != 1:
        report.add("CSIP76", place, count=len(locators))
    for where in locators:
        need(where, "LOCTYPE", "CSIP77", report, place, "URL")
        need(where, "xlink:type", "CSIP78", report, place, "simple")
        need(where, "xlink:href", "CSIP79", report, place)
