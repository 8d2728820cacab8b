"""A validation report as text for people: the verdict, then its findings, errors first."""

from collections import Counter

from rich import box
from rich.table import Table

from luutru.api.console import Language, out, safe
from luutru.api.words import word
from luutru.metadata_profiles.finding import Finding, Report, Severity

_STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_ORDER = list(_STYLE)
_CAP = "LUUTRU-CAP"


def print_report(report: Report, language: Language) -> None:
    """Print one report: a line with the verdict and a table of what was found."""
    mark = "[bold green]✓[/]" if report.valid else "[bold red]✗[/]"
    verdict = word("valid" if report.valid else "invalid", language)
    findings = report.findings
    totals = _totals(findings)
    counts = ", ".join(f"{totals[s]} {word(str(s), language)}" for s in _ORDER if totals[s])
    out.print(f"{mark} {safe(report.path)}  [dim]{report.kind}[/]  [bold]{verdict}[/]  {counts}".rstrip())
    if report.profiles:
        out.print(f"  {word('profiles', language)}: {safe(profiles_line(report, language))}")
    if findings:
        out.print(findings_table(findings, language))


def _totals(findings: list[Finding]) -> Counter[Severity]:
    """How many findings there are of each severity, those that the cap left out among them."""
    weights = {finding.rule: finding.severity for finding in findings}
    totals = Counter(finding.severity for finding in findings if finding.rule != _CAP)
    for said in (dict(finding.parameters) for finding in findings if finding.rule == _CAP):
        totals[weights[said["rule"]]] += int(said["total"]) - int(said["shown"])
    return totals


def profiles_line(report: Report, language: Language) -> str:
    """The profiles that judged a package, each with its version; a draft is said to be one."""
    draft = f" ({word('draft', language)})"
    told = (
        f"{said['id']} {said['version']}{draft if said['status'] == 'draft' else ''}"
        for said in report.profiles
    )
    return ", ".join(told)


def findings_table(findings: list[Finding], language: Language) -> Table:
    """Findings as a table, errors first, those of one rule together, else in the order they were found."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(word("severity", language), no_wrap=True)
    table.add_column(word("code", language), no_wrap=True)
    table.add_column(word("location", language), overflow="fold")
    table.add_column(word("message", language), overflow="fold", ratio=1)
    first = {finding.rule: number for number, finding in reversed(list(enumerate(findings)))}
    for finding in sorted(findings, key=lambda f: (_ORDER.index(f.severity), first[f.rule])):
        style = _STYLE[finding.severity]
        weight, code = (
            f"[{style}]{text}[/]" for text in (word(str(finding.severity), language), safe(finding.code))
        )
        table.add_row(weight, code, safe(finding.location), safe(finding.message(language)))
    return table
