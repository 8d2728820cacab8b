"""The page on E-ARK has every requirement once and every rule, and sends the reader to code that is there."""

import re
from pathlib import Path

from luutru.metadata_profiles.rules import catalogue

HOME = Path(__file__).parents[2]
REQUIREMENTS = [
    f"{name}{number}"
    for name, last in (("CSIPSTR", 16), ("CSIP", 119), ("SIP", 35), ("DIP", 4))
    for number in range(1, last + 1)
]
LEVELS = {"MUST": "error", "SHOULD": "warning", "MAY": "info"}
# The public corpus weighs these otherwise than the specification's profile (decision 14).
OTHERWISE = {"CSIP17", "CSIP60", "CSIP66", "CSIP113", "CSIP114"}


def rows() -> dict[str, list[str]]:
    page = (HOME / "docs" / "conformance" / "eark.md").read_text("utf-8")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines()]
    found = [row for row in cells if len(row) == 5 and re.fullmatch(r"[A-Z]+\d+", row[0])]
    assert len({row[0] for row in found}) == len(found)
    return {row[0]: row[1:] for row in found}


def test_every_requirement_has_its_row_and_every_rule_stands_in_it() -> None:
    found = rows()
    assert list(found) == REQUIREMENTS
    by_code: dict[str, set[str]] = {}
    for name in catalogue():
        if re.match(r"(CSIP|CSIPSTR|SIP|DIP)\d", name):
            by_code.setdefault(name.partition("/")[0], set()).add(name)
    assert {
        code: set(re.findall(r"`([^`]+)`", row[2])) for code, row in found.items() if row[2] != "–"
    } == by_code


def test_severities_are_those_of_the_levels() -> None:
    for code, (level, _, _, _) in rows().items():
        if code in catalogue() and code not in OTHERWISE:
            assert catalogue()[code].severity == LEVELS[level], code


def test_the_modules_named_are_there_and_name_the_requirement() -> None:
    for code, (_, _, _, checked) in rows().items():
        modules = re.findall(r"`([a-z_]+\.py)`", checked)
        assert bool(modules) != checked.startswith("*not checked*"), code
        for module in modules:
            paths = [HOME / part / module for part in ("metadata_profiles", "packaging")]
            code_there = "".join(path.read_text("utf-8") for path in paths if path.exists())
            assert f'"{code}' in code_there, (code, module)
