"""What is measured inside a file, held against the measures of a rule set on formats."""

from dataclasses import dataclass

from luutru.metadata_profiles.finding import Report, Severity
from luutru.metadata_profiles.format_policy import FormatPolicy, Measure, Weighed
from luutru.metadata_profiles.premis import Format
from luutru.metadata_profiles.profile_table import cite
from luutru.packaging.format_facts import Facts, ImageFacts, MediaFacts, PdfFacts
from luutru.packaging.format_origin import Origins

_NEARLY = 1
"""Dots per inch that rounding a page's size to points may cost."""


@dataclass(frozen=True, slots=True)
class Judge:
    """One file, the rule set it is held against, and where findings go."""

    policy: FormatPolicy
    report: Report
    path: str
    found: Format
    source: str

    def weighed(self, weight: Weighed, rule: str, **words: object) -> None:
        """A finding that weighs what the rule set says for every file."""
        source = self.policy.access if weight in ("locked", "unreadable") else self.source
        self.report.add(rule, self.path, severity=self.policy.weights[weight], **words, source=source)

    def measured(self, measure: Measure, severity: Severity, rule: str, **words: object) -> None:
        """A finding by a measure."""
        source = cite(self.policy.instrument, measure.article, self.policy.status)
        self.report.add(rule, self.path, severity=severity, **words, source=source, rule=measure.id)


def check_measures(judge: Judge, facts: Facts, origins: Origins) -> None:
    """Hold a file that could be read against every measure that is for it."""
    if facts.problem or (isinstance(facts, ImageFacts) and facts.too_large):
        return
    if isinstance(facts, PdfFacts) and (facts.locked == "password" or not facts.pages):
        return
    for measure in judge.policy.measures:
        if measure.of not in _subjects(facts):
            continue
        said = origins.applies(measure, judge.path)
        if said == "no" or (said == "unsaid" and not _looks_digitised(facts)):
            continue
        severity = measure.severity if said == "yes" else judge.policy.described.unsaid
        match facts:
            case PdfFacts():
                _pdf(judge, measure, severity, facts)
            case ImageFacts():
                _image(judge, measure, severity, facts)
            case MediaFacts():
                _media(judge, measure, severity, facts)


def _subjects(facts: Facts) -> tuple[str, ...]:
    match facts:
        case PdfFacts():
            return ("pdf",)
        case ImageFacts():
            return ("image",)
        case MediaFacts():
            return ("video",) if facts.video else ("audio",)


def _looks_digitised(facts: Facts) -> bool:
    """Whether a file of unknown origin is to be measured: at least half of a PDF's pages are images."""
    return not isinstance(facts, PdfFacts) or 0 < facts.looked <= 2 * facts.scans


def _pdf(judge: Judge, measure: Measure, severity: Severity, facts: PdfFacts) -> None:
    def add(rule: str, **words: object) -> None:
        judge.measured(measure, severity, rule, **words)

    match measure.check:
        case "pdfa" if not facts.declared:
            add("FORMAT-PDFA/none", version=facts.version)
        case "pdfa" if measure.one_of and facts.declared[:1] not in measure.one_of:
            expected = ", ".join(f"PDF/A-{part}" for part in sorted(measure.one_of))
            add("FORMAT-PDFA/part", declared=facts.declared, expected=expected)
        case "pdf-version" if _version(facts.version) < _version(measure.version):
            add("FORMAT-PDF-VERSION", version=facts.version, expected=measure.version)
        case "page-image" if not facts.scans:
            add("FORMAT-PAGE-IMAGE", looked=facts.looked)
        case "dpi" if facts.scans and facts.dpi + _NEARLY < measure.least:
            add("FORMAT-DPI/page", found=facts.dpi, page=facts.dpi_page, expected=measure.least)
        case "bits" if facts.bits and facts.bits < measure.least:
            add("FORMAT-BITS/page", found=facts.bits, page=facts.bits_page, expected=measure.least)
        case "text-layer" if facts.silent:
            add("FORMAT-TEXT-LAYER", count=facts.silent, looked=facts.looked, page=facts.silent_page)
        case "signature" if not facts.signed:
            add("FORMAT-SIGNATURE")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())


def _image(judge: Judge, measure: Measure, severity: Severity, facts: ImageFacts) -> None:
    size = f"{facts.width} × {facts.height}"
    match measure.check:
        case "dpi" if not facts.dpi:
            judge.measured(measure, severity, "FORMAT-DPI/none", size=size, expected=measure.least)
        case "dpi" if facts.dpi + _NEARLY < measure.least:
            judge.measured(
                measure, severity, "FORMAT-DPI/image", found=facts.dpi, size=size, expected=measure.least
            )
        case "bits" if facts.bits < measure.least:
            judge.measured(measure, severity, "FORMAT-BITS/image", found=facts.bits, expected=measure.least)


def _media(judge: Judge, measure: Measure, severity: Severity, facts: MediaFacts) -> None:
    rate = facts.bit_rate // 1000
    if not rate:
        judge.measured(measure, severity, "FORMAT-BIT-RATE/none", expected=measure.least)
    elif rate < measure.least:
        judge.measured(measure, severity, "FORMAT-BIT-RATE/low", found=rate, expected=measure.least)
