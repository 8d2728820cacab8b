"""Descriptions in the circular's XML held against its fields: what is wrong is told, field by field."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from luutru.metadata_profiles.finding import Finding, Report
from luutru.metadata_profiles.profile_registry import find_profile
from luutru.metadata_profiles.record_profile import load_record_profile
from luutru.packaging.package import validate_path
from luutru.packaging.profiled import choose
from luutru.packaging.samples.as_tt05 import make_tt05_sip
from luutru.packaging.samples.records import FILE_CODE, make_records
from luutru.packaging.unpack import Limits

if TYPE_CHECKING:
    from tests.packaging.records.conftest import Desk

DOC = "representations/rep1/metadata/descriptive/EAD_doc_1.xml"
EAD = "metadata/descriptive/EAD.xml"
Judged = Callable[["Desk"], Report]


def of_file(**changed: str) -> Judged:
    return lambda desk: desk.judge(desk.sip(desk.file(**changed), desk.document()))


def of_document(**changed: str) -> Judged:
    return lambda desk: desk.judge(desk.sip(desk.file(), desk.document(**changed)))


def of_photo(**fields: str) -> Judged:
    def do(desk: Desk) -> Report:
        photo = {DOC.replace("_doc_", "_pic_"): desk.xml({"docCode": "x", **fields})}
        return desk.judge({EAD: desk.xml(desk.file()), **photo})

    return do


def two_documents(**second: str) -> Judged:
    return lambda desk: desk.judge(desk.sip(desk.file(2), desk.document(), desk.document(2, **second)))


def renamed(old: str, new: str) -> Judged:
    def do(desk: Desk) -> Report:
        fields = [(new if name == old else name, text) for name, text in desk.document().items()]
        return desk.judge(desk.sip(desk.file(), fields))

    return do


def twice(field: str, text: str) -> Judged:
    return lambda desk: desk.judge(desk.sip([*desk.file().items(), (field, text)], desk.document()))


def document_xml(content: bytes) -> Judged:
    def do(desk: Desk) -> Report:
        return desk.judge({EAD: desk.xml(desk.file()), DOC: content})

    return do


CASES: dict[str, tuple[Judged, str, str, str]] = {
    "mandatory missing": (of_file(title=""), "RECORD-FIELD/missing", "error", EAD),
    "mandatory of spaces": (of_file(title="  "), "RECORD-FIELD/missing", "error", EAD),
    "retention missing": (of_file(maintenance=""), "RECORD-FIELD/missing", "error", EAD),
    "a document's field missing": (of_document(organName=""), "RECORD-FIELD/missing", "error", DOC),
    "contradicted obligation": (of_file(riskRecovery=""), "RECORD-FIELD/missing", "warning", EAD),
    "years of another retention": (of_file(maintenance="07"), "RECORD-FIELD/conditional", "warning", EAD),
    "code of the paper": (of_file(confidenceLevel="02"), "RECORD-FIELD/conditional", "warning", EAD),
    "state of the backup": (of_document(riskRecovery="1"), "RECORD-FIELD/conditional", "warning", DOC),
    "processing history": (of_document(process=""), "RECORD-FIELD/conditional", "warning", DOC),
    "unknown": (of_file(thing="x"), "RECORD-FIELD/unknown", "info", f"{EAD}:15"),
    "repeated": (twice("title", "x"), "RECORD-FIELD/repeated", "warning", f"{EAD}:15"),
    "letters": (renamed("subject", "Subject"), "RECORD-FIELD/letters", "info", f"{DOC}:9"),
    "other code": (renamed("docCode", "arcDocCode"), "RECORD-FIELD/other-code", "info", f"{DOC}:4"),
    "too long": (of_file(title="x" * 1001), "RECORD-VALUE/length", "warning", f"{EAD}:4"),
    "no number": (of_file(numberOfPage="12a"), "RECORD-VALUE/number", "error", f"{EAD}:12"),
    "another script's digits": (of_file(numberOfPage="١"), "RECORD-VALUE/number", "error", f"{EAD}:12"),
    "no pages": (of_file(numberOfPage="0"), "RECORD-VALUE/range", "warning", f"{EAD}:12"),
    "a hundred years": (
        of_file(maintenance="07", maintenanceYears="100"),
        "RECORD-VALUE/range",
        "warning",
        f"{EAD}:15",
    ),
    "month and day": (of_document(issuedDate="06/20/2020"), "RECORD-VALUE/date", "error", f"{DOC}:7"),
    "short day": (of_document(issuedDate="2/6/2020"), "RECORD-VALUE/date", "error", f"{DOC}:7"),
    "no such day": (of_document(issuedDate="31/04/2020"), "RECORD-VALUE/date", "error", f"{DOC}:7"),
    "another form": (of_document(issuedDate="2020-06-02"), "RECORD-VALUE/date", "error", f"{DOC}:7"),
    "boolean": (of_document(process="true"), "RECORD-VALUE/boolean", "error", f"{DOC}:15"),
    "file code": (of_file(fileCode="Hồ sơ 15"), "RECORD-VALUE/form", "warning", f"{EAD}:3"),
    "document code": (of_document(docCode="1"), "RECORD-VALUE/form", "warning", f"{DOC}:4"),
    "vocabulary": (of_file(maintenance="08"), "RECORD-VOCABULARY/unknown", "error", f"{EAD}:5"),
    "label": (of_file(maintenance="vĩnh viễn"), "RECORD-VOCABULARY/label", "warning", f"{EAD}:5"),
    "code used twice": (two_documents(docCode=f"{FILE_CODE}.0000001"), "RECORD-UNIQUE", "warning", ""),
    "identifier used twice": (two_documents(docId=f"{FILE_CODE}.1"), "RECORD-UNIQUE", "warning", ""),
    "another year in the code": (
        of_document(docCode="H99.08.1994.15.0000001"),
        "RECORD-PARENT",
        "warning",
        DOC,
    ),
    "end before start": (of_file(startDate="03/07/2020"), "RECORD-DATES/order", "warning", f"{EAD}:9"),
    "before the file": (of_document(issuedDate="02/04/2020"), "RECORD-DATES/outside", "warning", DOC),
    "after the file": (of_document(issuedDate="03/06/2020"), "RECORD-DATES/outside", "warning", DOC),
    "a photograph after the file": (of_photo(photoTime="01/01/2021"), "RECORD-DATES/outside", "warning", ""),
    "total": (of_file(totalDoc="3"), "RECORD-TOTAL", "warning", EAD),
    "secret": (of_file(mode="03"), "RECORD-SECRECY", "error", f"{EAD}:6"),
    "secret in a word": (of_document(mode="TUYỆT MẬT"), "RECORD-SECRECY", "error", f"{DOC}:12"),
    "secret in a subject": (of_document(subject="Báo cáo (độ tối mật)"), "RECORD-SECRECY", "warning", ""),
    "no documents": (lambda desk: desk.judge(desk.sip(desk.file(0))), "RECORD-LACKS/parts", "warning", EAD),
    "no file": (
        lambda desk: desk.judge({DOC: desk.xml(desk.document())}),
        "RECORD-LACKS/whole",
        "warning",
        DOC,
    ),
    "no XML": (document_xml(b"<simpledc><docId>1"), "RECORD-XML/unreadable", "error", f"{DOC}:1"),
    "a DTD": (
        document_xml(b"<!DOCTYPE simpledc [<!ENTITY a 'b'>]><simpledc><docId>&a;</docId></simpledc>"),
        "RECORD-XML/unreadable",
        "error",
        DOC,
    ),
    "another root": (document_xml(b"<dublincore/>"), "RECORD-XML/root", "error", DOC),
    "elements without end": (
        document_xml(b"<simpledc>" + b"<docId>1</docId>" * 1001 + b"</simpledc>"),
        "RECORD-XML/too-many",
        "error",
        DOC,
    ),
    "another type of package": (
        lambda desk: desk.judge(desk.sip(desk.file(), desk.document()), package="AIP"),
        "RECORD-PACKAGE",
        "info",
        "METS.xml",
    ),
    "nothing": (lambda desk: desk.judge({f"{DOC}.txt": b"x"}), "RECORD-NONE", "error", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_told(case: str, desk: Desk) -> None:
    do, rule, severity, place = CASES[case]
    found = [finding for finding in do(desk).findings if finding.rule == rule]
    assert found, case
    assert found[0].severity == severity
    assert found[0].location == place or not place
    for language in ("vi", "en"):
        message = found[0].message(language)
        assert "{" not in message.replace("{mã", "").replace("{năm", "").replace("{số", "")
        assert "05/2025/TT-BNV" in message and "draft" in message


def test_good_descriptions_are_good_whatever_the_order_and_the_letters(desk: Desk) -> None:
    files = desk.sip(
        dict(reversed(desk.file(2).items())), dict(reversed(desk.document().items())), desk.document(2)
    )
    names = {path: path.replace("EAD_doc", "ead_DOC").replace("EAD.xml", "ead.XML") for path in files}
    report = desk.judge({names[path]: content for path, content in files.items()})
    assert report.findings == []


def test_a_field_is_named_with_its_words_its_place_and_its_article(desk: Desk) -> None:
    (finding,) = of_file(title="")(desk).findings
    for language in ("vi", "en"):
        message = finding.message(language)
        for word in ("title", "tiêu đề hồ sơ", "hồ sơ", "Điều 4 khoản 1 điểm b"):
            assert word in message


def test_nothing_of_a_secret_description_is_repeated(desk: Desk) -> None:
    title = "Phương án bố trí lực lượng"
    report = of_file(mode="03", title=title * 50, startDate=title, fileCode=title, thing="x")(desk)
    assert report.count("RECORD-SECRECY") == 1 and report.count("RECORD-VALUE/date") == 1
    assert not [f for f in report.findings for _, word in f.parameters if "lực lượng" in word]


def test_a_set_of_loose_documents_is_told_by_its_fields_or_by_the_mets(desk: Desk) -> None:
    code = "H99.08.2026.010000001"
    fields = {"fileCode": code, "title": "Tài liệu rời", "source": "1", "totalDoc": "1"}
    document = desk.document(docCode=f"{code}.0000001")
    assert desk.judge(desk.sip(fields, document)).findings == []
    fields.pop("source")
    files = desk.sip(fields, document)
    mets = b'<mets xmlns="http://www.loc.gov/METS/" TYPE="COLLECTION"/>'
    (finding,) = desk.judge(files | {"METS.xml": mets}).findings
    assert finding.rule == "RECORD-FIELD/missing" and dict(finding.parameters)["field"].startswith("source")


def test_only_permanent_records_where_the_profile_says_so(desk: Desk) -> None:
    assert of_file(maintenance="02")(desk).findings == []
    data = {**find_profile("tt05-records").data, "options": {"historical-archive": True}}
    profile = load_record_profile(data)
    files = desk.sip(desk.file(maintenance="02"), desk.document())
    (finding,) = desk.judge(files, profile).findings
    assert (finding.rule, finding.severity) == ("RECORD-ONLY", "error")
    assert desk.judge(desk.sip(desk.file(), desk.document()), profile).findings == []


def test_an_older_shape_is_judged_by_its_own_profile(desk: Desk) -> None:
    file = {
        "Identifier": "000.00.15.H29",
        "OrganId": "000.00.15.H29",
        "FileNotation": "15",
        "Title": "Hồ sơ",
        "Maintenance": "Vĩnh viễn",
        "Rights": "Công khai",
        "Language": "Tiếng Việt",
        "StartDate": "03/04/2020",
        "TotalDoc": "1",
        "Format": "Tốt",
    }
    document = {
        "DocCode": "1",
        "Identifier": "000.00.15.H29",
        "OrganId": "000.00.15.H29",
        "FileNotation": "15",
        "DocOrdinal": "1",
        "IssuedDate": "02/06/2020",
        "Language": "Tiếng Việt",
        "Mode": "Công khai",
        "Format": "Tốt",
    }
    (told,) = desk.judge(desk.sip(file, document)).findings
    assert (told.rule, told.severity) == ("RECORD-OLDER", "warning") and "tt02-records" in told.message("vi")
    assert desk.judge(desk.sip(file, document), desk.tt02).findings == []
    (secret,) = desk.judge(desk.sip(file, document | {"Mode": "Mật"}), desk.tt02).findings
    assert (secret.rule, secret.severity) == ("RECORD-SECRECY", "error")
    without = replace(desk.tt05, older=None)
    assert not desk.judge(desk.sip(file, document), without).valid


def test_what_a_real_package_has_wrong_is_told_and_refuses_none(desk: Desk) -> None:
    file = desk.file(confidenceLevel="02", paperFileCode="")
    document = desk.document(docCode="H99.08.1994.15.0000001", confidenceLevel="02")
    document["arcDocCode"] = document.pop("docCode")
    report = desk.judge(desk.sip(file, document))
    told = ["RECORD-FIELD/conditional", "RECORD-FIELD/other-code", "RECORD-PARENT"]
    assert report.valid and sorted(finding.rule for finding in report.findings) == told


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tt05")
    (folder / "records").mkdir()
    make_records(folder / "records")
    return make_tt05_sip(folder / "records", folder / "out")


def test_a_whole_package_is_judged_as_a_draft_does_and_an_old_one_by_the_old(
    whole: Path, tmp_path: Path
) -> None:
    package = Path(shutil.copytree(whole, tmp_path / whole.name))
    profiles = choose(["tt05-records"], find_profile("tt05-formats").valid_from or pytest.fail())
    report = validate_path(package, limits=Limits(), profiles=profiles)
    assert report.valid
    ours = [finding.rule for finding in report.findings if finding.rule.startswith(("RECORD", "LUUTRU-P"))]
    assert ours == ["LUUTRU-PROFILE/draft"]
    old = choose(["tt05-records"], find_profile("tt02-records").valid_until or pytest.fail())
    assert [profile.id for profile in old] == ["tt02-records"]
    described = package / DOC.replace("EAD_doc_1", f"EAD_doc_{FILE_CODE}.1")
    described.write_text(described.read_text("utf-8").replace("02/06/2020", "2020"), "utf-8")
    found: list[Finding] = validate_path(package, limits=Limits(), profiles=profiles).findings
    (finding,) = [finding for finding in found if finding.rule == "RECORD-VALUE/date"]
    assert finding.location == f"{described.relative_to(package)}:2" and "issuedDate" in finding.message("en")
