"""Tables, EAD3 and Dublin Core carry descriptions too; what is hostile in them is told, in little memory."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from unicodedata import normalize

import pytest

from luutru.metadata_profiles.finding import Report
from luutru.packaging.samples.records import FILE_CODE

if TYPE_CHECKING:
    from tests.packaging.records.conftest import Desk

PATH = {"đường dẫn": "a.pdf"}
DC = "http://purl.org/dc/elements/1.1/"
Judged = Callable[["Desk"], Report]


def rules(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings]


def good(desk: Desk) -> bytes:
    return desk.table({"level": "file"} | desk.file(), {"level": "document"} | PATH | desk.document())


def of_table(change: Callable[[bytes], bytes], *payload: str) -> Judged:
    return lambda desk: desk.judge(desk.bag(change(good(desk)), *(payload or ("a.pdf",))))


def rows(*more: dict[str, str]) -> Judged:
    def do(desk: Desk) -> Report:
        content = desk.table(desk.file(1 + len(more)), PATH | desk.document(), *more)
        return desk.judge(desk.bag(content, "a.pdf", "b.pdf"))

    return do


def sub(old: str, new: str) -> Callable[[bytes], bytes]:
    def do(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode())

    return do


TABLES: dict[str, tuple[Judged, str, str, str]] = {
    "another encoding": (
        of_table(lambda content: content.decode().encode("utf-16")),
        "RECORD-CSV/encoding",
        "error",
        "metadata.csv:1",
    ),
    "a line of another encoding": (
        of_table(lambda content: content + "document,é".encode("cp1258") + b"\n"),
        "RECORD-CSV/encoding",
        "error",
        "metadata.csv:4",
    ),
    "a quote inside": (of_table(sub(",Tờ", ',"Tờ"x')), "RECORD-CSV/broken", "error", "metadata.csv:3"),
    "no header": (
        of_table(lambda content: content.partition(b"\n")[2]),
        "RECORD-CSV/header",
        "error",
        "metadata.csv:1",
    ),
    "empty": (of_table(lambda content: b""), "RECORD-CSV/header", "error", "metadata.csv:1"),
    "columns without end": (
        of_table(lambda content: b"title" + b"," * 2000 + b"\n"),
        "RECORD-CSV/columns",
        "error",
        "metadata.csv:1",
    ),
    "a column twice": (of_table(sub("title", "fileCode")), "RECORD-CSV/doubled", "error", "metadata.csv:1"),
    "a column that is no field": (
        of_table(sub("process", "Người nhập")),
        "RECORD-FIELD/unknown",
        "info",
        "metadata.csv:1",
    ),
    "too few cells": (of_table(sub("level", "level,x")), "RECORD-CSV/cells", "error", "metadata.csv:2"),
    "a quote that is not closed": (
        of_table(lambda content: content + b'document,"' + b"x,\n" * 50_000),
        "RECORD-CSV/broken",
        "error",
        "metadata.csv:4",
    ),
    "a row without end": (
        of_table(lambda content: content + b'document,"a\n' + b'","b\n' * 500_000),
        "RECORD-CSV/too-long",
        "error",
        "metadata.csv:4",
    ),
    "a line without end": (
        of_table(lambda content: content + b"x" * 3_000_000),
        "RECORD-CSV/too-long",
        "error",
        "metadata.csv:4",
    ),
    "a level that is none": (
        of_table(sub("document,", "thùng,")),
        "RECORD-LEVEL",
        "error",
        "metadata.csv:3",
    ),
    "a row of nothing known": (rows({"đường dẫn": "b.pdf"}), "RECORD-LEVEL", "error", "metadata.csv:4"),
    "a file that is not there": (
        rows({"docCode": f"{FILE_CODE}.0000002", "đường dẫn": "c.pdf"}),
        "RECORD-FILE/missing",
        "error",
        "metadata.csv:4",
    ),
    "a file described twice": (
        rows({"docCode": f"{FILE_CODE}.0000002", "đường dẫn": "data/a.pdf"}),
        "RECORD-FILE/doubled",
        "warning",
        "metadata.csv:4",
    ),
    "a file that no row names": (
        of_table(lambda content: content, "a.pdf", "b.pdf"),
        "RECORD-FILE/undescribed",
        "warning",
        "data/b.pdf",
    ),
    "secrecy": (of_table(sub("”,01,01,01,", "”,01,Mật,01,")), "RECORD-SECRECY", "error", ""),
}


@pytest.mark.parametrize("case", TABLES)
def test_what_is_wrong_with_a_table_is_told(case: str, desk: Desk) -> None:
    do, rule, severity, place = TABLES[case]
    found = [finding for finding in do(desk).findings if finding.rule == rule]
    assert found, case
    assert (found[0].severity, found[0].location) == (severity, place or found[0].location)
    for language in ("vi", "en"):
        assert "{" not in found[0].message(language)


def test_a_table_is_good_with_a_mark_and_with_semicolons_and_with_names_in_vietnamese(desk: Desk) -> None:
    fields = {
        field.code: field.vi
        for level in ("document", "file")
        for field in desk.tt05.levels[level].fields.values()
    }
    named = [{"cấp": "Hồ sơ"} | desk.file(), {"cấp": "tài liệu"} | PATH | desk.document()]
    renamed = [{fields.get(name, name).upper(): text for name, text in row.items()} for row in named]
    marked = b"\xef\xbb\xbf" + desk.table(*renamed, separator=";")
    for content in (good(desk), marked, marked.replace(b"\r\n", b"\n") + b"\n\n"):
        assert rules(desk.judge(desk.bag(content, "a.pdf"))) == []


def test_what_follows_a_broken_row_is_judged(desk: Desk) -> None:
    lines = good(desk).splitlines(keepends=True)
    content = b"".join([*lines, b'document,"x"y\n', b"document" + b"," * lines[0].count(b",") + b"\n"])
    report = desk.judge(desk.bag(content, "a.pdf"))
    assert report.count("RECORD-CSV/broken") == 1
    missing = [finding for finding in report.findings if finding.rule == "RECORD-FIELD/missing"]
    assert {finding.location for finding in missing} == {"metadata.csv:5"} and len(missing) > 5


def test_a_mark_of_secrecy_is_told_whatever_is_described(desk: Desk) -> None:
    row = {"level": "thùng", "title": "x", "mode": "03"}
    report = desk.judge(desk.bag(desk.table(row, desk.file(0))))
    assert [f.location for f in report.findings if f.rule == "RECORD-SECRECY"] == ["metadata.csv:2"]
    assert report.count("RECORD-LEVEL") == 1


def test_several_values_of_one_cell_and_a_name_of_other_letters(desk: Desk) -> None:
    path = "Phụ lục/Tờ trình.pdf"
    document = desk.document(language="01|02", path=f".\\{path}".replace("/", "\\"))
    content = desk.table(desk.file(), document)
    assert rules(desk.judge(desk.bag(content, normalize("NFD", path)))) == []
    content = desk.table(desk.file(), document | {"language": "01;02"})
    assert rules(desk.judge(desk.bag(content, path))) == ["RECORD-VOCABULARY/unknown"]


def test_documents_of_several_files_are_told_apart(desk: Desk) -> None:
    other = FILE_CODE.replace(".15", ".16")
    files = [desk.file(2), desk.file(1, fileCode=other)]
    documents = [
        desk.document(1),
        desk.document(2),
        desk.document(3, docCode=f"{other}.0000001"),
    ]
    assert rules(desk.judge(desk.bag(desk.table(*documents, *files)))) == []
    documents[1] = desk.document(2, docCode="H99.08.2020.17.0000001")
    report = desk.judge(desk.bag(desk.table(*files, *documents)))
    assert sorted(rules(report)) == ["RECORD-PARENT", "RECORD-TOTAL"]
    documents[1] = desk.document(2, docCode="H99.08.2020.17.0000001", fileCode=FILE_CODE)
    assert rules(desk.judge(desk.bag(desk.table(*files, *documents)))) == []


def test_a_fonds_in_a_table(desk: Desk) -> None:
    fonds = {"level": "phông", "OrganId": "H99.08", "FondName": "Sở Nội vụ"}
    assert rules(desk.judge(desk.bag(desk.table(fonds, desk.file(), desk.document())))) == []
    fonds["OrganId"] = "Sở Nội vụ"
    assert rules(desk.judge(desk.bag(desk.table(fonds, desk.file(), desk.document())))) == [
        "RECORD-VALUE/form"
    ]


def test_a_table_of_the_older_instrument_is_told_by_its_header(desk: Desk) -> None:
    row = {"FileCode": "1", "Title": "Hồ sơ", "OrganId": "000.00.15.H29", "StartDate": "2020"}
    report = desk.judge(desk.bag(desk.table(row)))
    assert rules(report)[0] == "RECORD-OLDER"
    (wrong,) = [finding for finding in report.findings if finding.severity == "error"]
    assert wrong.rule == "RECORD-VALUE/date" and "02/2019/TT-BNV" in wrong.message("vi")


def test_a_table_of_too_many_rows_is_read_so_far(desk: Desk) -> None:
    profile = replace(desk.tt05, limits=replace(desk.tt05.limits, rows=2))
    content = desk.table(desk.file(3), *(desk.document(number) for number in (1, 2, 3)))
    report = desk.judge(desk.bag(content), profile)
    assert [f.location for f in report.findings if f.rule == "RECORD-CSV/too-many"] == ["metadata.csv:4"]


def test_very_many_rows_take_little_memory(desk: Desk) -> None:
    rows = (desk.document(number, issuedDate="02/06/2020") for number in range(1, 20_001))
    content = desk.table(desk.file(20_000), *rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = desk.judge(desk.bag(content))
    assert rules(report) == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def dc(level: str, words: dict[str, str], beside: dict[str, str]) -> bytes:
    inner = "".join(f"<dc:{name}>{text}</dc:{name}>\n" for name, text in words.items())
    inner += "".join(f"<{name}>{text}</{name}>\n" for name, text in beside.items())
    return f'<record xmlns:dc="{DC}"><wrapper>\n{inner}</wrapper></record>'.encode()


def dublin_core(desk: Desk, **changed: str) -> dict[str, bytes]:
    """A package whose file and document are in Dublin Core, what it lacks beside."""
    file, document = desk.file(), desk.document() | changed
    known = {"fileCode", "title", "startDate", "endDate", "language"}
    words = {
        "identifier": FILE_CODE,
        "title": file["title"],
        "date": "2020-04-03/2020-06-02",
        "language": "vie",
    }
    at_top = dc("file", words, {name: text for name, text in file.items() if name not in known})
    known = {"docCode", "subject", "issuedDate", "organName", "language"}
    words = {
        "identifier": document["docCode"],
        "title": document["subject"],
        "creator": document["organName"],
        "date": document["issuedDate"] if changed.get("issuedDate") else "2020-06-02",
        "language": "vi",
    }
    inner = dc("document", words, {name: text for name, text in document.items() if name not in known})
    rep = "representations/rep1"
    return {
        "metadata/descriptive/dc.xml": at_top,
        f"{rep}/metadata/descriptive/DC_Tờ trình.xml": inner,
        f"{rep}/data/Tờ trình.pdf": b"x",
    }


def test_dublin_core_carries_what_it_has_elements_for(desk: Desk) -> None:
    assert rules(desk.judge(dublin_core(desk))) == []
    (finding,) = desk.judge(dublin_core(desk, issuedDate="02/06/2020")).findings
    assert finding.rule == "RECORD-VALUE/date" and "YYYY-MM-DD" in finding.message("en")
    assert finding.location == "representations/rep1/metadata/descriptive/DC_Tờ trình.xml:5"
    files = dublin_core(desk)
    files["representations/rep1/metadata/descriptive/of nothing.xml"] = dc("", {"title": "x"}, {})
    (finding,) = desk.judge(files).findings
    assert (finding.rule, finding.severity) == ("RECORD-CARRIER", "info")


EAD3 = """<ead xmlns="http://ead3.archivists.org/schema/"><control/><archdesc level="{level}">{file}
<dsc><c level="series"><did><unittitle>Khối</unittitle></did><c level="item">{document}</c></c></dsc></archdesc></ead>"""


def ead3(
    desk: Desk, level: str = "file", *, title: str = "Hồ <emph>sơ</emph>", day: str = "2020-06-02"
) -> bytes:
    def other(fields: dict[str, str], known: set[str]) -> str:
        rest = {name: text for name, text in fields.items() if name not in known}
        return "".join(f'<odd localtype="{name}"><p>{text}</p></odd>' for name, text in rest.items())

    language = '<langmaterial><language langcode="vie">Việt</language></langmaterial>'
    dates = (
        '<unitdatestructured><daterange><fromdate standarddate="2020-04-03"/>'
        '<todate standarddate="2020-06-02"/></daterange></unitdatestructured>'
    )
    file = f"<did><unitid>{FILE_CODE}</unitid><unittitle>{title}</unittitle>{dates}{language}</did>"
    file += other(desk.file(), {"fileCode", "title", "startDate", "endDate", "language"})
    document = (
        f'<did><unitid localtype="docId">1</unitid><unitid localtype="docCode">{FILE_CODE}.0000001</unitid>'
        f'<unittitle>Tờ trình</unittitle><unitdatestructured><datesingle standarddate="{day}"/></unitdatestructured>'
        f"<origination><corpname><part>Sở</part></corpname></origination>{language}"
        '<dao daotype="borndigital" href="data/a.pdf"/></did>'
    )
    document += other(desk.document(), {"docId", "docCode", "subject", "issuedDate", "organName", "language"})
    return EAD3.format(level=level, file=file, document=document).encode()


def with_ead3(desk: Desk, content: bytes) -> Report:
    return desk.judge({"metadata/descriptive/EAD.xml": content, "representations/rep1/data/a.pdf": b"x"})


def test_ead3_carries_a_file_and_its_documents(desk: Desk) -> None:
    assert rules(with_ead3(desk, ead3(desk))) == []
    assert rules(with_ead3(desk, ead3(desk, title="<emph>Hồ sơ</emph>"))) == []
    long = with_ead3(desk, ead3(desk, title=f"<emph>{'Hồ ' * 200}</emph>{'sơ ' * 200}")).findings
    assert [dict(finding.parameters)["length"] for finding in long] == [str(3 * 400 - 1)]
    (finding,) = with_ead3(desk, ead3(desk, day="02/06/2020")).findings
    assert finding.rule == "RECORD-VALUE/date"
    missing = with_ead3(desk, ead3(desk, title=""))
    assert [dict(f.parameters)["field"].split()[0] for f in missing.findings] == ["title"]
    assert rules(with_ead3(desk, ead3(desk).replace(b'href="data/a.pdf"', b'href="data/b.pdf"'))) == [
        "RECORD-FILE/missing",
        "RECORD-FILE/undescribed",
    ]
    assert rules(with_ead3(desk, ead3(desk, "series"))) == ["RECORD-LACKS/whole"]


def test_ead3_of_which_nothing_is_a_record_is_not_taken_for_good(desk: Desk) -> None:
    content = ead3(desk, "series").replace(b'level="item"', b'level="series"')
    assert rules(with_ead3(desk, content)) == ["RECORD-NONE"]


def test_units_within_values_and_values_without_end_break_nothing(desk: Desk) -> None:
    nested = "<c level='file'><did><unitid>x</unitid></did></c>" * 5
    assert "RECORD-FIELD/missing" not in rules(with_ead3(desk, ead3(desk, title=f"a{nested}b")))
    report = with_ead3(desk, ead3(desk, title="<emph>a</emph>" * 2000))
    assert "RECORD-XML/too-many" in rules(report)


def test_one_carrier_is_read_and_the_others_are_named(desk: Desk) -> None:
    files = desk.sip(desk.file(), desk.document())
    files |= {"metadata/descriptive/x.csv": b"x", "metadata/descriptive/dc.xml": dc("", {"title": "x"}, {})}
    told = [(finding.rule, finding.location) for finding in desk.judge(files).findings]
    assert told == [
        ("RECORD-CARRIER", "metadata/descriptive/x.csv"),
        ("RECORD-CARRIER", "metadata/descriptive/dc.xml"),
    ]
