"""The option ``--profile`` of commands: names and files become profiles, on the day that counts."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from luutru.api.console import fail
from luutru.metadata_profiles.profile_registry import Profile, ProfileFault, ProfileNotFound

ProfileOption = Annotated[
    list[str] | None,
    typer.Option("--profile", metavar="NAME_OR_FILE", help="judge by this profile too; repeat for more"),
]


def own_folders(home: Path | None = None) -> tuple[Path, ...]:
    """The folder of a home's own profiles, whether or not there is one; the home is not made."""
    return ((home or Path(os.environ.get("LUUTRU_HOME") or "luutru-home")) / "profiles",)


def chosen_profiles(names: Sequence[str] | None, on: str | None) -> tuple[list[Profile], date]:
    """The profiles of these names in force on a day (today unless given), and the day; exit code 2 for none."""
    try:
        day = date.fromisoformat(on) if on else date.today()
    except ValueError as error:
        raise fail(f"{on!r} is no day; write it as 2025-07-01") from error
    if not names:
        return [], day
    from luutru.packaging.profiled import choose

    try:
        return choose(names, day, folders=own_folders()), day
    except (ProfileNotFound, ProfileFault) as error:
        raise fail(error) from error
