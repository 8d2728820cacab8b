"""The BagIt conformance suite: the folder a bag lies in is the verdict it must get."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Report, Severity
from luutru.packaging.package import validate_path
from luutru.packaging.unpack import Limits

HERE = Path(__file__).parents[2].parent / "shared" / "corpora"
CORPUS = Path(os.environ.get("LUUTRU_CORPORA") or HERE) / "bagit"

# Bags that cannot lie intact on a case-sensitive checkout: their manifests name files that are not there.
CANNOT_EXIST = {
    "duplicate-file-with-different-case",
    "same-filename-listed-twice-with-different-normalization",
    "special-system-files",
}


def bags() -> list[Path]:
    return [bag for bag in sorted(CORPUS.glob("v*/*/*")) if bag.is_dir()]


def miss(bag: Path, report: Report) -> str:
    """What a report gets wrong of a bag; empty where it gets nothing wrong."""
    said = bag.parent.name
    expected = said in ("valid", "warning") and bag.name not in CANNOT_EXIST
    if report.valid is not expected:
        found = ", ".join(sorted({finding.rule for finding in report.findings})) or "nothing"
        return f"should be {'valid' if expected else 'invalid'}; found: {found}"
    warned = any(finding.severity is Severity.WARNING for finding in report.findings)
    return "should have a warning" if said == "warning" and report.valid and not warned else ""


def scores() -> Iterator[tuple[str, str, str]]:
    """For ``conformance.py``: score, case, and what is missed."""
    for bag in bags():
        found = miss(bag, validate_path(bag, limits=Limits()))
        yield "BagIt conformance suite", str(bag.relative_to(CORPUS)), found


def test_the_corpus_is_there() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus at {CORPUS}; set LUUTRU_CORPORA to the folder that holds bagit/")
    assert len(bags()) >= 30


@pytest.mark.parametrize("bag", bags(), ids=lambda bag: str(bag.relative_to(CORPUS)))
def test_verdict(bag: Path) -> None:
    report = validate_path(bag, limits=Limits())
    assert miss(bag, report) == ""
    for finding in report.findings:
        assert finding.message("vi") and finding.message("en")
