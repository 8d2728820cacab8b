"""The report as a page: every finding is there, nothing from a package becomes markup, nothing is fetched."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from typer.testing import CliRunner

from luutru.api.cli import make_cli
from luutru.api.report_html import report_page, visible
from luutru.metadata_profiles.finding import Language, Report
from luutru.metadata_profiles.rules import catalogue
from luutru.packaging.samples.as_bag import break_bag, make_bag
from luutru.packaging.samples.records import make_records

MADE = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
MISSING = "RFC8493-3/missing-file"


def page(*reports: Report, language: Language = "vi") -> html.HtmlElement:
    return html.document_fromstring(report_page(reports, language, made=MADE))


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_rule_has_a_section_with_what_it_says(language: Language) -> None:
    report = Report("gói", "bagit")
    for name in catalogue().keys() - {"LUUTRU-CAP"}:
        report.add(name, "nơi này", path="x", reason="y")
    found = page(report, language=language)
    sections = found.findall(".//section[@class]")
    assert len(sections) == len(catalogue()) - 1
    shown = text(found)
    for finding in report.findings:
        assert " ".join(finding.message(language).split()) in shown
    assert found.get("lang") == language


def test_verdict_first_errors_first_and_the_cap_is_said() -> None:
    report = Report("gói", "bagit", limit=30)
    report.add("RFC8493-2.1.3/asterisk", "manifest-md5.txt:1")
    for number in range(500):
        report.add(MISSING, f"data/{number}", manifest="manifest-sha256.txt")
    found = page(report, language="en")
    shown = text(found)
    assert "Not valid (500 errors, 1 warning)" in shown
    assert shown.index("Not valid") < shown.index("RFC8493-3") < shown.index("RFC8493-2.1.3")
    assert "500 times" in shown and "and 480 more, not listed here" in shown and "once" in shown
    assert "data/19" in shown and "data/20" not in shown


def test_one_text_for_many_places_stands_there_once() -> None:
    report = Report("gói", "eark")
    for number in range(5):
        report.add("CSIP66/not-named", f"documentation/{number}.txt")
        report.add("RFC8493-2.1.1/version", f"bagit-{number}.txt", version=str(number))
    shown = text(page(report, language="en"))
    assert shown.count("No METS of the package names this file") == 1
    assert shown.count("is not one of 0.93") == 5
    assert all(f"documentation/{number}.txt" in shown for number in range(5))


def test_a_report_without_findings_says_so() -> None:
    shown = text(page(Report("gói", "bagit")))
    assert "Hợp lệ" in shown and "Không có phát hiện nào." in shown


def test_several_packages_are_listed_first() -> None:
    bad = Report("xấu", "bagit")
    bad.add(MISSING, "data/x", manifest="m")
    found = page(Report("tốt", "eark"), bad)
    rows = [[text(cell) for cell in row] for row in found.findall(".//tbody/tr")]
    assert rows == [["tốt", "eark", "Hợp lệ"], ["xấu", "bagit", "Không hợp lệ (1 lỗi)"]]
    targets = {link.get("href").removeprefix("#") for link in found.findall(".//tbody//a")}
    assert targets == {heading.get("id") for heading in found.findall(".//h2[@id]")}


@given(st.text(), st.text(), st.text())
def test_nothing_from_a_package_becomes_markup(path: str, location: str, value: str) -> None:
    report = Report(path, "bagit")
    report.add("RFC8493-2.1.1/version", location + "<b>", version=value + "<script>alert(1)</script>")
    made = report_page([report], "en", made=MADE)
    plain = report_page([_plain()], "en", made=MADE)
    assert re.findall(r"<[a-z]+", made) == re.findall(r"<[a-z]+", plain)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", made)


def _plain() -> Report:
    report = Report("x", "bagit")
    report.add("RFC8493-2.1.1/version", "y", version="z")
    return report


def test_what_turns_the_writing_round_is_spelt_out() -> None:
    assert visible("a\u202egpj.exe<b>") == r"a\u{202e}gpj.exe&lt;b&gt;"


def test_nothing_is_fetched_and_nothing_runs() -> None:
    made = report_page([_plain()], "vi", made=MADE)
    assert not re.search(r"<(script|link|img|iframe)|src=|url\(|@import|https?://", made)


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    make_records(tmp_path / "records")
    bag = make_bag(tmp_path / "records", tmp_path / "bag")
    command, target = make_cli(["validate"]), tmp_path / "report.html"
    asked = ["validate", str(bag), "--format", "html", "--output", str(target), "--lang", "vi"]
    assert CliRunner().invoke(command, asked).exit_code == 0
    assert "Hợp lệ" in target.read_text("utf-8")
    break_bag(bag)
    assert CliRunner().invoke(command, asked).exit_code == 1
    assert "Không hợp lệ" in target.read_text("utf-8")
    nowhere = [*asked[:5], str(tmp_path / "no" / "such" / "report.html")]
    assert CliRunner().invoke(command, nowhere).exit_code == 2


def test_what_could_not_be_checked_is_on_the_page(tmp_path: Path) -> None:
    asked = ["validate", str(tmp_path / "gone"), "--format", "html", "--lang", "en"]
    done = CliRunner().invoke(make_cli(["validate"]), asked)
    assert done.exit_code == 2 and "LUUTRU-PATH" in done.stdout
