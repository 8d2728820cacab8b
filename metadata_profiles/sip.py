"""What the E-ARK SIP and DIP specifications (2.x) ask of a root METS beyond the CSIP."""

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import Mets, Q, attributes
from luutru.metadata_profiles.vocabulary import RECORD_STATUSES

SIP_PROFILE = "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"
DIP_PROFILE = "https://earkdip.dilcis.eu/profile/E-ARK-DIP.xml"
CSIP_PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"

_RECORD_IDS = (
    ("SUBMISSIONAGREEMENT", "SIP5"),
    ("PREVIOUSSUBMISSIONAGREEMENT", "SIP6"),
    ("REFERENCECODE", "SIP7"),
    ("PREVIOUSREFERENCECODE", "SIP8"),
)


def declares_sip(mets: Mets) -> bool:
    """Whether a package claims to follow the SIP specification, not only the CSIP."""
    return mets.root.get("PROFILE", "") != CSIP_PROFILE and package_type(mets) in ("SIP", "")


def package_type(mets: Mets) -> str:
    """``csip:OAISPACKAGETYPE``, empty where it is not said."""
    return "" if mets.header is None else attributes(mets.header).get("csip:OAISPACKAGETYPE", "")


def check_sip(mets: Mets, report: Report) -> None:
    """The requirements SIP1 to SIP8 on the root element and the header."""
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


def check_dip(mets: Mets, report: Report) -> None:
    """The requirements on a DIP's root element and header (DIP2, DIP4)."""
    if mets.root.get("PROFILE") != DIP_PROFILE:
        report.add("DIP2", f"{mets.location}/mets", value=mets.root.get("PROFILE", ""))
    if package_type(mets) != "DIP":
        report.add("DIP4", f"{mets.location}/metsHdr", value=package_type(mets))
