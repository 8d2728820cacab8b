"""The public E-ARK corpus: each case's requirement is reported for what breaks it, and for nothing else.

A case is one package under one rule of one requirement (``testCase.xml``).  Of a package marked
invalid the requirement's id must be reported, with the severity of the rule's level; of one
marked valid it must not be.  Where a rule below the level ERROR has packages marked valid
alone, the mark says that they stay valid although they lack what they should have (their
descriptions say so): the id may be reported there, but not as an error
(docs/decisions/0014-eark-corpus.md).
"""

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from luutru.metadata_profiles.finding import Report
from luutru.packaging.package import validate_path
from luutru.packaging.unpack import Limits

CORPORA = Path(os.environ.get("LUUTRU_CORPORA") or Path(__file__).parents[2].parent / "shared" / "corpora")
SCORE = "E-ARK IP test corpus"
KNOWN = tomllib.loads((Path(__file__).parent / "known_misses.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Case:
    """One package under one rule: what must, and what may not, be reported of it."""

    requirement: str
    rule: str
    level: str
    package: Path
    valid: bool
    stays_valid: bool

    @property
    def name(self) -> str:
        """``CSIP/CSIP8/valid/package, rule 1``."""
        return f"{self.package.relative_to(CORPORA / 'eark')}, rule {self.rule}"

    def missed(self, report: Report) -> str:
        """What the report lacks or has too much; empty where it is right."""
        found = [finding for finding in report.findings if finding.code == self.requirement]
        severities = {str(finding.severity) for finding in found}
        if self.valid:
            wrong = severities & {"error"} if self.stays_valid else severities
            return f"{self.requirement} is reported ({', '.join(sorted(wrong))})" if wrong else ""
        return "" if self.level in severities else f"{self.requirement} is not reported as {self.level}"


def cases() -> Iterator[Case]:
    """Every case of the corpus that is implemented there and whose package lies here."""
    for description in sorted((CORPORA / "eark").glob("*/*/testCase.xml")):
        document = etree.parse(str(description))
        for rule in document.iterfind(".//rule"):
            yield from _cases_of(rule, str(document.xpath("string(id/@requirementId)")), description.parent)


def _cases_of(rule: etree._Element, requirement: str, folder: Path) -> Iterator[Case]:
    error = rule.find("error")
    level = (error.get("level", "ERROR") if error is not None else "ERROR").lower()
    packages = [p for p in rule.iterfind(".//package") if p.get("isImplemented") == "TRUE"]
    stays_valid = level != "error" and all(package.get("isValid") == "TRUE" for package in packages)
    for package in packages:
        path = folder / package.findtext("path", "").strip()
        if path.exists():
            valid = package.get("isValid") == "TRUE"
            yield Case(requirement, rule.get("id", ""), level, path, valid, stays_valid)


@cache
def report_on(package: Path) -> Report:
    """The report on a package, which several cases may share."""
    return validate_path(package, limits=Limits(), limit=3)


def scores() -> Iterator[tuple[str, str, str]]:
    """For ``make conformance``: score, case, and what is missed."""
    for case in cases():
        yield SCORE, case.name, case.missed(report_on(case.package))


CASES = list(cases())


@pytest.mark.skipif(not CASES, reason=f"no E-ARK cases below {CORPORA}; set LUUTRU_CORPORA")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_case(case: Case) -> None:
    missed = case.missed(report_on(case.package))
    known = f"{SCORE}: {case.name}" in KNOWN
    assert bool(missed) == known, missed or "no miss any more: take it out of known_misses.toml"
