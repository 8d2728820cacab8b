"""The public OCFL fixtures: verdict by folder, every code that a name announces is reported."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Report, Severity
from luutru.packaging.ocfl.validate import validate_object

CORPORA = Path(os.environ.get("LUUTRU_CORPORA") or Path(__file__).parents[2].parent / "shared" / "corpora")
CORPUS = CORPORA / "ocfl"
OBJECTS = sorted(CORPUS.glob("*/*-objects/*"))


def announced(name: str) -> set[str]:
    """The codes at the start of a fixture's name."""
    return {part for part in name.split("_") if part[0] in "EW" and part[1:].isdigit() and len(part) == 4}


def validated(folder: Path) -> Report:
    report = Report(str(folder))
    validate_object(folder, report)
    return report


def wrong_verdict(folder: Path, report: Report) -> str:
    """What is wrong with the verdict; empty where it is right."""
    kind = folder.parent.name
    if report.valid is not (kind != "bad-objects"):
        return f"should be {'invalid' if report.valid else 'valid'}"
    found = {finding.code for finding in report.findings if finding.severity is not Severity.INFO}
    return (
        f"a good object has findings: {', '.join(sorted(found))}" if kind == "good-objects" and found else ""
    )


def missing_codes(folder: Path, report: Report) -> str:
    """The codes that the name announces and the report lacks."""
    found = {finding.code for finding in report.findings}
    lacking = announced(folder.name) - found
    return f"lacks {', '.join(sorted(lacking))}; found: {', '.join(sorted(found))}" if lacking else ""


def scores() -> Iterator[tuple[str, str, str]]:
    """For ``conformance.py``: score, case, and what is missed."""
    for folder in OBJECTS:
        report, case = validated(folder), str(folder.relative_to(CORPUS))
        yield "OCFL fixtures: verdict", case, wrong_verdict(folder, report)
        if announced(folder.name):
            yield "OCFL fixtures: codes", case, missing_codes(folder, report)


@pytest.mark.skipif(not OBJECTS, reason=f"no OCFL fixtures below {CORPORA}; set LUUTRU_CORPORA")
@pytest.mark.parametrize("folder", [pytest.param(path, id=str(path.relative_to(CORPUS))) for path in OBJECTS])
def test_fixture(folder: Path) -> None:
    report = validated(folder)
    assert wrong_verdict(folder, report) == ""
    assert missing_codes(folder, report) == ""
