"""``luutru disseminate``: a DIP of an AIP version, as a BagIt bag or an E-ARK DIP."""

from pathlib import Path
from typing import Annotated

import typer

from luutru.api.console import Format, HomeOption, out, print_json, safe
from luutru.packaging.dip_form import DipForm


def disseminate(
    object_id: Annotated[str, typer.Argument(metavar="ID", help="urn:uuid:… or the bare UUID")],
    to: Annotated[Path, typer.Option(help="folder in which the DIP is made")],
    form: Annotated[DipForm, typer.Option("--format", help="bag or eark")] = DipForm.BAG,
    version: Annotated[
        str | None, typer.Option(help="version of the AIP, for example v1 (default: the newest)")
    ] = None,
    representation: Annotated[
        list[str] | None, typer.Option(help="only these representations; repeat for more (default: all)")
    ] = None,
    packed: Annotated[bool, typer.Option("--zip", help="one zip file instead of a folder")] = False,
    output: Annotated[
        Format, typer.Option("--output", help="text for people, jsonl for programs")
    ] = Format.TEXT,
    home: HomeOption = None,
) -> None:
    """Hand out a copy that proves itself: the submitted bytes, their provenance and a signed receipt.

    Check it with «luutru verify». Nothing damaged is ever handed out: another copy is taken,
    or the command fails.
    """
    from luutru.api.opening import opened
    from luutru.repository.access import disseminate_folder, disseminate_zip

    with opened(home) as archive:
        name = object_id.rpartition(":")[2]
        chosen = tuple(representation) if representation else None
        if packed:
            path = to / f"{name}.zip"
            made = disseminate_zip(
                archive, object_id, path, form=form, version=version, representations=chosen
            )
        else:
            path = to / name
            made = disseminate_folder(
                archive, object_id, path, form=form, version=version, representations=chosen
            )
    if output is Format.JSONL:
        print_json(
            {"object": made.object_id, "version": made.version, "format": str(form), "path": str(path)}
        )
    else:
        out.print(f"[bold green]✓[/] {made.object_id} {made.version} → {safe(path)}")
