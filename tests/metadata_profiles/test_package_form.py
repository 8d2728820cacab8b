"""Package forms as data: what is misspelt, missing or unknown is refused by name; findings weigh anew."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.metadata_profiles.finding import Report, Severity
from luutru.metadata_profiles.package_form import Paths, Values, load_package_form
from luutru.metadata_profiles.profile_table import cite
from luutru.metadata_profiles.rules import catalogue

DATA: dict[str, Any] = tomllib.loads(
    (files("luutru.metadata_profiles") / "profiles" / "tt05-package.toml").read_text("utf-8")
)
RULE: dict[str, Any] = {
    "id": "a",
    "check": "paths",
    "path": "x",
    "shown": "x",
    "severity": "info",
    "article": "Điều 1",
    "mark": "I",
}
REWEIGH = {"rules": ["CSIP2"], "severity": "info", "why_vi": "vì thế", "why_en": "so"}
VALUES = RULE | {"check": "values", "at": "mets@TYPE"}
for gone in ("path", "shown"):
    VALUES.pop(gone)


def with_rule(**changed: Any) -> dict[str, Any]:
    rule = {key: value for key, value in (RULE | changed).items() if value is not None}
    return DATA | {"rule": [rule]}


def with_values(**changed: Any) -> dict[str, Any]:
    return DATA | {"rule": [VALUES | changed]}


FAULTS: dict[str, tuple[Mapping[str, Any], str]] = {
    "a key nobody reads": (with_rule(serverity="info"), "serverity"),
    "a key at the top": (DATA | {"rules": []}, "rules"),
    "no severity": (with_rule(severity=None), "severity"),
    "a severity that is none": (with_rule(severity="fatal"), "fatal"),
    "a check that is none": (with_rule(check="virus"), "virus"),
    "no regular expression": (with_rule(path="("), "path"),
    "a number for a text": (with_rule(shown=3), "shown"),
    "a text for a number": (with_rule(least="1"), "least"),
    "a flag for a number": (with_rule(least=True), "least"),
    "an unknown type of package": (with_rule(packages=["AIC"]), "AIC"),
    "an unknown variant": (with_rule(variants=["phim"]), "phim"),
    "two rules of a name": (DATA | {"rule": [RULE, RULE]}, "two rules"),
    "rules that are no tables": (DATA | {"rule": ["a"]}, "not a table"),
    "a place without attribute": (with_values(at="mets", shown="x"), "element@attribute"),
    "a METS that is none": (with_values(mets="both", shown="x"), "representation"),
    "a pattern that nobody can read": (with_values(pattern="x+"), "shown"),
    "descriptions without a name": (
        with_rule(check="descriptions", data="data"),
        "stem",
    ),
    "an unknown rule weighed anew": (
        DATA | {"reweigh": [REWEIGH | {"rules": ["CSIP2", "CSIP999"]}]},
        "CSIP999",
    ),
    "weighed anew without a reason": (DATA | {"reweigh": [REWEIGH | {"why_vi": ""}]}, "why_vi"),
    "no types of packages": ({k: v for k, v in DATA.items() if k != "packages"}, "packages"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_form_is_refused_by_name(name: str) -> None:
    data, word = FAULTS[name]
    with pytest.raises(ValueError, match="tt05-package") as refused:
        load_package_form(data)
    assert word in str(refused.value)


def test_the_circular_s_form_is_whole() -> None:
    form = load_package_form(DATA)
    assert form.status == "draft" and form.variant("mixed") == "hoso" and form.variant("AIP") == ""
    assert len({rule.id for rule in form.rules}) == len(form.rules) > 40
    for rule in form.rules:
        assert rule.article and rule.mark in ("S", "N", "I")
        # What we only infer is not shown as an article of law.
        assert rule.mark != "I" or "chưa đối chiếu" in rule.article
    assert {rule.severity for rule in form.rules if isinstance(rule.check, Paths)} >= {"error", "warning"}


def test_a_value_may_be_one_of_a_list_or_of_a_form() -> None:
    (rule,) = load_package_form(with_values(one_of=["A", "B"])).rules
    assert isinstance(rule.check, Values)
    assert rule.check.admits("A") and not rule.check.admits("a") and rule.check.shown == "A | B"
    (rule,) = load_package_form(with_values(pattern="(a+)", shown="a…")).rules
    assert isinstance(rule.check, Values)
    assert rule.check.admits("aaa") and not rule.check.admits("b") and not rule.check.admits("a" * 5000)


def test_a_draft_is_called_one_wherever_it_is_cited() -> None:
    assert "draft" in cite("Thông tư", "Điều 1", "draft")
    assert cite("Thông tư", "Điều 1", "official") == "Thông tư, Điều 1"


def test_the_page_names_every_rule_and_check() -> None:
    text = (Path(__file__).parents[2] / "docs/conformance/package-form.md").read_text("utf-8")
    rules = {rule for rule in catalogue() if rule.startswith("PACKAGE-")}
    assert set(re.findall(r"`(PACKAGE-[A-Z/a-z-]+)`", text)) == rules
    (row,) = [line for line in text.splitlines() if "`no-holey`" in line]
    assert all(f"`{rule['check']}`" in text + row for rule in DATA["rule"])


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(DATA)), ANY)
def test_a_form_of_any_content_is_loaded_or_refused(key: str, value: Any) -> None:
    try:
        load_package_form(DATA | {key: value})
    except ValueError as error:
        assert str(error)


@given(st.sampled_from(["id", "check", "at", "one_of", "pattern", "severity", "packages"]), ANY)
def test_a_rule_of_any_content_is_loaded_or_refused(key: str, value: Any) -> None:
    try:
        load_package_form(with_values(shown="x") | {"rule": [VALUES | {"shown": "x", key: value}]})
    except ValueError as error:
        assert str(error)


@given(st.lists(st.sampled_from(["CSIP1", "CSIP2"]), max_size=12), st.integers(0, 4))
def test_findings_weighed_anew_count_anew_whether_kept_or_not(rules: list[str], limit: int) -> None:
    report = Report("x", limit=limit)
    for rule in rules:
        report.add(rule, value="")
    assert report.reweigh("CSIP1", Severity.INFO) == rules.count("CSIP1")
    assert report.valid is ("CSIP2" not in rules)
    assert {f.severity for f in report.findings if f.rule == "CSIP1"} <= {Severity.INFO}
    report.reweigh("CSIP2", Severity.WARNING)
    assert report.valid
    assert report.reweigh("CSIP1", Severity.ERROR) == rules.count("CSIP1")
    assert report.valid is ("CSIP1" not in rules)
