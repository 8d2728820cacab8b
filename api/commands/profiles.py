"""``luutru profiles``: which profiles a package can be judged by, and what each asks."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table

from luutru.api.console import (
    BAD,
    Format,
    FormatOption,
    HomeOption,
    LangOption,
    Language,
    fail,
    language,
    out,
    print_json,
    safe,
)
from luutru.api.words import word

if TYPE_CHECKING:
    from luutru.metadata_profiles.profile_registry import Profile


class Action(StrEnum):
    """List all profiles, or show one."""

    LIST = "list"
    SHOW = "show"


def profiles(
    action: Annotated[
        Action, typer.Argument(metavar="list|show", help="list all, or show one")
    ] = Action.LIST,
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="id or file of the profile to show")
    ] = None,
    format: FormatOption = Format.TEXT,
    lang: LangOption = None,
    home: HomeOption = None,
) -> None:
    """List the profiles that packages can be judged by, or show what one asks.

    A home's own profiles lie in its folder «profiles»; no home is made for this command.
    Exit code 0: good; 1: a profile is faulty; 2: there is no such profile.
    """
    from luutru.api.profile_choice import own_folders

    chosen = language(lang)
    folders = own_folders(home)
    if action is Action.LIST:
        if name is not None:
            raise fail(f"«list» takes no name; «luutru profiles show {name}» shows one")
        _list(folders, format, chosen)
    elif name is None:
        raise fail("say which: «luutru profiles show ID»; «luutru profiles list» lists them")
    else:
        _show(name, folders, format, chosen)


def _list(folders: tuple[Path, ...], format: Format, chosen: Language) -> None:
    from luutru.metadata_profiles.profile_registry import ProfileFault, profile_files, read_profile

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("profile", "kind", "version", "status", "in-force", "title"):
        table.add_column(word(column, chosen), no_wrap=column in ("profile", "kind"), overflow="fold")
    broken = []
    for path in profile_files(folders=folders):
        try:
            profile = read_profile(path)
        except ProfileFault as error:
            broken.append(error)
            continue
        if format is Format.JSONL:
            print_json(_head(profile))
        else:
            cells = (profile.kind, safe(profile.version), _status(profile, chosen), _in_force(profile))
            table.add_row(safe(profile.id), *cells, safe(profile.title(chosen)))
    if format is Format.TEXT:
        out.print(table)
    for fault in broken:
        fail(fault)
    raise typer.Exit(BAD if broken else 0)


def _show(name: str, folders: tuple[Path, ...], format: Format, chosen: Language) -> None:
    from luutru.api.report_text import findings_table
    from luutru.metadata_profiles.profile_outline import outline, shown
    from luutru.metadata_profiles.profile_registry import ProfileFault, ProfileNotFound, find_profile
    from luutru.packaging.profiled import faults

    try:
        profile = find_profile(name, folders=folders)
    except ProfileNotFound as error:
        raise fail(error) from error
    except ProfileFault as error:
        fail(error)
        raise typer.Exit(BAD) from error
    found = faults(profile)
    if format is Format.JSONL:
        findings = [finding.as_json(chosen) for finding in found.findings]
        content = {key: _plain(value) for key, value in profile.data.items()}
        print_json({**_head(profile), "usable": found.valid, "findings": findings, "content": content})
        raise typer.Exit(0 if found.valid else BAD)
    out.print(f"[bold]{safe(profile.title(chosen))}[/]  {_status(profile, chosen)}")
    if profile.status == "draft":
        out.print(f"[yellow]{word('draft-warning', chosen)}[/]")
    for key, value in _head(profile).items():
        if key not in ("title_vi", "title_en", "status") and value not in (None, "", []):
            out.print(f"  {key}: {safe(shown(value))}")
    for section in outline(profile):
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=section.columns[-1] != " ")
        for column in section.columns:
            table.add_column(safe(column), overflow="fold")
        for row in section.rows:
            table.add_row(*map(safe, row))
        if section.key:
            out.print(f"\n[bold]{safe(section.key)}[/]")
        out.print(table)
    if found.findings:
        out.print(findings_table(found.findings, chosen))
    raise typer.Exit(0 if found.valid else BAD)


def _head(profile: "Profile") -> dict[str, Any]:
    return {
        "id": profile.id,
        "kind": profile.kind,
        "family": profile.family,
        "title_vi": profile.title_vi,
        "title_en": profile.title_en,
        "version": profile.version,
        "status": profile.status,
        "instrument": profile.instrument,
        "articles": list(profile.articles),
        "valid_from": profile.valid_from and profile.valid_from.isoformat(),
        "valid_until": profile.valid_until and profile.valid_until.isoformat(),
        "file": str(profile.path),
        "sha256": profile.sha256,
    }


def _status(profile: "Profile", chosen: Language) -> str:
    return f"[{'yellow' if profile.status == 'draft' else 'green'}]{word(profile.status, chosen)}[/]"


def _in_force(profile: "Profile") -> str:
    if not profile.valid_from:
        return "-"
    return f"{profile.valid_from} – {profile.valid_until or '…'}"


def _plain(value: Any) -> Any:
    """A value of a profile as JSON has it: TOML's days become text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
