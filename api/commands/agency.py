"""``luutru agency``: an agency as the archive knows it, and the profiles its deposits are judged by."""

from typing import Annotated

import typer

from luutru.api.console import Format, FormatOption, HomeOption, LangOption, language, out, print_json, safe
from luutru.api.words import word


def agency(
    code: Annotated[str, typer.Argument(metavar="CODE", help="code of the agency")],
    name: Annotated[
        str | None, typer.Option(help="give it this name; registers it where it is unknown")
    ] = None,
    profile: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="judge its deposits by this profile from now on; repeat for more"),
    ] = None,
    no_profile: Annotated[
        bool, typer.Option("--no-profile", help="judge its deposits by no profile from now on")
    ] = False,
    format: FormatOption = Format.TEXT,
    lang: LangOption = None,
    home: HomeOption = None,
) -> None:
    """Show an agency, or set its name and the profiles that its deposits are judged by.

    The profiles given replace those set before.  Exit code 2: no such agency or profile.
    """
    from luutru.api.console import fail
    from luutru.api.opening import opened
    from luutru.repository.agencies import ensure_agency
    from luutru.repository.catalog import reading, writing
    from luutru.repository.errors import NotFound
    from luutru.repository.journal import flush
    from luutru.repository.models import Agency
    from luutru.repository.profiles import set_profiles

    if profile and no_profile:
        raise fail("say --profile or --no-profile, not both")
    with opened(home) as archive:
        chosen = language(lang, archive.settings.language)
        if name is not None:
            with writing(archive.engine) as session:
                ensure_agency(session, code, name)
            flush(archive)
        if profile or no_profile:
            set_profiles(archive, code, profile or [])
        with reading(archive.engine) as session:
            found = session.get(Agency, code)
            if found is None:
                raise NotFound(f"there is no agency {code}; «luutru agency {code} --name NAME» registers it")
            if format is Format.JSONL:
                print_json({"code": found.code, "name": found.name, "profiles": found.profiles or []})
                return
            profiles = ", ".join(found.profiles or []) or "-"
            out.print(
                f"[bold]{safe(found.code)}[/]  {safe(found.name)}\n  {word('profiles', chosen)}: {safe(profiles)}"
            )
