"""Each requirement of the CSIP and the SIP is broken once, alone, and is then reported under its id."""

from collections.abc import Callable
from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Report

Findings = Callable[..., Report]
Changed = Callable[..., str]

LONG = "text/" + "x" * 300
DMD, PROV, RIGHTS = (f"m:{tag}[1]" for tag in ("dmdSec", "digiprovMD", "rightsMD"))
DMD_REF, PROV_REF, RIGHTS_REF = (f"{section}/m:mdRef" for section in (DMD, PROV, RIGHTS))
GROUP, FILE = "m:fileGrp[@USE='Documentation']", "m:file[@ID='file-Documentation']"
REP = "m:div[@LABEL='Representations/rep1']"
SOFTWARE, CREATOR, SUBMITTER, CONTACT, PRESERVER = (
    f"m:agent[m:name='{name}']" for name in ("maker", "archivist", "submitter", "contact", "preserver")
)

REFERENCES = ((22, DMD_REF), (36, PROV_REF), (49, RIGHTS_REF))
SAID = (
    *("LOCTYPE", "xlink:type", "xlink:href", "MDTYPE", "MIMETYPE", "SIZE", "CREATED", "CHECKSUM"),
    "CHECKSUMTYPE",
)
MOMENTS = (
    *((7, "m:metsHdr", "CREATEDATE"), (8, "m:metsHdr", "LASTMODDATE"), (19, DMD, "CREATED")),
    *(
        (28, DMD_REF, "CREATED"),
        (42, PROV_REF, "CREATED"),
        (55, RIGHTS_REF, "CREATED"),
        (70, FILE, "CREATED"),
    ),
)
BAD_IDS = (
    *((18, DMD, "1"), (33, PROV, "a b"), (46, RIGHTS, "0"), (59, "m:fileSec", "a:b")),
    *(
        (65, GROUP, "-a"),
        (67, FILE, "file-Schemas"),
        (83, "m:structMap", "fs"),
        (85, "m:structMap/m:div", "."),
    ),
    *((89, "m:div[@LABEL='Metadata']", ""), (94, "m:div[@LABEL='Documentation']", "a/b")),
    *((98, "m:div[@LABEL='Schemas']", "d e"), (106, REP, "r r")),
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
    ("CSIP26/form", DMD_REF, "MIMETYPE", "words"),
    ("CSIP26/long", DMD_REF, "MIMETYPE", LONG),
    ("CSIP29/contradiction", "m:dmdSec[2]/m:mdRef", "xlink:href", "metadata/descriptive/ead.xml"),
    ("CSIP33", PROV, "ID", None),
    ("CSIP34", PROV, "STATUS", None),
    ("CSIP35", PROV_REF, "", None),
    ("CSIP38/missing", PROV_REF, "xlink:href", "metadata/gone.xml"),
    ("CSIP38/outside", PROV_REF, "xlink:href", "../premis.xml"),
    ("CSIP40/form", PROV_REF, "MIMETYPE", "text/plain/x"),
    ("CSIP40/long", PROV_REF, "MIMETYPE", LONG),
    ("CSIP43/form", PROV_REF, "CHECKSUM", "abc"),
    ("CSIP43/differs", PROV_REF, "CHECKSUM", "0" * 64),
    ("CSIP43/contradiction", "m:digiprovMD[2]/m:mdRef", "xlink:href", "metadata/preservation/premis.xml"),
    ("CSIP44/unknown", PROV_REF, "CHECKSUMTYPE", "HAVAL"),
    ("CSIP46", RIGHTS, "ID", None),
    ("CSIP47", RIGHTS, "STATUS", None),
    ("CSIP48", RIGHTS_REF, "", None),
    ("CSIP51/missing", RIGHTS_REF, "xlink:href", "metadata/gone.xml"),
    ("CSIP51/outside", RIGHTS_REF, "xlink:href", "file:///etc/../../passwd"),
    ("CSIP53/form", RIGHTS_REF, "MIMETYPE", "text plain"),
    ("CSIP53/long", RIGHTS_REF, "MIMETYPE", LONG),
    ("CSIP56/form", RIGHTS_REF, "CHECKSUM", "xyz"),
    ("CSIP56/differs", RIGHTS_REF, "CHECKSUM", "0" * 64),
    ("CSIP56/contradiction", "m:rightsMD[2]/m:mdRef", "xlink:href", "metadata/other/rights.xml"),
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
    *((f"CSIP{first + n}", xpath, name, None) for first, xpath in REFERENCES for n, name in enumerate(SAID)),
    *((f"CSIP{first}", xpath, "LOCTYPE", "URN") for first, xpath in REFERENCES),
    # What the schema forbids is said under the requirement too.
    *((f"CSIP{number}/id", xpath, "ID", value) for number, xpath, value in BAD_IDS),
    *(
        (f"CSIP{number}/form", xpath, attribute, "2025-02-30T01:02:03")
        for number, xpath, attribute in MOMENTS
    ),
    *((f"CSIP{number + 3}", xpath, "MDTYPE", "XML") for number, xpath in REFERENCES),
    *((f"CSIP{number + 8}", xpath, "CHECKSUMTYPE", "sha256") for number, xpath in REFERENCES),
    ("CSIP72", FILE, "CHECKSUMTYPE", "SHA256"),
    ("CSIP3", "m:mets", "TYPE", "OTHER"),
    ("CSIP4/vocabulary", "m:mets", "csip:CONTENTINFORMATIONTYPE", "RECORDS"),
    ("CSIP6/url", "m:mets", "PROFILE", "E-ARK"),
    ("CSIP11", SOFTWARE, "ROLE", "EDITOR"),
    ("CSIP12", SOFTWARE, "TYPE", "INDIVIDUAL"),
    ("CSIP13", SOFTWARE, "OTHERTYPE", None),
    ("CSIP62/vocabulary", GROUP, "csip:CONTENTINFORMATIONTYPE", "RECORDS"),
    ("CSIP66", FILE, "", None),
    ("CSIP93/more", "m:div[@LABEL='Schemas']", "LABEL", "Documentation"),
    ("CSIP97/more", "m:div[@LABEL='Documentation']", "LABEL", "Schemas"),
    ("CSIP91/incomplete", "m:div[@LABEL='Metadata']", "ADMID", "rightsMD-0 rightsMD-1 digiprovMD-0"),
    ("CSIP92/incomplete", "m:div[@LABEL='Metadata']", "DMDID", "dmdSec-0"),
    ("CSIP105/missing", REP, "LABEL", "Representations/rep2"),
    ("CSIP107/not-named", REP, "", None),
    ("CSIP110/label", REP, "LABEL", "Representations/rep2"),
    ("SIP13", f"{CREATOR}/m:note", "text()", " "),
    ("SIP17", SUBMITTER, "TYPE", "OTHER"),
    ("SIP23", CONTACT, "TYPE", "OTHER"),
]


def test_the_package_to_break_is_good(tmp_path: Path, findings: Findings, root_mets: str) -> None:
    found = findings(root_mets, tmp_path).findings
    assert {f.rule for f in found if f.severity == "error"} == set()
    assert not {f.rule for f in found} & {fault[0] for fault in FAULTS}


@pytest.mark.parametrize(
    ("rule", "xpath", "attribute", "value"), FAULTS, ids=[f"{fault[0]} {fault[2]}" for fault in FAULTS]
)
def test_a_fault_is_reported_under_its_requirement(
    rule: str,
    xpath: str,
    attribute: str,
    value: str | None,
    tmp_path: Path,
    findings: Findings,
    changed: Changed,
) -> None:
    assert rule in {finding.rule for finding in findings(changed(xpath, attribute, value), tmp_path).findings}
