"""``luutru jobs``: what is queued, under way and done, and taking a job back."""

from typing import Annotated

import typer
from rich.table import Table

from luutru.api.console import Format, FormatOption, HomeOption, LangOption, language, out, print_json, safe
from luutru.api.words import word


def jobs(
    job_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="only this one")] = None,
    kind: Annotated[str | None, typer.Option(help="ingest, audit, repair or dissemination")] = None,
    status: Annotated[
        str | None, typer.Option(help="queued, running, delayed, done, failed or cancelled")
    ] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="take the job back")] = False,
    limit: Annotated[int, typer.Option(min=1, help="how many at most")] = 50,
    format: FormatOption = Format.TEXT,
    lang: LangOption = None,
    home: HomeOption = None,
) -> None:
    """List the newest jobs of the service and its workers, or take one back.

    A job under way ends before its next step; what was done stays.
    """
    from luutru.api.console import fail
    from luutru.api.opening import opened
    from luutru.api.schemas import JobOut
    from luutru.repository.job_queries import cancel as take_back
    from luutru.repository.job_queries import list_jobs, status_of

    if cancel and not job_id:
        raise fail("say which job to take back: luutru jobs ID --cancel")
    with opened(home) as archive:
        chosen = language(lang, archive.settings.language)
        if job_id and cancel:
            take_back(archive, job_id)
        found = (
            [status_of(archive, job_id)]
            if job_id
            else list_jobs(archive, kind=kind, status=status, limit=limit)
        )
        lines = [JobOut.model_validate(job, from_attributes=True) for job in found]
    if format is Format.JSONL:
        for line in lines:
            print_json(line.model_dump(mode="json"))
        return
    table = Table(box=None, header_style="bold")
    for name in ("job", "kind", "status", "worker", "progress"):
        table.add_column(word(name, chosen))
    for line in lines:
        told = line.progress or line.result or {}
        shown = "  ".join(f"{name}: {value}" for name, value in told.items() if isinstance(value, str | int))
        table.add_row(line.id, line.kind, word(line.status, chosen), safe(line.worker or ""), safe(shown))
    out.print(table)
