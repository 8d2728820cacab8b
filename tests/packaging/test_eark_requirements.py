"""Each requirement of the CSIP, the SIP and the DIP is broken once, alone, and is then reported under its id."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from luutru.metadata_profiles.finding import Report
from luutru.packaging.package import validate_path
from luutru.packaging.unpack import Limits

FILES = {
    "documentation/read.txt": b"read me",
    "schemas/mets.xsd": b"<schema/>",
    "metadata/descriptive/ead.xml": b"<ead/>",
    "metadata/descriptive/more.xml": b"<more/>",
    "metadata/preservation/premis.xml": b"<premis/>",
    "metadata/preservation/more.xml": b"<more/>",
    "metadata/other/rights.xml": b"<rights/>",
    "metadata/other/more.xml": b"<more/>",
    "representations/rep1/data/record.txt": "công văn".encode(),
}


def facts(path: str) -> str:
    data = FILES[path]
    return (
        f'MIMETYPE="text/plain" SIZE="{len(data)}" CREATED="2025-01-02T03:04:05Z"'
        f' CHECKSUM="{hashlib.sha256(data).hexdigest()}" CHECKSUMTYPE="SHA-256"'
    )


def reference(path: str, kind: str = "OTHER") -> str:
    other = ' OTHERMDTYPE="x"' if kind == "OTHER" else ""
    return (
        f'<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="{path}" MDTYPE="{kind}"{other} {facts(path)}/>'
    )


def section(tag: str, number: int, path: str, kind: str = "OTHER") -> str:
    return f'<{tag} ID="{tag}-{number}" CREATED="2025-01-02T03:04:05Z" STATUS="CURRENT">{reference(path, kind)}</{tag}>'


def group(name: str, path: str) -> str:
    return (
        f'<fileGrp ID="group-{name}" USE="{name}" csip:CONTENTINFORMATIONTYPE="MIXED">'
        f'<file ID="file-{name}" sip:FILEFORMATNAME="text" sip:FILEFORMATVERSION="1" sip:FILEFORMATREGISTRY="PRONOM"'
        f' sip:FILEFORMATKEY="x-fmt/111" {facts(path)}>'
        f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="{path}"/></file></fileGrp>'
    )


def division(name: str) -> str:
    return f'<div ID="div-{name}" LABEL="{name}"><fptr FILEID="group-{name}"/></div>'


def agent(name: str, role: str, kind: str, more: str = "") -> str:
    return (
        f'<agent ROLE="{role}" TYPE="{kind}"{more}><name>{name}</name>'
        '<note csip:NOTETYPE="IDENTIFICATIONCODE">1</note></agent>'
    )


ROOT = f"""<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:csip="https://DILCIS.eu/XML/METS/CSIPExtensionMETS" xmlns:sip="https://DILCIS.eu/XML/METS/SIPExtensionMETS"
 OBJID="uuid-1" TYPE="Mixed" LABEL="hồ sơ" csip:CONTENTINFORMATIONTYPE="MIXED"
 PROFILE="https://earksip.dilcis.eu/profile/E-ARK-SIP.xml">
<metsHdr CREATEDATE="2025-01-02T03:04:05Z" LASTMODDATE="2025-01-02T03:04:05Z" RECORDSTATUS="NEW" csip:OAISPACKAGETYPE="SIP">
<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>maker</name><note csip:NOTETYPE="SOFTWARE VERSION">1</note></agent>
{agent("archivist", "ARCHIVIST", "ORGANIZATION")}
{agent("submitter", "CREATOR", "ORGANIZATION")}
{agent("contact", "CREATOR", "INDIVIDUAL")}
{agent("preserver", "PRESERVATION", "ORGANIZATION")}
<altRecordID TYPE="SUBMISSIONAGREEMENT">a</altRecordID><altRecordID TYPE="PREVIOUSSUBMISSIONAGREEMENT">b</altRecordID>
<altRecordID TYPE="REFERENCECODE">c</altRecordID><altRecordID TYPE="PREVIOUSREFERENCECODE">d</altRecordID>
</metsHdr>
{section("dmdSec", 0, "metadata/descriptive/ead.xml", "EAD")}{section("dmdSec", 1, "metadata/descriptive/more.xml")}
<amdSec>{section("rightsMD", 0, "metadata/other/rights.xml")}{section("rightsMD", 1, "metadata/other/more.xml")}
{section("digiprovMD", 0, "metadata/preservation/premis.xml", "PREMIS")}
{section("digiprovMD", 1, "metadata/preservation/more.xml")}</amdSec>
<fileSec ID="fs">{group("Documentation", "documentation/read.txt")}{group("Schemas", "schemas/mets.xsd")}</fileSec>
<structMap ID="s" TYPE="PHYSICAL" LABEL="CSIP"><div ID="d" LABEL="uuid-1">
<div ID="m" LABEL="Metadata" ADMID="digiprovMD-0" DMDID="dmdSec-0"/>{division("Documentation")}{division("Schemas")}
<div ID="r" LABEL="Representations/rep1"><mptr LOCTYPE="URL" xlink:type="simple" xlink:title="t"
 xlink:href="representations/rep1/METS.xml"/></div></div></structMap></mets>"""

REPRESENTATION = f"""<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:csip="https://DILCIS.eu/XML/METS/CSIPExtensionMETS" xmlns:sip="https://DILCIS.eu/XML/METS/SIPExtensionMETS"
 OBJID="rep1" TYPE="Mixed" csip:CONTENTINFORMATIONTYPE="MIXED" PROFILE="https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml">
<metsHdr CREATEDATE="2025-01-02T03:04:05Z" csip:OAISPACKAGETYPE="SIP">
<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>maker</name><note csip:NOTETYPE="SOFTWARE VERSION">1</note></agent>
</metsHdr>
<fileSec ID="fs">{group("data", "representations/rep1/data/record.txt").replace("representations/rep1/data/record.txt", "data/record.txt")}</fileSec>
<structMap ID="s" TYPE="PHYSICAL" LABEL="CSIP"><div ID="d" LABEL="rep1"><div ID="m" LABEL="Metadata"/>{division("data")}</div></structMap>
</mets>"""


def findings(root: str, place: Path) -> Report:
    package = place / "package"
    for path, data in {
        **FILES,
        "METS.xml": root.encode(),
        "representations/rep1/METS.xml": REPRESENTATION.encode(),
    }.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_bytes(data)
    return validate_path(package, limits=Limits())


def test_the_package_to_break_is_good(tmp_path: Path) -> None:
    assert {f.rule for f in findings(ROOT, tmp_path).findings if f.severity == "error"} == set()


NAMES = {
    "m": "http://www.loc.gov/METS/",
    "xlink": "http://www.w3.org/1999/xlink",
    "csip": "https://DILCIS.eu/XML/METS/CSIPExtensionMETS",
    "sip": "https://DILCIS.eu/XML/METS/SIPExtensionMETS",
}


def changed(xpath: str, attribute: str, value: str | None, root: str = ROOT) -> str:
    """The root METS with an attribute of one element removed or set; without the element where none is named."""
    document = etree.fromstring(root)
    found: Any = document.xpath(f"//{xpath}", namespaces=NAMES)
    (element,) = found
    prefix, _, local = attribute.rpartition(":")
    name = f"{{{NAMES[prefix]}}}{local}" if prefix else local
    if not attribute:
        element.getparent().remove(element)
    elif value is None:
        del element.attrib[name]
    else:
        element.set(name, value)
    return etree.tostring(document, encoding="unicode")


LONG = "text/" + "x" * 300
DMD, PROV, RIGHTS = (f"m:{tag}[1]" for tag in ("dmdSec", "digiprovMD", "rightsMD"))
DMD_REF, PROV_REF, RIGHTS_REF = (f"{section}/m:mdRef" for section in (DMD, PROV, RIGHTS))
GROUP, FILE = "m:fileGrp[@USE='Documentation']", "m:file[@ID='file-Documentation']"
REP = "m:div[@LABEL='Representations/rep1']"
SOFTWARE, CREATOR, SUBMITTER, CONTACT, PRESERVER = (
    f"m:agent[m:name='{name}']" for name in ("maker", "archivist", "submitter", "contact", "preserver")
)

FAULTS = [
    ("CSIP1", "m:mets", "OBJID", None),
    ("CSIP2", "m:mets", "TYPE", "Mess"),
    ("CSIP3", "m:mets", "TYPE", "Other"),
    ("CSIP4", "m:mets", "csip:CONTENTINFORMATIONTYPE", None),
    ("CSIP5", "m:mets", "csip:CONTENTINFORMATIONTYPE", "OTHER"),
    ("CSIP6", "m:mets", "PROFILE", None),
    ("CSIP117", "m:metsHdr", "", None),
    ("CSIP7", "m:metsHdr", "CREATEDATE", None),
    ("CSIP8", "m:metsHdr", "LASTMODDATE", None),
    ("CSIP9", "m:metsHdr", "csip:OAISPACKAGETYPE", None),
    ("CSIP13", SOFTWARE, "OTHERTYPE", "PROGRAM"),
    ("CSIP14", f"{SOFTWARE}/m:name", "", None),
    ("CSIP18", DMD, "ID", None),
    ("CSIP19", DMD, "CREATED", None),
    ("CSIP20", DMD, "STATUS", "OLD"),
    ("CSIP21", DMD_REF, "", None),
    ("CSIP22", DMD_REF, "LOCTYPE", "URN"),
    ("CSIP23", DMD_REF, "xlink:type", None),
    ("CSIP24", DMD_REF, "xlink:href", None),
    ("CSIP25", DMD_REF, "MDTYPE", None),
    ("CSIP26", DMD_REF, "MIMETYPE", None),
    ("CSIP26/form", DMD_REF, "MIMETYPE", "words"),
    ("CSIP26/long", DMD_REF, "MIMETYPE", LONG),
    ("CSIP27", DMD_REF, "SIZE", None),
    ("CSIP28", DMD_REF, "CREATED", None),
    ("CSIP29", DMD_REF, "CHECKSUM", None),
    ("CSIP29/contradiction", "m:dmdSec[2]/m:mdRef", "xlink:href", "metadata/descriptive/ead.xml"),
    ("CSIP30", DMD_REF, "CHECKSUMTYPE", None),
    ("CSIP33", PROV, "ID", None),
    ("CSIP34", PROV, "STATUS", None),
    ("CSIP35", PROV_REF, "", None),
    ("CSIP36", PROV_REF, "LOCTYPE", "URN"),
    ("CSIP37", PROV_REF, "xlink:type", None),
    ("CSIP38", PROV_REF, "xlink:href", None),
    ("CSIP38/missing", PROV_REF, "xlink:href", "metadata/gone.xml"),
    ("CSIP38/outside", PROV_REF, "xlink:href", "../premis.xml"),
    ("CSIP39", PROV_REF, "MDTYPE", None),
    ("CSIP40", PROV_REF, "MIMETYPE", None),
    ("CSIP40/form", PROV_REF, "MIMETYPE", "text/plain/x"),
    ("CSIP40/long", PROV_REF, "MIMETYPE", LONG),
    ("CSIP41", PROV_REF, "SIZE", None),
    ("CSIP42", PROV_REF, "CREATED", None),
    ("CSIP43", PROV_REF, "CHECKSUM", None),
    ("CSIP43/form", PROV_REF, "CHECKSUM", "abc"),
    ("CSIP43/differs", PROV_REF, "CHECKSUM", "0" * 64),
    ("CSIP43/contradiction", "m:digiprovMD[2]/m:mdRef", "xlink:href", "metadata/preservation/premis.xml"),
    ("CSIP44", PROV_REF, "CHECKSUMTYPE", None),
    ("CSIP44/unknown", PROV_REF, "CHECKSUMTYPE", "HAVAL"),
    ("CSIP46", RIGHTS, "ID", None),
    ("CSIP47", RIGHTS, "STATUS", None),
    ("CSIP48", RIGHTS_REF, "", None),
    ("CSIP49", RIGHTS_REF, "LOCTYPE", None),
    ("CSIP50", RIGHTS_REF, "xlink:type", None),
    ("CSIP51", RIGHTS_REF, "xlink:href", ""),
    ("CSIP51/missing", RIGHTS_REF, "xlink:href", "metadata/gone.xml"),
    ("CSIP51/outside", RIGHTS_REF, "xlink:href", "file:///etc/../../passwd"),
    ("CSIP52", RIGHTS_REF, "MDTYPE", None),
    ("CSIP53", RIGHTS_REF, "MIMETYPE", None),
    ("CSIP53/form", RIGHTS_REF, "MIMETYPE", "text plain"),
    ("CSIP53/long", RIGHTS_REF, "MIMETYPE", LONG),
    ("CSIP54", RIGHTS_REF, "SIZE", None),
    ("CSIP55", RIGHTS_REF, "CREATED", None),
    ("CSIP56", RIGHTS_REF, "CHECKSUM", None),
    ("CSIP56/form", RIGHTS_REF, "CHECKSUM", "xyz"),
    ("CSIP56/differs", RIGHTS_REF, "CHECKSUM", "0" * 64),
    ("CSIP56/contradiction", "m:rightsMD[2]/m:mdRef", "xlink:href", "metadata/other/rights.xml"),
    ("CSIP57", RIGHTS_REF, "CHECKSUMTYPE", None),
    ("CSIP57/unknown", RIGHTS_REF, "CHECKSUMTYPE", "TIGER"),
    ("CSIP59", "m:fileSec", "ID", None),
    ("CSIP63", GROUP, "csip:CONTENTINFORMATIONTYPE", "OTHER"),
    ("CSIP64", GROUP, "USE", None),
    ("CSIP65", GROUP, "ID", None),
    ("CSIP67", FILE, "ID", None),
    ("CSIP68", FILE, "MIMETYPE", None),
    ("CSIP69", FILE, "SIZE", None),
    ("CSIP70", FILE, "CREATED", None),
    ("CSIP71", FILE, "CHECKSUM", None),
    ("CSIP72", FILE, "CHECKSUMTYPE", None),
    ("CSIP76", f"{FILE}/m:FLocat", "", None),
    ("CSIP77", f"{FILE}/m:FLocat", "LOCTYPE", "URN"),
    ("CSIP78", f"{FILE}/m:FLocat", "xlink:type", None),
    ("CSIP79", f"{FILE}/m:FLocat", "xlink:href", None),
    ("CSIP79/missing", f"{FILE}/m:FLocat", "xlink:href", "documentation/gone.txt"),
    ("CSIP71/contradiction", "m:file[@ID='file-Schemas']/m:FLocat", "xlink:href", "documentation/read.txt"),
    ("CSIP81", "m:structMap", "TYPE", "LOGICAL"),
    ("CSIP83", "m:structMap", "ID", None),
    ("CSIP85", "m:structMap/m:div", "ID", None),
    ("CSIP91", "m:div[@LABEL='Metadata']", "ADMID", None),
    ("CSIP92", "m:div[@LABEL='Metadata']", "DMDID", None),
    ("CSIP84", "m:structMap/m:div", "", None),
    ("CSIP89", "m:div[@LABEL='Metadata']", "ID", None),
    ("CSIP94", "m:div[@LABEL='Documentation']", "ID", None),
    ("CSIP96", "m:div[@LABEL='Documentation']/m:fptr", "", None),
    ("CSIP100", "m:div[@LABEL='Schemas']/m:fptr", "", None),
    ("CSIP118", "m:div[@LABEL='Schemas']/m:fptr", "FILEID", None),
    ("CSIP116", "m:div[@LABEL='Documentation']/m:fptr", "FILEID", " "),
    ("CSIP98", "m:div[@LABEL='Schemas']", "ID", None),
    ("CSIP105", REP, "", None),
    ("CSIP106", REP, "ID", None),
    ("CSIP107", REP, "LABEL", "Submission"),
    ("CSIP107/missing", REP, "LABEL", "Representations/rep2"),
    ("CSIP108", f"{REP}/m:mptr", "xlink:title", None),
    ("CSIP109", f"{REP}/m:mptr", "", None),
    ("CSIP110", f"{REP}/m:mptr", "xlink:href", ""),
    ("CSIP110/outside", f"{REP}/m:mptr", "xlink:href", "../METS.xml"),
    ("CSIP111", f"{REP}/m:mptr", "xlink:type", None),
    ("CSIP112", f"{REP}/m:mptr", "LOCTYPE", "URN"),
    ("SIP10", CREATOR, "ROLE", "WRITER"),
    ("SIP11", CREATOR, "TYPE", "OTHER"),
    ("SIP12", f"{CREATOR}/m:name", "", None),
    ("SIP13", f"{CREATOR}/m:note", "", None),
    ("SIP14", f"{CREATOR}/m:note", "csip:NOTETYPE", None),
    ("SIP17", SUBMITTER, "TYPE", None),
    ("SIP18", f"{SUBMITTER}/m:name", "", None),
    ("SIP19", f"{SUBMITTER}/m:note", "", None),
    ("SIP20", f"{SUBMITTER}/m:note", "csip:NOTETYPE", None),
    ("SIP22", CONTACT, "ROLE", "ASK"),
    ("SIP23", CONTACT, "TYPE", "ORGANIZATION"),
    ("SIP24", f"{CONTACT}/m:name", "", None),
    ("SIP25", f"{CONTACT}/m:note", "", None),
    ("SIP27", PRESERVER, "ROLE", "KEEPER"),
    ("SIP28", PRESERVER, "TYPE", "INDIVIDUAL"),
    ("SIP29", f"{PRESERVER}/m:name", "", None),
    ("SIP30", f"{PRESERVER}/m:note", "", None),
    ("SIP31", f"{PRESERVER}/m:note", "csip:NOTETYPE", None),
    ("SIP32/empty", FILE, "sip:FILEFORMATNAME", " "),
    ("SIP33/empty", FILE, "sip:FILEFORMATVERSION", ""),
    ("SIP34/empty", FILE, "sip:FILEFORMATREGISTRY", ""),
    ("SIP35/empty", FILE, "sip:FILEFORMATKEY", ""),
]


@pytest.mark.parametrize(
    ("rule", "xpath", "attribute", "value"), FAULTS, ids=[f"{fault[0]} {fault[2]}" for fault in FAULTS]
)
def test_a_fault_is_reported_under_its_requirement(
    rule: str, xpath: str, attribute: str, value: str | None, tmp_path: Path
) -> None:
    assert rule in {finding.rule for finding in findings(changed(xpath, attribute, value), tmp_path).findings}


def test_without_an_organisation_and_a_person_nobody_hands_it_over(tmp_path: Path) -> None:
    alone = changed(CONTACT, "", None)
    nobody = findings(changed(SUBMITTER, "", None, alone), tmp_path / "nobody")
    assert {"SIP15", "SIP16"} <= {finding.rule for finding in nobody.findings}
    without = findings(changed(SUBMITTER, "ROLE", None, alone), tmp_path / "without")
    assert {"SIP15", "SIP16"} <= {finding.rule for finding in without.findings}


def test_the_files_of_a_representation_say_what_they_are(tmp_path: Path) -> None:
    silent = changed(GROUP, "csip:CONTENTINFORMATIONTYPE", None)
    broken = findings(changed(GROUP, "USE", "Representations/rep1", silent), tmp_path)
    assert "CSIP62" in {finding.rule for finding in broken.findings}


def test_a_header_names_who_made_the_package(tmp_path: Path) -> None:
    nameless = re.sub(r"<agent.*?</agent>", "", ROOT, flags=re.DOTALL)
    assert "CSIP10" in {finding.rule for finding in findings(nameless, tmp_path).findings}


def test_representations_described_in_the_root_have_a_division(tmp_path: Path) -> None:
    described = changed(GROUP, "USE", "Representations")
    without = {finding.rule for finding in findings(described, tmp_path / "without").findings}
    assert {"CSIP101", "CSIP103"} <= without
    nameless = changed("m:div[@LABEL='Documentation']", "LABEL", "Representations", described)
    nameless = changed("m:div[@LABEL='Representations']", "ID", None, nameless)
    assert "CSIP102" in {finding.rule for finding in findings(nameless, tmp_path / "nameless").findings}


@pytest.mark.parametrize(
    ("rules", "xpath", "attribute", "value"),
    [
        ({"CSIP104"}, "m:fptr", "", None),
        ({"CSIP119"}, "m:fptr", "FILEID", " "),
        ({"CSIP104/group", "CSIP119/group"}, "m:fptr", "FILEID", "group-Schemas"),
    ],
)
def test_a_division_of_representations_points_to_their_files(
    rules: set[str], xpath: str, attribute: str, value: str | None, tmp_path: Path
) -> None:
    described = changed("m:div[@LABEL='Documentation']", "LABEL", "Representations")
    described = changed(GROUP, "USE", "Representations", described)
    broken = changed(f"m:div[@LABEL='Representations']/{xpath}", attribute, value, described)
    assert rules <= {finding.rule for finding in findings(broken, tmp_path).findings}


def test_a_representation_has_a_folder_for_its_data(tmp_path: Path) -> None:
    findings(ROOT, tmp_path)
    representation = tmp_path / "package/representations/rep1"
    (representation / "data").rename(representation / "content")
    report = validate_path(tmp_path / "package", limits=Limits())
    assert "CSIPSTR11" in {finding.rule for finding in report.findings}


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("DIP1", 'OBJID="uuid-1"', ""),
        ("DIP2", "E-ARK-DIP.xml", "E-ARK-XIP.xml"),
        ("DIP3", 'csip:OAISPACKAGETYPE="DIP"', 'csip:OAISPACKAGETYPE="AIP"'),
        ("DIP4", 'STATUS="CURRENT"', 'STATUS="SUPERSEDED"'),
    ],
)
def test_a_dip_is_asked_for_more(rule: str, old: str, new: str, tmp_path: Path) -> None:
    dip = ROOT.replace(
        "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml", "https://earkdip.dilcis.eu/profile/E-ARK-DIP.xml"
    )
    dip = dip.replace('csip:OAISPACKAGETYPE="SIP"', 'csip:OAISPACKAGETYPE="DIP"')
    assert "DIP" not in {re.sub(r"\d.*", "", f.rule) for f in findings(dip, tmp_path / "good").findings}
    broken = dip.replace(old, new, 1)
    assert broken != dip
    assert rule in {finding.rule for finding in findings(broken, tmp_path / "bad").findings}
