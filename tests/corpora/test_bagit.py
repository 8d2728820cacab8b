"""The BagIt conformance suite: the folder a bag lies in is the verdict it must get."""

import os
from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Severity
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


def test_the_corpus_is_there() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus at {CORPUS}; set LUUTRU_CORPORA to the folder that holds bagit/")
    assert len(bags()) >= 30


@pytest.mark.parametrize("bag", bags(), ids=lambda bag: str(bag.relative_to(CORPUS)))
def test_verdict(bag: Path) -> None:
    report = validate_path(bag, limits=Limits())
    said = bag.parent.name
    assert report.valid is (said in ("valid", "warning") and bag.name not in CANNOT_EXIST), report.findings
    if said == "warning" and report.valid:
        assert any(finding.severity is Severity.WARNING for finding in report.findings)
    for finding in report.findings:
        assert finding.message("vi") and finding.message("en")
