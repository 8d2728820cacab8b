"""``luutru rebuild``: the catalogue anew from one storage location."""

from typing import Annotated

import typer

from luutru.api.console import BAD, GOOD, HomeOption, out, safe


def rebuild(
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="LOCATION", help="name of the storage location (default: the first)"),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Make the catalogue anew from what one storage location holds: objects, events, deposits.

    The old catalogue is replaced only when the new one is whole. Tokens are kept where the
    old catalogue can still be read. Exit code 1 where an object is damaged and was left out.
    """
    from luutru.api.opening import opened
    from luutru.repository.rebuild import rebuild as make_anew
    from luutru.repository.rebuild import set_aside_unusable

    set_aside_unusable(home)
    with opened(home, rebuilding=True) as archive:
        made = make_anew(archive, source)
    out.print(
        f"[bold green]✓[/] {made.objects} objects, {made.files} files, {made.events} events from {made.location}"
    )
    for reason in made.refused:
        out.print(f"[bold red]✗[/] {safe(reason)}")
    raise typer.Exit(BAD if made.refused else GOOD)
