"""The profiles that a deposit is judged by: those of its agency, and those asked for besides.

The catalogue keeps names only.  A name means a file of the home's ``profiles/``, else a shipped
profile, in the edition that is in force on the day of the deposit.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from luutru.metadata_profiles.profile_registry import (
    Profile,
    ProfileFault,
    ProfileNotFound,
    find_profile,
    is_profile_id,
)
from luutru.packaging.profiled import Judging, choose, faults
from luutru.packaging.unpack import carrier
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, writing
from luutru.repository.errors import NotFound, ProfileNotUsable
from luutru.repository.events import EventRecord, now, record
from luutru.repository.journal import flush
from luutru.repository.models import Agency
from luutru.repository.stages import Received


def profile_folders(archive: Archive) -> tuple[Path, ...]:
    """Where an archive's own profiles lie: ``profiles`` in its home."""
    return (archive.settings.home / "profiles",)


def named_profile(archive: Archive, name: str) -> Profile:
    """The profile of this id.  Raises NotFound."""
    try:
        if is_profile_id(name):
            return find_profile(name, folders=profile_folders(archive))
    except (ProfileNotFound, ProfileFault) as error:
        raise NotFound(str(error)) from error
    raise NotFound(f"{name!r} is no profile's id")


def usable_profiles(archive: Archive, names: Sequence[str], day: date) -> list[Profile]:
    """The profiles of these names in force on a day, all able to judge.  Raises ProfileNotUsable."""
    try:
        chosen = choose(names, day, folders=profile_folders(archive))
    except (ProfileNotFound, ProfileFault) as error:
        raise ProfileNotUsable(str(error)) from error
    for profile in chosen:
        found = faults(profile)
        if not found.valid:
            told = "; ".join(f"{f.location}: {f.message('en')}" for f in found.findings[:5])
            raise ProfileNotUsable(f"the profile {profile.id} is faulty: {told}")
    return chosen


def judging_of(archive: Archive, received: Received) -> Judging:
    """What a deposit is judged by, as on the day it was received.  Raises ProfileNotUsable."""
    day = received.event.date_time.astimezone().date()
    with reading(archive.engine) as session:
        agency = session.get(Agency, received.agency)
        names = [*((agency and agency.profiles) or ()), *received.profiles]
    return Judging(usable_profiles(archive, names, day), day, carrier(received.source) or "")


def set_profiles(archive: Archive, code: str, names: Sequence[str]) -> None:
    """Have an agency's deposits judged by these profiles from now on, known by their ids.

    Raises NotFound for an agency that is not registered, ProfileNotUsable.
    """
    chosen = list(dict.fromkeys(names))
    for name in chosen:
        if not is_profile_id(name):
            raise ProfileNotUsable(
                f"{name!r} is no profile's id; put its file into the home's profiles folder"
            )
    usable_profiles(archive, chosen, now().date())
    with writing(archive.engine) as session:
        known = session.get(Agency, code)
        if known is None:
            raise NotFound(f"there is no agency {code}")
        if chosen != (known.profiles or []):
            detail = f"Agency {code}: judged by {', '.join(chosen) or 'no profile'}"
            facts = {"agency": {"code": code, "profiles": chosen}}
            record(session, EventRecord("agency change", detail=detail, facts=facts))
    flush(archive)
