"""A validation report as text for people: the verdict, then its findings, errors first."""

from rich import box
from rich.table import Table

from luutru.api.console import Language, out, safe
from luutru.api.words import word
from luutru.metadata_profiles.finding import Finding, Report, Severity

_STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_ORDER = list(_STYLE)


def print_report(report: Report, language: Language) -> None:
    """Print one report: a line with the verdict and a table of what was found."""
    mark = "[bold green]✓[/]" if report.valid else "[bold red]✗[/]"
    verdict = word("valid" if report.valid else "invalid", language)
    findings = report.findings
    counts = ", ".join(
        f"{sum(f.severity is s for f in findings)} {word(str(s), language)}"
        for s in _ORDER
        if any(f.severity is s for f in findings)
    )
    out.print(f"{mark} {safe(report.path)}  [dim]{report.kind}[/]  [bold]{verdict}[/]  {counts}".rstrip())
    if report.profiles:
        out.print(f"  {word('profiles', language)}: {safe(profiles_line(report, language))}")
    if findings:
        out.print(findings_table(findings, language))


def profiles_line(report: Report, language: Language) -> str:
    """The profiles that judged a package, each with its version; a draft is said to be one."""
    draft = f" ({word('draft', language)})"
    told = (
        f"{said['id']} {said['version']}{draft if said['status'] == 'draft' else ''}"
        for said in report.profiles
    )
    return ", ".join(told)


def findings_table(findings: list[Finding], language: Language) -> Table:
    """Findings as a table, errors first, else in the order they were found."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(word("code", language), no_wrap=True)
    table.add_column(word("location", language), overflow="fold")
    table.add_column(word("message", language), overflow="fold", ratio=1)
    for finding in sorted(findings, key=lambda f: _ORDER.index(f.severity)):
        code = f"[{_STYLE[finding.severity]}]{safe(finding.code)}[/]"
        table.add_row(code, safe(finding.location), safe(finding.message(language)))
    return table
