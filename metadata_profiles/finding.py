"""Findings and reports: what a validator says about a package or an object.

A *rule* is written ``CODE`` or ``CODE/case``: the code is the one its standard gives
(``CSIP58``, ``E092``, ``RFC8493-2.1.3``); the case tells apart several ways to break one
rule.  Severity and texts (Vietnamese and English) stand in the catalogues of
``luutru.metadata_profiles.rules``, so that code which finds a problem never phrases it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

from luutru.metadata_profiles.rules import rule

Language = Literal["vi", "en"]
Kind = Literal["bagit", "eark", "ocfl-object", "ocfl-root", "unknown"]

# A name has 2048 bytes at most; what a hostile manifest lists may have a gigabyte.
_LONGEST_WORD = 4096


class Severity(StrEnum):
    """How much a finding weighs: error for MUST, warning for SHOULD, info for MAY."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about one place: rule, severity, location and the words' parameters."""

    rule: str
    severity: Severity
    location: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def code(self) -> str:
        """The standard's own code, without our case."""
        return self.rule.partition("/")[0]

    def message(self, language: Language = "vi") -> str:
        """The text of the finding in one language; its parameters filled in."""
        return rule(self.rule).text(language, dict(self.parameters))

    def as_json(self, language: Language = "vi") -> dict[str, str]:
        """The finding in the shape programs rely on (design section 7)."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "location": self.location,
            "message": self.message(language),
            "rule": self.rule,
        }


@dataclass(slots=True)
class Report:
    """All findings about one package, capped per rule, with what the cap left out said.

    ``limit`` is the number of findings kept for one rule; the rest are counted and
    stated by one ``LUUTRU-CAP`` finding.  Errors always count, kept or not.  ``profiles``
    says which profiles judged the package, beyond its standards (``Profile.statement``).
    """

    path: str
    kind: Kind = "unknown"
    limit: int = 100
    profiles: list[dict[str, str]] = field(default_factory=list)
    _kept: list[Finding] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _errors: Counter[str] = field(default_factory=Counter)

    def add(
        self, rule_id: str, location: str = "", *, severity: Severity | None = None, **parameters: Any
    ) -> None:
        """Note a broken rule; ``severity`` overrides the catalogue's.

        Raises KeyError for a rule that has no entry in the catalogues.
        """
        weight = severity or Severity(rule(rule_id).severity)
        self._errors[rule_id] += weight is Severity.ERROR
        self._counts[rule_id] += 1
        if self._counts[rule_id] <= self.limit:
            words = tuple((name, _text(value)) for name, value in parameters.items())
            self._kept.append(Finding(rule_id, weight, _text(location), words))

    def extend(self, other: "Report", prefix: str = "") -> None:
        """Take over another report's findings, their locations below ``prefix``."""
        for finding in other._kept:
            self.add(
                finding.rule, prefix + finding.location, severity=finding.severity, **dict(finding.parameters)
            )
        for rule_id, count in other._counts.items():
            unseen = count - min(count, other.limit)
            self._counts[rule_id] += unseen
        unseen_errors = other._errors.copy()
        unseen_errors.subtract(f.rule for f in other._kept if f.severity is Severity.ERROR)
        self._errors.update(unseen_errors)

    def reweigh(self, rule_id: str, severity: Severity) -> int:
        """Give all findings of one rule so far another severity; how many there are, kept or not."""
        count = self._counts[rule_id]
        self._kept = [replace(f, severity=severity) if f.rule == rule_id else f for f in self._kept]
        self._errors[rule_id] = count if severity is Severity.ERROR else 0
        return count

    @classmethod
    def restored(cls, kept: dict[str, Any]) -> "Report":
        """A report as it was kept by ``as_kept``; its cap was applied when it was made."""
        report = cls(kept["path"], kept["kind"], profiles=kept.get("profiles", []))
        report._kept = [
            Finding(rule_id, Severity(severity), location, tuple(parameters.items()))
            for rule_id, severity, location, parameters in kept["findings"]
        ]
        report._errors[""] = 0 if kept["valid"] else 1
        return report

    def as_kept(self) -> dict[str, Any]:
        """The report as the archive keeps it: in no language, so that it can be read in each."""
        return {
            "path": self.path,
            "kind": self.kind,
            "valid": self.valid,
            "profiles": self.profiles,
            "findings": [[f.rule, str(f.severity), f.location, dict(f.parameters)] for f in self.findings],
        }

    @property
    def valid(self) -> bool:
        """True when nothing broke a MUST."""
        return self._errors.total() == 0

    @property
    def findings(self) -> list[Finding]:
        """The findings kept, and one more for each rule that met the cap."""
        return [*self._kept, *self._capped()]

    def _capped(self) -> Iterator[Finding]:
        shown = Counter(finding.rule for finding in self._kept)
        for rule_id, count in self._counts.items():
            if count > shown[rule_id]:
                words = (("rule", rule_id), ("shown", str(shown[rule_id])), ("total", str(count)))
                yield Finding("LUUTRU-CAP", Severity.INFO, "", words)

    def count(self, rule_id: str) -> int:
        """How often one rule was broken, kept or not."""
        return self._counts[rule_id]

    def as_json(self, language: Language = "vi") -> dict[str, Any]:
        """The report in the shape programs rely on (design section 7)."""
        return {
            "path": self.path,
            "kind": self.kind,
            "valid": self.valid,
            "profiles": self.profiles,
            "findings": [finding.as_json(language) for finding in self.findings],
        }


def _text(value: Any) -> str:
    """A value as text that can be written as UTF-8 and read, whatever a package put into it."""
    text = str(value)
    if len(text) > _LONGEST_WORD:
        text = f"{text[:_LONGEST_WORD]}…"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
