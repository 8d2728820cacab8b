"""``luutru verify``: check what the archive has given out, offline, with its public key alone."""

from pathlib import Path
from typing import Annotated

import typer

from luutru.api.console import (
    BAD,
    GOOD,
    Format,
    FormatOption,
    LangOption,
    fail,
    language,
    out,
    print_json,
    safe,
)
from luutru.api.report_text import print_report
from luutru.api.words import word


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a receipt (.json) or a DIP (folder or zip)")],
    key: Annotated[
        Path | None,
        typer.Option(help="the archive's public key, PEM (default: keys/archive-key.pub.pem of the home)"),
    ] = None,
    format: FormatOption = Format.TEXT,
    lang: LangOption = None,
    home: Annotated[Path | None, typer.Option("--home", help="home whose public key to use")] = None,
) -> None:
    """Check a receipt's signature, or a DIP: its standard, its digests, its signed receipt.

    Exit code 0: genuine and whole; 1: it is not; 2: it could not be checked.
    """
    from luutru.fixity.signing import PUBLIC_NAME, load_public_key
    from luutru.packaging.unpack import Limits
    from luutru.packaging.verify import verify as check
    from luutru.repository.settings import load_settings

    place = key or load_settings(home).shared_folder / "keys" / PUBLIC_NAME
    try:
        report, statement = check(file, load_public_key(place), limits=Limits())
    except (OSError, ValueError) as error:
        raise fail(error) from error
    chosen = language(lang)
    if format is Format.JSONL:
        print_json({**report.as_json(chosen), "genuine": report.valid, "statement": statement})
    else:
        print_report(report, chosen)
        for name in ("kind", "archive", "object", "version", "deposit", "issued"):
            if statement and name in statement:
                out.print(f"  {name}: {safe(statement[name])}")
        verdict = word("genuine" if report.valid else "not-genuine", chosen)
        out.print(f"[bold {'green' if report.valid else 'red'}]{verdict}[/]")
    raise typer.Exit(GOOD if report.valid else BAD)
