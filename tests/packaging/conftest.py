"""An E-ARK package that is good, to be broken requirement by requirement: its METS documents and files."""

import hashlib
from collections.abc import Callable
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
<div ID="m" LABEL="Metadata" ADMID="rightsMD-0 rightsMD-1 digiprovMD-0 digiprovMD-1"
 DMDID="dmdSec-0 dmdSec-1"/>{division("Documentation")}{division("Schemas")}
<div ID="r" LABEL="Representations/rep1"><mptr LOCTYPE="URL" xlink:type="simple" xlink:title="t"
 xlink:href="representations/rep1/METS.xml"/></div></div></structMap></mets>"""

REPRESENTATION = f"""<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:csip="https://DILCIS.eu/XML/METS/CSIPExtensionMETS" xmlns:sip="https://DILCIS.eu/XML/METS/SIPExtensionMETS"
 OBJID="rep1" TYPE="Mixed" csip:CONTENTINFORMATIONTYPE="MIXED" PROFILE="https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml">
<metsHdr CREATEDATE="2025-01-02T03:04:05Z" LASTMODDATE="2025-01-02T03:04:05Z" csip:OAISPACKAGETYPE="SIP">
<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>maker</name><note csip:NOTETYPE="SOFTWARE VERSION">1</note></agent>
</metsHdr>
<fileSec ID="fs">{group("data", "representations/rep1/data/record.txt").replace("representations/rep1/data/record.txt", "data/record.txt")}</fileSec>
<structMap ID="s" TYPE="PHYSICAL" LABEL="CSIP"><div ID="d" LABEL="rep1"><div ID="m" LABEL="Metadata"/>{division("data")}</div></structMap>
</mets>"""


def _findings(root: str, place: Path, representation: str = REPRESENTATION) -> Report:
    package = place / "package"
    for path, data in {
        **FILES,
        "METS.xml": root.encode(),
        "representations/rep1/METS.xml": representation.encode(),
    }.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_bytes(data)
    return validate_path(package, limits=Limits())


NAMES = {
    "m": "http://www.loc.gov/METS/",
    "xlink": "http://www.w3.org/1999/xlink",
    "csip": "https://DILCIS.eu/XML/METS/CSIPExtensionMETS",
    "sip": "https://DILCIS.eu/XML/METS/SIPExtensionMETS",
}


def _changed(xpath: str, attribute: str, value: str | None, root: str = ROOT) -> str:
    """The root METS with an attribute of one element removed or set; without the element where none is named."""
    document = etree.fromstring(root)
    found: Any = document.xpath(f"//{xpath}", namespaces=NAMES)
    (element,) = found
    prefix, _, local = attribute.rpartition(":")
    name = f"{{{NAMES[prefix]}}}{local}" if prefix else local
    if attribute == "text()":
        element.text = value
    elif not attribute:
        element.getparent().remove(element)
    elif value is None:
        del element.attrib[name]
    else:
        element.set(name, value)
    return etree.tostring(document, encoding="unicode")


@pytest.fixture(scope="session")
def root_mets() -> str:
    """The root METS of the good package."""
    return ROOT


@pytest.fixture(scope="session")
def representation_mets() -> str:
    """The METS of its representation."""
    return REPRESENTATION


@pytest.fixture(scope="session")
def findings() -> Callable[..., Report]:
    """``findings(root, place, representation)``: writes the package with these METS documents and checks it."""
    return _findings


@pytest.fixture(scope="session")
def changed() -> Callable[..., str]:
    """``changed(xpath, attribute, value, root)``: a METS with one element or attribute changed or removed."""
    return _changed
