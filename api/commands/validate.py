"""``luutru validate``: a report on packages or OCFL objects; no home needed."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from luutru.api.console import (
    BAD,
    FAILED,
    GOOD,
    LangOption,
    ReportFormat,
    err,
    fail,
    language,
    out,
    print_json,
    progress,
    safe,
)
from luutru.api.profile_choice import ProfileOption, chosen_profiles
from luutru.api.report_html import report_page
from luutru.api.report_text import print_report
from luutru.fixity.durable import write_durably


def validate(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="folder, zip, tar or tar.gz")],
    format: Annotated[
        ReportFormat, typer.Option(help="text or html for people, jsonl for programs")
    ] = ReportFormat.TEXT,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="write the html page there, not to the terminal"),
    ] = None,
    lang: LangOption = None,
    profile: ProfileOption = None,
    on: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="judge by the profiles in force on this day (today)"),
    ] = None,
    schema_only: Annotated[
        bool, typer.Option("--schema-only", help="structure and metadata alone: no payload file is read")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="findings shown for one rule")] = 100,
) -> None:
    """Check packages against BagIt, E-ARK or OCFL, and against profiles: every finding at once, one verdict each.

    Exit code 0: all valid; 1: at least one is not; 2: at least one could not be checked.
    """
    from luutru.metadata_profiles.finding import Report
    from luutru.packaging.package import validate_path
    from luutru.packaging.unpack import Limits

    chosen = language(lang)
    profiles, day = chosen_profiles(profile, on)
    code = GOOD
    pages = []
    for path in paths:
        try:
            with progress(path.name) as ticker:
                report = validate_path(
                    path,
                    limits=Limits(),
                    profiles=profiles,
                    judged_on=day,
                    schema_only=schema_only,
                    progress=ticker,
                    limit=limit,
                )
        except OSError as error:
            err.print(f"[bold red]luutru:[/] {safe(error)}")
            report = Report(str(path))
            report.add("LUUTRU-PATH/not-checked", str(path), reason=error.strerror or error)
            code = FAILED
        if format is ReportFormat.JSONL:
            print_json(report.as_json(chosen))
        elif format is ReportFormat.HTML:
            pages.append(report)
        else:
            print_report(report, chosen)
        if code == GOOD and not report.valid:
            code = BAD
    if pages:
        _write(report_page(pages, chosen, made=datetime.now().astimezone()), output)
    raise typer.Exit(code)


def _write(page: str, output: Path | None) -> None:
    data = page.encode("utf-8", "backslashreplace")
    if output is None:
        sys.stdout.buffer.write(data)
        return
    try:
        write_durably(output, data)
    except OSError as error:
        raise fail(f"the report could not be written: {error}") from error
    out.print(safe(output))
