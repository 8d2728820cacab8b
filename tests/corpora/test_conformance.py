"""The run over the corpora fails on what is missed, and the pages of conformance name every rule."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

from luutru.metadata_profiles.rules import catalogue

HERE = Path(__file__).parent
PAGES = HERE.parents[1] / "docs" / "conformance"
OCFL_CODES = [f"E{n:03}" for n in range(1, 113) if n not in (65, 109)] + [
    f"W{n:03}" for n in range(1, 17) if n != 6
]


@pytest.fixture
def runner() -> ModuleType:
    spec = spec_from_file_location("conformance", HERE / "conformance.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(runner: ModuleType, tmp_path: Path, misses: dict[str, str], known: str) -> int:
    corpus = SimpleNamespace(
        __name__="test_x", scores=lambda: [("X", name, miss) for name, miss in misses.items()]
    )
    runner.HERE = tmp_path  # type: ignore[attr-defined]
    runner._corpora = lambda: [corpus]  # type: ignore[attr-defined]
    (tmp_path / "known_misses.toml").write_text(known, "utf-8")
    return cast(int, runner.main())


KNOWN = '["X: b"]\nwhy = "the case is wrong"\n'


@pytest.mark.parametrize(
    ("misses", "known", "code", "said"),
    [
        ({"a": "", "b": ""}, "", 0, "X                                      2       2    100%"),
        ({"a": "", "b": "lacks E001"}, "", 1, "NEW MISS  X: b\n          lacks E001"),
        ({"a": "", "b": "lacks E001"}, KNOWN, 0, "the case is wrong"),
        ({"a": "", "b": ""}, KNOWN, 1, "no miss any more"),
        ({"a": ""}, KNOWN, 0, "100%"),
        ({}, KNOWN, 0, "x: no corpus found"),
    ],
)
def test_only_a_miss_that_is_argued_passes(
    misses: dict[str, str],
    known: str,
    code: int,
    said: str,
    runner: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(runner, tmp_path, misses, known) == code
    assert said in capsys.readouterr().out


def rows(page: str) -> list[list[str]]:
    text = (PAGES / page).read_text("utf-8")
    return [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")
    ]


def test_the_page_on_ocfl_has_every_code_once_and_every_rule() -> None:
    table = rows("ocfl.md")
    assert [row[0] for row in table if re.fullmatch(r"[EW]\d{3}", row[0])] == OCFL_CODES
    named = set(re.findall(r"`([EW]\d{3}(?:/[a-z-]+)?|LUUTRU-OCFL/[a-z]+)`", str(table)))
    assert named == {rule for rule in catalogue() if re.match(r"[EW]\d{3}|LUUTRU-OCFL/", rule)}
    for row in table:
        # A rule stands in the row of its code, or the code says why it is none.
        if row[0] in OCFL_CODES:
            codes = re.findall(r"`([EW]\d{3})", row[2 + 1])
            assert set(codes) == {row[0]} or (not codes and row[4].startswith("*not by itself*"))


def test_the_page_on_ocfl_names_the_modules_that_report() -> None:
    folder = PAGES.parents[1] / "packaging" / "ocfl"
    code = {path.name: path.read_text("utf-8") for path in folder.glob("*.py")}
    for row in rows("ocfl.md"):
        if row[0] in OCFL_CODES and (rules := re.findall(r"`([EW][^`]+)`", row[3])):
            reporting = {name for name, text in code.items() if any(f'"{rule}"' in text for rule in rules)}
            assert set(re.findall(r"`([a-z_]+\.py)`", row[4])) == reporting, row[0]


def test_the_page_on_bagit_has_every_rule() -> None:
    named = set(re.findall(r"`((?:RFC8493|LUUTRU-BAG)[\d./a-z8-]+)`", str(rows("bagit.md"))))
    assert named == {rule for rule in catalogue() if rule.startswith(("RFC8493", "LUUTRU-BAG/"))}


def test_one_search_for_a_rule_finds_the_code_that_reports_it() -> None:
    folder = PAGES.parents[1] / "packaging"
    code = "".join(path.read_text("utf-8") for path in folder.rglob("*.py"))
    rules = [rule for rule in catalogue() if re.match(r"RFC8493|LUUTRU-BAG/|LUUTRU-OCFL/|[EW]\d{3}", rule)]
    assert len(rules) > 150
    assert [rule for rule in rules if f'"{rule}"' not in code] == []


@pytest.mark.parametrize("page", ["bagit.md", "ocfl.md"])
def test_the_modules_that_a_page_names_are_there(page: str) -> None:
    folder = PAGES.parents[1] / "packaging"
    names = set(re.findall(r"`([a-z_]+\.py)`", str(rows(page))))
    assert names and {name for name in names if not list(folder.rglob(name))} == set()
