"""Record profiles as data: what is misspelt, missing or leads nowhere is refused; any table is read to its end."""

import copy
import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.profile_registry import find_profile
from luutru.metadata_profiles.record_csv import CsvReader
from luutru.metadata_profiles.record_dates import FORMATS, read_days
from luutru.metadata_profiles.record_judge import Judge
from luutru.metadata_profiles.record_profile import Field, load_record_profile
from luutru.metadata_profiles.record_values import breaches

PROFILES = {name: load_record_profile(find_profile(name).data) for name in ("tt02-records", "tt05-records")}
TT05 = PROFILES["tt05-records"]
FILE, DOCUMENT = TT05.levels["file"].fields, TT05.levels["document"].fields


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    data: dict[str, Any] = copy.deepcopy(dict(find_profile("tt05-records").data))
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return data


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a key nobody reads": (changed("fields", "file", 0, "lenght", to=3), "lenght"),
    "a field without a type": (changed("fields", "file", 0, "type", to=None), "type is missing"),
    "a type that is none": (changed("fields", "file", 0, "type", to="text"), "string, number, date"),
    "an obligation that is none": (changed("fields", "file", 0, "obligation", to="M"), "conditional"),
    "a condition for nothing": (changed("fields", "file", 3, "when", to={}), "needs when"),
    "a condition on no field": (changed("fields", "file", 3, "when", to={"mainten": ["07"]}), "mainten"),
    "a vocabulary that is none": (changed("fields", "file", 2, "vocabulary", to="retention"), "retention"),
    "a pattern without words": (changed("fields", "file", 0, "shown", to=None), "shown"),
    "a pattern without length": (changed("fields", "file", 0, "length", to=0), "length"),
    "no regular expression": (changed("fields", "file", 0, "pattern", to="("), "regular expression"),
    "a form of dates that is none": (changed("fields", "file", 6, "dates", to=["D/M/Y"]), "D/M/Y"),
    "a code twice": (changed("fields", "file", 1, "code", to="fileCode"), "twice"),
    "fields of no level": (changed("fields", "box", to=[]), "box"),
    "an identifier that is no field": (changed("levels", "file", "identifier", to="code"), "code"),
    "a part of no level": (changed("levels", "file", "of", to=["box"]), "box"),
    "no levels": (changed("levels", to={}) | {"fields": {}}, "levels"),
    "a weight that is missing": (changed("weights", "date", to=None), "date"),
    "a weight that is none": (changed("weights", "date", to="fatal"), "fatal"),
    "a rule that is none": (changed("rule", 0, "check", to="secret"), "secrecy"),
    "a rule on no level": (changed("rule", 3, "levels", to=["box"]), "box"),
    "a rule on no field": (changed("rule", 3, "field", to="code"), "code"),
    "a rule by no option": (changed("rule", 2, "option", to="archive"), "archive"),
    "marks of nothing": (changed("rule", 0, "values", to=None), "neither values nor words"),
    "a place that is no pattern": (changed("csv", "places", to=["("]), "regular expression"),
    "documents of no level": (changed("simpledc", "documents", "box", to="x"), "box"),
    "a way that is none": (changed("crosswalk", 0, "fields", "file", 0, "from", to="did//x"), "did//x"),
    "a part of a period": (
        changed("crosswalk", 1, "fields", "file", 0, "part", to="middle"),
        "first or last",
    ),
    "a crosswalk to no level": (changed("crosswalk", 0, "levels", "item", to="box"), "box"),
    "limits of nothing": (changed("limits", "rows", to=0), "rows"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_named(case: str) -> None:
    data, word = FAULTS[case]
    with pytest.raises(ValueError) as caught:
        load_record_profile(data)
    assert word in str(caught.value)


def test_shipped_profiles_have_all_levels_with_sources() -> None:
    for profile in PROFILES.values():
        assert {"fonds", "file", "document", "photo", "media"} <= profile.levels.keys()
        for level in profile.levels.values():
            for field in level.fields.values():
                assert field.vi and field.en and field.article and field.mark in "SPNCGI"
            for first in level.fields.values():
                others = [one for one in level.fields.values() if one is not first]
                names = {name for one in others for name in (one.code, one.vi, *one.also)}
                assert not names & {first.code, first.vi, *first.also}, (profile.id, level.id, first.code)
        assert profile.status == "draft"


def test_what_the_sources_contradict_is_no_error() -> None:
    """Of the 18 fields of a file the sources have 16, 17 or 18; docCode goes by two names."""
    for code in ("numberOfPaper", "riskRecovery", "riskRecoveryStatus"):
        field = FILE[code]
        assert field.severity == "warning"
    assert TT05.levels["document"].resolve("arcDocCode") == (DOCUMENT["docCode"], "other-code")
    assert [term.code for term in TT05.vocabularies["typeName"]] == [f"{n:02}" for n in range(1, 33)]
    assert TT05.weights["other-code"] == "info" and PROFILES["tt02-records"].weights["missing"] == "warning"


@pytest.mark.parametrize(
    ("text", "forms", "days"),
    [
        ("29/02/2024", ["DD/MM/YYYY"], ("2024-02-29", "2024-02-29")),
        ("29/02/2023", ["DD/MM/YYYY"], None),
        ("02/2024", ["DD/MM/YYYY", "MM/YYYY"], ("2024-02-01", "2024-02-29")),
        ("02/2024", ["DD/MM/YYYY"], None),
        ("2024", ["YYYY"], ("2024-01-01", "2024-12-31")),
        ("2024-02", ["YYYY-MM"], ("2024-02-01", "2024-02-29")),
        ("13/2024", ["MM/YYYY"], None),
        ("0000", ["YYYY"], None),
        ("٠٢/٠٢/٢٠٢٤", ["DD/MM/YYYY"], None),
        ("02/02/2024 ", ["DD/MM/YYYY"], None),
        ("02/02/2024\n", ["DD/MM/YYYY"], None),
    ],
)
def test_days_are_read_strictly(text: str, forms: list[str], days: tuple[str, str] | None) -> None:
    found = read_days(text, forms)
    assert (found and (found[0].isoformat(), found[1].isoformat())) == days


@given(st.dates(), st.sampled_from(["DD/MM/YYYY", "YYYY-MM-DD"]))
def test_a_day_written_is_the_day_read(day: date, form: str) -> None:
    iso = day.isoformat()
    text = iso if form == "YYYY-MM-DD" else "/".join(reversed(iso.split("-")))
    assert read_days(text, list(FORMATS)) == (day, day)


@given(st.text(max_size=120), st.sampled_from([*FILE.values(), *DOCUMENT.values()]))
def test_any_value_is_judged(text: str, field: Field) -> None:
    for weight, rule, words in breaches(TT05, field, text):
        assert weight in TT05.weights and rule.startswith("RECORD-") and isinstance(words, dict)


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def described(content: bytes, report: Report) -> list[dict[str, str]]:
    reader = CsvReader(TT05, report, "t.csv")
    return [{said.name: said.text for said in one.said} for one in reader.read(io.BytesIO(content))]


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=8), st.sampled_from(";,"), st.booleans())
def test_what_a_table_says_is_what_is_read(
    rows: list[tuple[str, str, str]], separator: str, mark: bool
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(["fileCode", "title", "description"])
    writer.writerows(rows)
    report = Report("t.csv")
    read = described((b"\xef\xbb\xbf" if mark else b"") + out.getvalue().encode(), report)
    told = [
        {
            name: cell.strip()
            for name, cell in zip(["fileCode", "title", "description"], row, strict=True)
            if cell.strip()
        }
        for row in rows
    ]
    assert read == [row for row in told if row]
    assert not any(finding.code == "RECORD-CSV" for finding in report.findings)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_are_told_not_to_be(content: bytes) -> None:
    report = Report("t.csv")
    reader, judge = CsvReader(TT05, report, "t.csv"), Judge(TT05, report)
    for description in reader.read(io.BytesIO(b"fileCode,title\n" + content)):
        judge.take(description)
    judge.finish()
    for finding in report.findings:
        assert finding.message("vi") and finding.message("en")


HOSTILE: dict[str, Callable[[], bytes]] = {
    "zeros": lambda: bytes(4 << 20),
    "quotes": lambda: b'"' * (4 << 20),
    "separators": lambda: b"fileCode" + b"," * (4 << 20),
    "line ends": lambda: b"fileCode\n" + b"\n" * (1 << 18),
    "carriage returns": lambda: b"fileCode\rx\ry\r" * 10_000,
    "one cell over many lines": lambda: b'fileCode\n"' + b"x\n" * (1 << 20),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_table_ends_soon(case: str) -> None:
    report = Report("t.csv")
    described(HOSTILE[case](), report)
    assert case == "line ends" or not report.valid
