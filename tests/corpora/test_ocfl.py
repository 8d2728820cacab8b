"""The public OCFL fixtures: verdict by folder, every code that a name announces is reported."""

import os
from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Report, Severity
from luutru.packaging.ocfl.validate import validate_object

CORPORA = Path(os.environ.get("LUUTRU_CORPORA") or Path(__file__).parents[2].parent / "shared" / "corpora")
OBJECTS = sorted((CORPORA / "ocfl").glob("*/*-objects/*"))


def announced(name: str) -> set[str]:
    """The codes at the start of a fixture's name."""
    return {part for part in name.split("_") if part[0] in "EW" and part[1:].isdigit() and len(part) == 4}


@pytest.mark.skipif(not OBJECTS, reason=f"no OCFL fixtures below {CORPORA}; set LUUTRU_CORPORA")
@pytest.mark.parametrize(
    "folder", [pytest.param(path, id=str(path.relative_to(CORPORA / "ocfl"))) for path in OBJECTS]
)
def test_fixture(folder: Path) -> None:
    report = Report(str(folder))
    validate_object(folder, report)
    codes = {finding.code for finding in report.findings}
    kind = folder.parent.name
    assert report.valid == (kind != "bad-objects")
    assert announced(folder.name) <= codes
    if kind == "good-objects":
        assert [finding for finding in report.findings if finding.severity is not Severity.INFO] == []
