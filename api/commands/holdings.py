"""``luutru list`` and ``luutru show``: what the archive holds."""

from typing import Annotated, Any

import typer
from rich import box
from rich.filesize import decimal
from rich.table import Table

from luutru.api.console import (
    Format,
    FormatOption,
    HomeOption,
    LangOption,
    Language,
    language,
    out,
    print_json,
    safe,
)
from luutru.api.words import word


def list_holdings(
    agency: Annotated[str | None, typer.Option(help="only this agency's")] = None,
    format: FormatOption = Format.TEXT,
    lang: LangOption = None,
    home: HomeOption = None,
) -> None:
    """List the archive's objects, oldest first."""
    from luutru.api.opening import opened
    from luutru.repository import holdings
    from luutru.repository.catalog import reading

    with opened(home) as archive:
        chosen = language(lang, archive.settings.language)
        table = _table(chosen, "object", "agency", "title", "created", "files", "bytes", "copies")
        after, count = "", 0
        with reading(archive.engine) as session:
            while found := holdings.list_objects(session, agency=agency, after=after, limit=500):
                after = found[-1].id
                count += len(found)
                for item in holdings.summaries(session, found):
                    if format is Format.JSONL:
                        print_json(_object_line(item))
                    else:
                        table.add_row(*_object_row(item, chosen))
        if format is Format.TEXT:
            out.print(table if count else word("empty-holdings", chosen))


def _object_line(item: Any) -> dict[str, Any]:
    return {
        "object": item.object.id,
        "agency": item.object.agency,
        "title": item.object.title,
        "kind": item.object.kind,
        "version": item.object.head,
        "created": item.object.created.isoformat(),
        "files": item.files,
        "bytes": item.bytes,
        "copies": item.copies,
    }


def _object_row(item: Any, chosen: Language) -> list[str]:
    copies = ", ".join(f"{count} {word(state, chosen)}" for state, count in sorted(item.copies.items()))
    return [
        item.object.id,
        safe(item.object.agency),
        safe(item.object.title),
        f"{item.object.created.astimezone():%d/%m/%Y %H:%M}",
        str(item.files),
        decimal(item.bytes),
        copies,
    ]


def show(
    object_id: Annotated[str, typer.Argument(metavar="ID", help="urn:uuid:… or the bare UUID")],
    format: FormatOption = Format.TEXT,
    lang: LangOption = None,
    home: HomeOption = None,
) -> None:
    """Show one object: its versions, files, copies and events."""
    from luutru.api.opening import opened
    from luutru.repository import holdings
    from luutru.repository.catalog import reading

    with opened(home) as archive, reading(archive.engine) as session:
        chosen = language(lang, archive.settings.language)
        found = holdings.get_object(session, object_id)
        versions = holdings.versions_of(session, found.id)
        files = holdings.files_of(session, found.id, limit=100_000)
        copies = holdings.copies_of(session, found.id)
        events = holdings.events_of(session, found.id, limit=100_000)
        if format is Format.JSONL:
            parts = {"versions": versions, "files": files, "copies": copies, "events": events}
            print_json(
                {
                    **found.model_dump(mode="json"),
                    **{name: [row.model_dump(mode="json") for row in rows] for name, rows in parts.items()},
                }
            )
            return
        out.print(f"[bold]{safe(found.title or found.id)}[/]")
        out.print(f"{found.id}  {word('agency', chosen)}: {safe(found.agency)}  {found.kind}  {found.head}\n")
        table = _table(chosen, "path", "bytes")
        for file in files:
            table.add_row(safe(file.path), decimal(file.size))
        out.print(table)
        table = _table(chosen, "location", "state", "checked")
        for copy in copies:
            checked = f"{copy.checked.astimezone():%d/%m/%Y %H:%M:%S}" if copy.checked else "-"
            table.add_row(copy.location, word(copy.state, chosen), checked)
        out.print(table)
        table = _table(chosen, "time", "event", "outcome", "location", "detail")
        for event in events:
            when = f"{event.date_time.astimezone():%d/%m/%Y %H:%M:%S}"
            table.add_row(when, event.type, event.outcome, event.location or "", safe(event.detail))
        out.print(table)


def _table(chosen: Language, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(word(column, chosen), overflow="fold")
    return table
