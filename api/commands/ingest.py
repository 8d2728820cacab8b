"""``luutru ingest``: deposit packages and wait for what becomes of them."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from luutru.api.console import (
    BAD,
    FAILED,
    GOOD,
    Format,
    FormatOption,
    HomeOption,
    LangOption,
    Language,
    err,
    language,
    out,
    print_json,
    progress,
    safe,
)
from luutru.api.profile_choice import ProfileOption
from luutru.api.report_text import findings_table, profiles_line
from luutru.api.words import word


def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="folder, zip, tar or tar.gz")],
    agency: Annotated[str, typer.Option(help="code of the agency that hands over")],
    profile: ProfileOption = None,
    format: FormatOption = Format.TEXT,
    lang: LangOption = None,
    home: HomeOption = None,
) -> None:
    """Take packages into the archive; each is stored whole, or rejected with every reason named.

    Exit code 0: all stored; 1: at least one rejected; 2: at least one could not be taken in.
    """
    from luutru.api.opening import opened
    from luutru.packaging.ocfl.storage import StorageError
    from luutru.repository.errors import RepositoryError
    from luutru.repository.ingest import ingest as take_in
    from luutru.repository.profiles import usable_profiles
    from luutru.repository.recovery import recover

    code = GOOD
    with opened(home) as archive:
        chosen = language(lang, archive.settings.language)
        usable_profiles(archive, profile or [], date.today())
        recover(archive)
        for path in paths:
            try:
                with progress(path.name) as ticker:
                    outcome = take_in(archive, path, agency=agency, profiles=profile or [], progress=ticker)
            except (RepositoryError, StorageError, OSError) as error:
                err.print(f"[bold red]luutru:[/] {safe(path)}: {safe(error)}")
                if format is Format.JSONL:
                    print_json(_failure(path, error))
                code = FAILED
                continue
            _show(outcome, path, format, chosen)
            if outcome.status != "stored" and code == GOOD:
                code = BAD
    raise typer.Exit(code)


def _failure(path: Path, error: Exception) -> dict[str, Any]:
    return {
        "path": str(path),
        "deposit": None,
        "status": "failed",
        "object": None,
        "profiles": [],
        "findings": [],
        "error": str(error),
    }


def _show(outcome: Any, path: Path, format: Format, chosen: Language) -> None:
    findings = outcome.report.findings
    if format is Format.JSONL:
        print_json(
            {
                "path": str(path),
                "deposit": outcome.deposit_id,
                "status": outcome.status,
                "object": outcome.object_id,
                "profiles": outcome.report.profiles,
                "findings": [finding.as_json(chosen) for finding in findings],
            }
        )
        return
    mark = "[bold green]✓[/]" if outcome.status == "stored" else "[bold red]✗[/]"
    out.print(f"{mark} {safe(path)}  [bold]{word(outcome.status, chosen)}[/]")
    out.print(f"  {word('deposit', chosen)}: {outcome.deposit_id}")
    if outcome.object_id:
        out.print(f"  {word('object', chosen)}: {outcome.object_id}")
    if outcome.report.profiles:
        out.print(f"  {word('profiles', chosen)}: {safe(profiles_line(outcome.report, chosen))}")
    if findings:
        out.print(findings_table(findings, chosen))
