"""``luutru init``, ``luutru migrate``, ``luutru token`` and ``luutru serve``: setting up and running an archive."""

from typing import Annotated

import typer

from luutru.api.console import HomeOption, fail, out, safe


def init(
    database: Annotated[
        str | None, typer.Option(help="SQLAlchemy URL of the catalogue [SQLite in the home]")
    ] = None,
    storage: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PLACE",
            help="a storage location, PLACE a folder or s3://BUCKET/PREFIX; give at least two",
        ),
    ] = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="make another key where the archive's is lost for good")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Make an archive's home explicitly: settings, catalogue, key and storage locations.

    Also makes the folders of a location anew whose medium was replaced; «luutru repair» then
    brings back what it held.
    """
    from luutru.api.opening import failures_told, opened
    from luutru.repository.home import initialise, make_new_key, migrate_catalogue
    from luutru.repository.journal import begin_again, flush

    try:
        initialise(home, database=database, storage=storage)
        if new_key:
            make_new_key(home)
    except ValueError as error:
        raise fail(error) from error
    with failures_told():
        migrate_catalogue(home)
    with opened(home) as archive:
        for location in archive.locations:
            location.prepare()
            begin_again(archive, location)
        flush(archive)
        out.print(f"[bold green]✓[/] {safe(archive.settings.home)}")
        for location in archive.locations:
            out.print(f"  {location.name}: {safe(location.place)}")


def migrate(home: HomeOption = None) -> None:
    """Bring the catalogue to the schema of this version, from that of any earlier one.

    Stop the service and all workers of the earlier version first, and back the catalogue up.
    """
    from luutru.api.opening import failures_told
    from luutru.repository.home import migrate_catalogue

    with failures_told():
        before, after = migrate_catalogue(home)
    if before == after:
        told = f"the catalogue has schema {after} already"
    else:
        told = f"the catalogue was brought from schema {before or 'none'} to {after}"
    out.print(f"[bold green]✓[/] {told}")


def token(
    agency: Annotated[str | None, typer.Option(help="code of the agency the token is for")] = None,
    staff: Annotated[bool, typer.Option("--staff", help="a token for the archive's staff")] = False,
    home: HomeOption = None,
) -> None:
    """Issue a bearer token for the REST service; it is shown this once."""
    from luutru.api.opening import opened
    from luutru.repository.agencies import ensure_agency, issue_token
    from luutru.repository.catalog import writing
    from luutru.repository.journal import flush

    if bool(agency) == staff:
        raise fail("say --agency CODE or --staff")
    with opened(home) as archive:
        with writing(archive.engine) as session:
            if agency:
                ensure_agency(session, agency)
            issued = issue_token(session, agency)
        flush(archive)
    out.print(issued)


def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on")] = 8080,
    no_work: Annotated[
        bool, typer.Option("--no-work", help="answer requests only; leave the jobs to «luutru worker»")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Start the REST service; it ingests, audits, repairs and disseminates in this process."""
    import uvicorn

    from luutru.api.app import PREFIX, make_app
    from luutru.api.opening import opened

    with opened(home) as archive:
        out.print(f"http://{host}:{port}{PREFIX}/openapi.json")
        uvicorn.run(make_app(archive, works=not no_work), host=host, port=port, log_level="warning")
