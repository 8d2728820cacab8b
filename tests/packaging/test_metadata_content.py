"""Metadata documents inside packages: each fault is named, what is right is left in peace, any input gives a report."""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Report
from luutru.packaging.contents import Contents
from luutru.packaging.metadata_content import check_metadata_content
from luutru.packaging.package import validate_path
from luutru.packaging.samples.as_eark import make_eark_sip
from luutru.packaging.samples.records import make_records
from luutru.packaging.unpack import Limits

RECORD = b"record"
SHA = hashlib.sha256(RECORD).hexdigest()

PREMIS = f"""<premis xmlns="http://www.loc.gov/premis/v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0">
<object xsi:type="file"><objectIdentifier><objectIdentifierType>local</objectIdentifierType>
<objectIdentifierValue>file-1</objectIdentifierValue></objectIdentifier>
<objectCharacteristics><fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm><messageDigest>{SHA}</messageDigest></fixity>
<size>{len(RECORD)}</size><format><formatDesignation><formatName>text</formatName></formatDesignation></format></objectCharacteristics>
<originalName>metadata/preservation/premis.xml</originalName><storage><contentLocation>
<contentLocationType>path</contentLocationType><contentLocationValue>representations/rep1/data/h%E1%BB%93%20s%C6%A1.txt
</contentLocationValue></contentLocation></storage>
<linkingEventIdentifier><linkingEventIdentifierType>local</linkingEventIdentifierType>
<linkingEventIdentifierValue>event-1</linkingEventIdentifierValue></linkingEventIdentifier></object>
<event><eventIdentifier><eventIdentifierType>local</eventIdentifierType><eventIdentifierValue>event-1</eventIdentifierValue>
</eventIdentifier><eventType>creation</eventType><eventDateTime>2025-01-02T03:04:05Z</eventDateTime></event></premis>"""
EAD = """<ead xmlns="http://ead3.archivists.org/schema/"><control><recordid>1</recordid><filedesc><titlestmt><titleproper>Phông
</titleproper></titlestmt></filedesc><maintenancestatus value="new"/><maintenanceagency><agencyname>Lưu trữ</agencyname>
</maintenanceagency><maintenancehistory><maintenanceevent><eventtype value="created"/><eventdatetime>2025</eventdatetime>
<agenttype value="human"/><agent>x</agent></maintenanceevent></maintenancehistory></control>
<archdesc level="fonds"><did><unittitle id="t">Phông <ref target="t">x</ref></unittitle></did></archdesc></ead>"""
DC = """<record xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Công văn</dc:title>
<dc:identifier>1</dc:identifier><dc:date>2025-01-02</dc:date></record>"""

PREMIS_PATH, EAD_PATH, DC_PATH = (
    "metadata/preservation/premis.xml",
    "metadata/descriptive/ead.xml",
    "representations/rep1/metadata/descriptive/dc.xml",
)
DOCUMENTS = {PREMIS_PATH: PREMIS, EAD_PATH: EAD, DC_PATH: DC}
DATA = "representations/rep1/data/hồ sơ.txt"


def check(place: Path, changed: dict[str, str], *, named: dict[str, bytes] | None = None) -> Report:
    files = {path: text.encode() for path, text in {**DOCUMENTS, **changed}.items()}
    for path, data in {**files, DATA: RECORD}.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
    report = Report("x")
    said = {path: (("sha256", digest),) for path, digest in (named or {}).items()}
    check_metadata_content(Contents(place, list_files(place).sizes), said, report)
    return report


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_what_is_right_is_left_in_peace(tmp_path: Path) -> None:
    assert rules(check(tmp_path, {}, named={DATA: bytes.fromhex(SHA)})) == set()


@pytest.mark.parametrize(
    ("rule", "path", "old", "new"),
    [
        ("PREMIS-XSD", PREMIS_PATH, "<eventType>creation</eventType>", ""),
        ("PREMIS-ID/doubled", PREMIS_PATH, "</premis>", PREMIS[PREMIS.index("<event>") :]),
        ("PREMIS-LINK", PREMIS_PATH, "Value>event-1</linking", "Value>event-2</linking"),
        ("PREMIS-SIZE", PREMIS_PATH, "<size>6<", "<size>7<"),
        ("PREMIS-FIXITY/form", PREMIS_PATH, SHA, SHA[:-2]),
        ("PREMIS-FIXITY/differs", PREMIS_PATH, SHA, "0" * 64),
        ("PREMIS-VERSION", PREMIS_PATH, "http://www.loc.gov/premis/v3", "info:lc/xmlns/premis-v2"),
        ("XML-NOT-WELL-FORMED", PREMIS_PATH, "</event>", ""),
        ("XML-NOT-WELL-FORMED", DC_PATH, "<record", "record"),
        ("XML-DTD", PREMIS_PATH, "<premis", '<!DOCTYPE premis [<!ENTITY a "b">]><premis'),
        ("XML-DTD", EAD_PATH, "<ead ", '<!DOCTYPE ead [<!ENTITY a "b">]><ead '),
        ("EAD-XSD", EAD_PATH, "<recordid>1</recordid>", ""),
        ("EAD-VERSION", EAD_PATH, "http://ead3.archivists.org/schema/", "urn:isbn:1-931666-22-9"),
        ("EAD-ID/doubled", EAD_PATH, "<did>", '<did id="t">'),
        ("EAD-ID/dangling", EAD_PATH, 'target="t"', 'target="u"'),
        ("DC-ELEMENT", DC_PATH, "</record>", "<dc:tittle>x</dc:tittle></record>"),
        ("DC-EMPTY", DC_PATH, "</record>", "<dc:creator> </dc:creator></record>"),
        ("DC-DATE", DC_PATH, "2025-01-02", "02/01/2025"),
        ("DC-LACKS", DC_PATH, "<dc:identifier>1</dc:identifier>", ""),
    ],
)
def test_a_fault_is_named(rule: str, path: str, old: str, new: str, tmp_path: Path) -> None:
    text = DOCUMENTS[path].replace(old, new, 1)
    assert text != DOCUMENTS[path]
    assert rule in rules(check(tmp_path, {path: text}))


def test_premis_and_mets_may_not_contradict_each_other(tmp_path: Path) -> None:
    assert rules(check(tmp_path, {}, named={DATA: bytes(32)})) == {"PREMIS-FIXITY/mets"}


def test_without_payload_no_file_is_read(tmp_path: Path) -> None:
    check(tmp_path, {PREMIS_PATH: PREMIS.replace(SHA, "0" * 64)})
    report = Report("x")
    check_metadata_content(Contents(tmp_path, list_files(tmp_path).sizes), {}, report, schema_only=True)
    assert rules(report) == set()


def test_a_sample_sip_has_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    make_records(tmp_path / "records")
    report = validate_path(make_eark_sip(tmp_path / "records", tmp_path / "sip"), limits=Limits())
    assert report.valid and not [r for r in rules(report) if r.startswith(("PREMIS", "EAD", "DC"))]


@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_damaged_documents_give_a_report(path: str, data: st.DataObject) -> None:
    text = DOCUMENTS[path]
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 80))
    other = data.draw(st.text("<>/=\"'&; abệ\x00", max_size=20))
    with TemporaryDirectory() as folder:
        for finding in check(Path(folder), {path: text[:start] + other + text[start + length :]}).findings:
            assert finding.message("vi") and finding.message("en")
