"""METS from outside: whatever the bytes, there is a report and no crash; CSIP on what can be read of them."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.metadata_profiles.csip import check_csip, check_file
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import Mets, attributes, href_path, read_mets
from luutru.metadata_profiles.sip import check_sip

GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"
  xmlns:csip="https://DILCIS.eu/XML/METS/CSIPExtensionMETS" OBJID="hồ-sơ-458" TYPE="Mixed"
  PROFILE="https://earksip.dilcis.eu/profile/E-ARK-SIP.xml" csip:CONTENTINFORMATIONTYPE="MIXED">
<metsHdr CREATEDATE="2025-01-02T03:04:05Z" csip:OAISPACKAGETYPE="SIP">
<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>X</name>
<note csip:NOTETYPE="SOFTWARE VERSION">1</note></agent></metsHdr>
<fileSec ID="fs"><fileGrp ID="g" USE="Documentation"><file ID="f" MIMETYPE="text/plain" SIZE="1"
  CREATED="2025-01-02T03:04:05Z" CHECKSUM="00" CHECKSUMTYPE="MD5">
<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="documentation/a.txt"/></file></fileGrp></fileSec>
<structMap ID="s" TYPE="PHYSICAL" LABEL="CSIP"><div ID="d" LABEL="hồ-sơ-458">
<div ID="m" LABEL="Metadata"/><div ID="dd" LABEL="Documentation"><fptr FILEID="g"/></div>
</div></structMap></mets>""".encode()


def read(data: bytes) -> tuple[Mets, Report]:
    report = Report("x")

    def on_file(element: object, group: object) -> None:
        check_file(attributes(element), [attributes(one) for one in element], "f", report)  # type: ignore[arg-type,attr-defined]

    mets = read_mets(io.BytesIO(data), report, "METS.xml", on_file)
    check_csip(mets, report)
    check_sip(mets, report)
    return mets, report


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_what_a_mets_says() -> None:
    mets, report = read(GOOD)
    assert mets.root["OBJID"] == "hồ-sơ-458" and mets.files == 1
    wishes = {"SIP1", "SIP3", "SIP5", "SIP6", "SIP7", "SIP8", "SIP9", "SIP21", "SIP26", "CSIP8"}
    assert rules(report) == wishes | {"CSIP31", "CSIP113", "CSIP114", "SIP15", "SIP16"}


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "never", "", "2025"])
def test_a_date_is_no_trap(date: str) -> None:
    _, report = read(GOOD.replace(b"2025-01-02T03:04:05Z", date.encode()))
    assert "CSIP7/future" not in rules(report)


@pytest.mark.parametrize("date", ["9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00"])
def test_a_package_is_not_made_in_the_future(date: str) -> None:
    _, report = read(GOOD.replace(b"2025-01-02T03:04:05Z", date.encode()))
    assert "CSIP7/future" in rules(report)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 60), st.binary(max_size=20))
def test_damaged_bytes_give_a_report(start: int, length: int, other: bytes) -> None:
    _, report = read(GOOD[:start] + other + GOOD[start + length :])
    assert report.findings


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_attribute_may_be_anything(data: st.DataObject) -> None:
    """The value of one attribute becomes another, the document stays well formed."""
    parts = GOOD.decode().split('"')
    at = data.draw(st.integers(8, len(parts) // 2 - 1)) * 2 + 1
    parts[at] = data.draw(st.text("ab1-:/. {}%ệ", max_size=30))
    _, report = read('"'.join(parts).encode())
    assert report.findings and all(finding.message("vi") for finding in report.findings)


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("a/b.txt", "a/b.txt"),
        ("./a.txt", "a.txt"),
        ("file:///a.txt", "a.txt"),
        ("file://./a.txt", "a.txt"),
        ("h%E1%BB%93%20s%C6%A1.pdf", "hồ sơ.pdf"),
        ("%2e%2e/a", "../a"),
    ],
)
def test_what_an_href_means(href: str, path: str) -> None:
    assert href_path(href) == path
