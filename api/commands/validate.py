"""``luutru validate``: a report on packages or OCFL objects; no home needed."""

from pathlib import Path
from typing import Annotated

import typer

from luutru.api.console import (
    BAD,
    FAILED,
    GOOD,
    Format,
    FormatOption,
    LangOption,
    err,
    language,
    print_json,
    progress,
    safe,
)
from luutru.api.profile_choice import ProfileOption, chosen_profiles
from luutru.api.report_text import print_report


def validate(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="folder, zip, tar or tar.gz")],
    format: FormatOption = Format.TEXT,
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
        if format is Format.JSONL:
            print_json(report.as_json(chosen))
        else:
            print_report(report, chosen)
        if code == GOOD and not report.valid:
            code = BAD
    raise typer.Exit(code)
