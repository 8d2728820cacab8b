"""Reports: every finding counts, what a cap leaves out is said, and what is kept reads the same again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.metadata_profiles.finding import Finding, Report, Severity
from luutru.metadata_profiles.rules import catalogue

ERROR, WARNING, INFO = "RFC8493-3/altered", "LUUTRU-NAME/control", "LUUTRU-UNPACK/empty-folder"
RULES = st.sampled_from([ERROR, WARNING, INFO])
ADDED = st.tuples(RULES, st.text(max_size=5), st.none() | st.sampled_from(list(Severity)))


def filled(added: list[tuple[str, str, Severity | None]], limit: int) -> Report:
    report = Report("x", limit=limit)
    for rule_id, location, severity in added:
        report.add(rule_id, location, severity=severity, name="n")
    return report


def is_error(rule_id: str, severity: Severity | None) -> bool:
    return (severity or catalogue()[rule_id].severity) == "error"


def caps(report: Report) -> dict[str, tuple[str, str]]:
    words = [dict(f.parameters) for f in report.findings if f.rule == "LUUTRU-CAP"]
    return {word["rule"]: (word["shown"], word["total"]) for word in words}


def shown(report: Report, rule_id: str) -> int:
    return sum(finding.rule == rule_id for finding in report.findings)


@given(st.lists(ADDED, max_size=20), st.integers(0, 4))
def test_errors_count_whether_kept_or_not(added: list[tuple[str, str, Severity | None]], limit: int) -> None:
    report = filled(added, limit)
    assert report.valid is not any(is_error(rule_id, severity) for rule_id, _, severity in added)
    for rule_id in (ERROR, WARNING, INFO):
        total = sum(one == rule_id for one, _, _ in added)
        assert report.count(rule_id) == total
        assert shown(report, rule_id) == min(total, limit)
        assert caps(report).get(rule_id) == ((str(limit), str(total)) if total > limit else None)


@given(st.lists(ADDED, max_size=12), st.lists(ADDED, max_size=12), st.integers(0, 4), st.integers(0, 4))
def test_a_report_taken_over_loses_nothing_unsaid(
    mine: list[tuple[str, str, Severity | None]],
    theirs: list[tuple[str, str, Severity | None]],
    limit: int,
    other_limit: int,
) -> None:
    report, other = filled(mine, limit), filled(theirs, other_limit)
    report.extend(other, "data/")
    assert report.valid is not any(is_error(rule_id, severity) for rule_id, _, severity in mine + theirs)
    for rule_id in (ERROR, WARNING, INFO):
        total = sum(one == rule_id for one, _, _ in mine + theirs)
        assert report.count(rule_id) == total
        kept = shown(report, rule_id)
        assert kept <= limit
        assert caps(report).get(rule_id) == ((str(kept), str(total)) if total > kept else None)


@given(st.lists(ADDED, max_size=12), st.integers(0, 4))
def test_what_is_kept_reads_the_same_again(added: list[tuple[str, str, Severity | None]], limit: int) -> None:
    report = filled(added, limit)
    again = Report.restored(json.loads(json.dumps(report.as_kept())))
    for language in ("vi", "en"):
        assert again.as_json(language) == report.as_json(language)
    assert again.as_kept() == report.as_kept()
    outer = Report("y")
    outer.extend(again)
    assert outer.valid is report.valid


def test_a_location_is_put_below_the_folder_it_lies_in() -> None:
    inner, outer = Report("inner"), Report("outer")
    inner.add(ERROR, "a", algorithms="md5")
    outer.extend(inner, "data/")
    (finding,) = outer.findings
    assert (finding.location, dict(finding.parameters)) == ("data/a", {"algorithms": "md5"})


def test_the_shape_that_programs_rely_on() -> None:
    report = Report("gói", "bagit")
    report.add(ERROR, "data/x", algorithms="md5")
    found = report.as_json("en")
    assert found | {"findings": []} == {
        "path": "gói",
        "kind": "bagit",
        "valid": False,
        "profiles": [],
        "findings": [],
    }
    (one,) = found["findings"]
    assert one == {
        "code": "RFC8493-3",
        "rule": ERROR,
        "severity": "error",
        "location": "data/x",
        "message": catalogue()[ERROR].en.replace("{algorithms}", "md5"),
    }


def test_a_rule_without_a_text_is_refused_at_once() -> None:
    report = Report("x")
    with pytest.raises(KeyError):
        report.add("RFC8493-9/none")
    assert report.valid and not report.findings


@pytest.mark.parametrize(
    "value", ["{name}", "{", "}", "{0}", "{a.b[c]!r:>9}", "%s", "\\", "\n", "ệ", 7, None]
)
def test_a_parameter_is_shown_as_it_is(value: Any) -> None:
    report = Report("x")
    report.add("RFC8493-3/missing-file", "x", manifest=value)
    assert report.findings[0].message("en").count(str(value)) >= 1


@given(st.text(st.characters(), max_size=20))
def test_whatever_a_package_holds_can_be_written(text: str) -> None:
    """A name that is no text, or any other that came out of a package, must not upset its report."""
    report = Report("x")
    report.add("RFC8493-3/missing-file", text, manifest=text)
    json.dumps(report.as_json(), ensure_ascii=False).encode("utf-8")
    json.dumps(report.as_kept(), ensure_ascii=False).encode("utf-8")
    (finding,) = report.findings
    assert finding.location.isprintable() or not text.isprintable()
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert finding.location == text


def test_a_parameter_that_is_missing_is_no_crash() -> None:
    assert "{manifest}" in Finding("RFC8493-3/missing-file", Severity.ERROR).message("vi")
