"""``luutru repair``: restore damaged copies from intact ones."""

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


def repair(
    object_id: Annotated[
        str | None, typer.Option("--object", metavar="ID", help="only this one (default: all)")
    ] = None,
    format: FormatOption = Format.TEXT,
    lang: LangOption = None,
    home: HomeOption = None,
) -> None:
    """Quarantine what is damaged, restore it from an intact copy and prove it by reading it back.

    Exit code 0: everything is whole again; 1: something has no intact copy left.
    """
    from luutru.api.opening import opened
    from luutru.repository.repair import Mended
    from luutru.repository.repair import repair as mend

    with opened(home) as archive:
        chosen = language(lang, archive.settings.language)

        def tell(mended: Mended) -> None:
            if format is Format.JSONL:
                print_json(mended.as_json())
                return
            good = mended.action != "unrepairable"
            mark, action = ("[green]✓[/]", "repaired") if good else ("[bold red]✗[/]", "unrepairable")
            source = f" ({word('from', chosen)} {mended.source})" if mended.source else ""
            outcome = word(str(mended.outcome), chosen)
            out.print(
                f"{mark} {mended.location}  {safe(mended.object_id)}  {safe(mended.path)}: "
                f"{outcome} → [bold]{word(action, chosen)}[/]{source}"
            )
            if mended.quarantine:
                out.print(f"    {word('quarantined', chosen)} {safe(mended.quarantine)}")

        summary = mend(archive, [object_id] if object_id else None, on_action=tell)
    if format is Format.JSONL:
        print_json({"summary": summary.as_json()})
    else:
        out.print(
            f"{summary.repaired} {word('repaired', chosen)}, {summary.unrepairable} {word('unrepairable', chosen)}"
        )
    raise typer.Exit(BAD if summary.unrepairable else GOOD)
