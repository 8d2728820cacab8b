"""What the E-ARK DIP specification (2.x) asks of a root METS beyond the CSIP."""

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import Mets, attributes, place_of

DIP_PROFILE = "https://earkdip.dilcis.eu/profile/E-ARK-DIP.xml"


def declares_dip(mets: Mets) -> bool:
    """Whether a package claims to be a DIP, by its profile or by its type."""
    header = {} if mets.header is None else attributes(mets.header)
    return mets.root.get("PROFILE") == DIP_PROFILE or header.get("csip:OAISPACKAGETYPE") == "DIP"


def check_dip(mets: Mets, report: Report) -> None:
    """The requirements DIP1 to DIP4 on the root element, the header and the descriptive metadata."""
    place = f"{mets.location}/mets"
    if not mets.root.get("OBJID", "").strip():
        report.add("DIP1", place)
    if mets.root.get("PROFILE") != DIP_PROFILE:
        report.add("DIP2", place, value=mets.root.get("PROFILE", ""))
    kind = "" if mets.header is None else attributes(mets.header).get("csip:OAISPACKAGETYPE", "")
    if kind != "DIP":
        report.add("DIP3", f"{mets.location}/metsHdr", value=kind)
    for section in mets.dmd_secs:
        status = attributes(section).get("STATUS", "")
        if status != "CURRENT":
            report.add("DIP4", place_of(mets.location, section), value=status)
