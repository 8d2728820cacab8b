"""``luutru audit``: are all copies what their inventories and the catalogue say?"""

from typing import Annotated

import typer
from rich.filesize import decimal

from luutru.api.console import (
    BAD,
    GOOD,
    Format,
    FormatOption,
    HomeOption,
    LangOption,
    fail,
    language,
    out,
    print_json,
    progress,
    safe,
)
from luutru.api.words import word


def audit(
    all_objects: Annotated[bool, typer.Option("--all", help="every object (the default)")] = False,
    object_id: Annotated[str | None, typer.Option("--object", metavar="ID", help="only this one")] = None,
    read_back: Annotated[
        bool, typer.Option("--read-back", help="read every byte, also where a server's attestation would do")
    ] = False,
    format: FormatOption = Format.TEXT,
    lang: LangOption = None,
    home: HomeOption = None,
) -> None:
    """Read every copy in full and name what is altered, missing, unexpected or unreadable.

    A location whose setting «audit» says "attested" is compared by the digests that its server
    attests, unless --read-back is given; the summary says how many files were.

    Exit code 0: all intact; 1: damage was found; 2: the audit could not be made.
    """
    from luutru.api.opening import opened
    from luutru.repository.audit import Damage
    from luutru.repository.audit import audit as check

    if all_objects and object_id:
        raise fail("--all and --object exclude each other")
    with opened(home) as archive:
        chosen = language(lang, archive.settings.language)

        def tell(damage: Damage) -> None:
            if format is Format.JSONL:
                print_json(damage.as_json())
            else:
                outcome = word(str(damage.outcome), chosen)
                out.print(
                    f"[red]✗[/] {damage.location}  {safe(damage.object_id)}  {safe(damage.path)}: [bold]{outcome}[/]"
                )

        with progress("audit") as ticker:
            summary = check(
                archive,
                [object_id] if object_id else None,
                read_back=read_back,
                on_damage=tell,
                progress=ticker,
            )
    if format is Format.JSONL:
        print_json({"summary": summary.as_json()})
    else:
        mark = "[bold green]✓[/]" if not summary.damaged else "[bold red]✗[/]"
        out.print(
            f"{mark} {summary.intact} {word('intact', chosen)}, {summary.damaged} {word('damaged', chosen)} "
            f"({summary.objects} {word('object', chosen).lower()}, {summary.copies} {word('copies', chosen).lower()}, "
            f"{summary.files} {word('files', chosen).lower()}, {decimal(summary.bytes)} {word('read', chosen)}, "
            + (f"{summary.attested} {word('attested', chosen)}, " if summary.attested else "")
            + f"{summary.seconds:.1f} {word('seconds', chosen)})"
        )
    raise typer.Exit(BAD if summary.damaged else GOOD)
