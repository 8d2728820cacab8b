"""``luutru doctor``: what a crash, a lost disk or an old backup left, and mending it."""

from typing import Annotated

import typer

from luutru.api.console import (
    BAD,
    GOOD,
    Format,
    FormatOption,
    HomeOption,
    LangOption,
    language,
    out,
    print_json,
    safe,
)
from luutru.api.words import word


def doctor(
    fix: Annotated[
        bool, typer.Option("--fix", help="mend what can be mended without a person's judgement")
    ] = False,
    format: FormatOption = Format.TEXT,
    lang: LangOption = None,
    home: HomeOption = None,
) -> None:
    """Look for every state that is not as it should be, say what it means and what to do.

    Reads inventories, not content; «luutru audit» reads that. Exit code 0: nothing was found, or all of it
    was mended; 1: something is left to do; 2: the archive could not be examined.
    """
    from luutru.api.opening import opened
    from luutru.repository.doctor import examine

    left = found = 0
    with opened(home, rebuilding=True) as archive:
        chosen = language(lang, archive.settings.language)
        for diagnosis in examine(archive, mend=fix):
            ailment = diagnosis.ailment
            found += 1
            left += not diagnosis.mended
            if format is Format.JSONL:
                print_json(
                    {
                        "code": ailment.code,
                        "where": ailment.where,
                        "meaning": ailment.meaning,
                        "advice": ailment.advice,
                        "mended": diagnosis.mended,
                        "hindrance": diagnosis.hindrance or None,
                    }
                )
                continue
            mark = "[bold green]✓[/]" if diagnosis.mended else "[bold red]✗[/]"
            out.print(f"{mark} [bold]{ailment.code}[/]  {safe(ailment.where)}")
            out.print(f"  {safe(ailment.meaning)}")
            told = word("mended", chosen) if diagnosis.mended else f"→ {safe(ailment.advice)}"
            out.print(f"  {told}")
            if diagnosis.hindrance:
                out.print(f"  {safe(diagnosis.hindrance)}")
        if format is Format.TEXT and not found:
            out.print(f"[bold green]✓[/] {word('healthy', chosen)}")
    raise typer.Exit(BAD if left else GOOD)
