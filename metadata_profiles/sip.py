"""What the E-ARK SIP specification (2.x) asks of a root METS beyond the CSIP."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from luutru.metadata_profiles.dip import DIP_PROFILE
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import Mets, Q, attributes, need, place_of
from luutru.metadata_profiles.vocabulary import AGENT_ROLES, RECORD_STATUSES

SIP_PROFILE = "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"
CSIP_PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"

_RECORD_IDS = (
    ("SUBMISSIONAGREEMENT", "SIP5"),
    ("PREVIOUSSUBMISSIONAGREEMENT", "SIP6"),
    ("REFERENCECODE", "SIP7"),
    ("PREVIOUSREFERENCECODE", "SIP8"),
)


def declares_sip(mets: Mets) -> bool:
    """Whether a package claims to follow the SIP specification, not only the CSIP."""
    profile = mets.root.get("PROFILE", "")
    if profile in (CSIP_PROFILE, DIP_PROFILE):
        return False
    return profile == SIP_PROFILE or package_type(mets) in ("SIP", "")


def package_type(mets: Mets) -> str:
    """``csip:OAISPACKAGETYPE``, empty where it is not said."""
    return "" if mets.header is None else attributes(mets.header).get("csip:OAISPACKAGETYPE", "")


def check_sip(mets: Mets, report: Report) -> None:
    """The requirements SIP1 to SIP31 on the root element, the header and its agents."""
    root, place = mets.root, f"{mets.location}/mets"
    if not root.get("LABEL", "").strip():
        report.add("SIP1", place)
    if root.get("PROFILE") != SIP_PROFILE:
        report.add("SIP2", place, value=root.get("PROFILE", ""))
    if mets.header is None:
        return
    header, place = attributes(mets.header), f"{mets.location}/metsHdr"
    if header.get("RECORDSTATUS", "").upper() not in RECORD_STATUSES:
        report.add("SIP3", place, value=header.get("RECORDSTATUS", ""))
    if header.get("csip:OAISPACKAGETYPE") != "SIP":
        report.add("SIP4", place, value=header.get("csip:OAISPACKAGETYPE", ""))
    identifiers = {
        item.get("TYPE"): (item.text or "").strip() for item in mets.header.findall(f"{Q}altRecordID")
    }
    for kind, rule in _RECORD_IDS:
        if not identifiers.get(kind):
            report.add(rule, place, type=kind)
    _agents(mets, mets.header, report)


def _is_software(agent: etree._Element) -> bool:
    """Whether an agent is the one that the CSIP asks for: it made the package, but hands nothing over."""
    if agent.get("OTHERTYPE") is not None:
        return agent.get("OTHERTYPE") == "SOFTWARE" or agent.get("TYPE") == "OTHER"
    return any(note.get("csip:NOTETYPE") == "SOFTWARE VERSION" for note in _notes(agent))


class _Agent(NamedTuple):
    """The requirements on one kind of agent: itself, its role, type, name and note, the note's type."""

    agent: str
    role: str
    type: str
    name: str
    note: str
    note_type: str
    types: tuple[str, ...] = ("ORGANIZATION", "INDIVIDUAL")


_CREATOR = _Agent("SIP9", "SIP10", "SIP11", "SIP12", "SIP13", "SIP14")
_SUBMITTER = _Agent("SIP15", "SIP16", "SIP17", "SIP18", "SIP19", "SIP20")
_CONTACT = _Agent("SIP21", "SIP22", "SIP23", "SIP24", "SIP25", "", ("INDIVIDUAL",))
_PRESERVER = _Agent("SIP26", "SIP27", "SIP28", "SIP29", "SIP30", "SIP31", ("ORGANIZATION",))


def _agents(mets: Mets, header: etree._Element, report: Report) -> None:
    """Who made the records, who hands them over, whom to ask, who will keep them.

    The roles are what the agents are told apart by; an agent with none that METS knows is said
    under every requirement that it may have been meant for.
    """
    agents = header.findall(f"{Q}agent")
    unknown = [item for item in agents if item.get("ROLE") not in AGENT_ROLES]
    for found, rules in _sorted_out(agents):
        if not found:
            report.add(rules.agent, f"{mets.location}/metsHdr")
            if rules is _SUBMITTER and not unknown:
                report.add(rules.role, f"{mets.location}/metsHdr", value="")
        for item in unknown:
            if not found or _may_be_another(item, rules):
                report.add(rules.role, place_of(mets.location, item), value=item.get("ROLE", ""))
        for item in found:
            _agent(item, rules, place_of(mets.location, item), report)


def _sorted_out(agents: list[etree._Element]) -> Iterator[tuple[list[etree._Element], _Agent]]:
    creators = [item for item in agents if item.get("ROLE") == "ARCHIVIST"]
    creating = [item for item in agents if item.get("ROLE") == "CREATOR" and not _is_software(item)]
    contacts = [item for item in creating if _is_person(item)]
    submitting = [item for item in creating if item not in contacts]
    if not submitting:
        # A person alone hands the package over; beside an organisation, a person is whom to ask.
        submitting, contacts = contacts, []
    elif not creators and len(submitting) > 1:
        # SIP10 prescribes no role: the first of several creating organisations made the records.
        creators, submitting = submitting[:1], submitting[1:]
        contacts += [item for item in submitting[1:] if _notes(item) and not _has_code(item)]
        submitting = [item for item in submitting if item not in contacts]
    elif not contacts:
        # One alone may hand it over: of several organisations, the others should have been persons.
        submitting.sort(key=lambda item: item.get("TYPE") != "ORGANIZATION")
        submitting, contacts = submitting[:1], submitting[1:]
    yield creators, _CREATOR
    yield submitting, _SUBMITTER
    yield contacts, _CONTACT
    yield [item for item in agents if item.get("ROLE") == "PRESERVATION"], _PRESERVER


def _notes(agent: etree._Element) -> list[dict[str, str]]:
    return [attributes(note) for note in agent.findall(f"{Q}note")]


def _has_code(agent: etree._Element) -> bool:
    return any(note.get("csip:NOTETYPE") == "IDENTIFICATIONCODE" for note in _notes(agent))


def _is_person(agent: etree._Element) -> bool:
    """Whether an agent is a contact person: by its type, or, where that is none, by notes that are no code."""
    if agent.get("TYPE") in ("INDIVIDUAL", "ORGANIZATION"):
        return agent.get("TYPE") == "INDIVIDUAL"
    return bool(_notes(agent)) and not _has_code(agent)


def _may_be_another(agent: etree._Element, rules: _Agent) -> bool:
    """Whether an agent without a role may have been meant as one more of a kind that is there."""
    return (rules is _CONTACT) is _is_person(agent) and rules is not _PRESERVER


def _agent(agent: etree._Element, rules: _Agent, place: str, report: Report) -> None:
    need(attributes(agent), "TYPE", rules.type, report, place, *rules.types)
    if not (agent.findtext(f"{Q}name") or "").strip():
        report.add(rules.name, place)
    notes = agent.findall(f"{Q}note")
    if not any((note.text or "").strip() for note in notes):
        report.add(rules.note, place)
    if rules.note_type:
        for note in notes:
            need(attributes(note), "csip:NOTETYPE", rules.note_type, report, place, "IDENTIFICATIONCODE")


_FORMAT = (
    ("sip:FILEFORMATNAME", "SIP32"),
    ("sip:FILEFORMATVERSION", "SIP33"),
    ("sip:FILEFORMATREGISTRY", "SIP34"),
    ("sip:FILEFORMATKEY", "SIP35"),
)


def check_format(file: dict[str, str], found: Counter[str]) -> None:
    """Count the files that say their format (SIP32 to SIP35), and those that say it with nothing."""
    for name, rule in _FORMAT:
        if name in file:
            value = file[name]
            found[rule if value.strip() else f"{rule}/empty"] += 1


def report_formats(found: Counter[str], mets: Mets, report: Report) -> None:
    """Report, once for all files of a METS, what ``check_format`` counted."""
    place = f"{mets.location}/fileSec"
    for _, rule in _FORMAT:
        empty = f"{rule}/empty"
        if found[empty]:
            report.add(empty, place, count=found[empty])
        elif mets.files and not found[rule]:
            report.add(rule, place, count=mets.files)
