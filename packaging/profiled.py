"""A package judged by profiles: each by the code of its kind, what judged it stated in the report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from luutru.metadata_profiles.bagit_profile import load_bagit_profile
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.format_policy import load_format_policy
from luutru.metadata_profiles.package_form import load_package_form
from luutru.metadata_profiles.profile_registry import (
    Profile,
    ProfileFault,
    ProfileNotFound,
    find_profile,
    in_force,
)
from luutru.metadata_profiles.record_profile import RecordProfile, load_record_profile
from luutru.packaging.assessment import Assessment
from luutru.packaging.bag_profile import check_bag_profile
from luutru.packaging.contents import Contents, Progress
from luutru.packaging.form_check import check_form
from luutru.packaging.format_check import check_formats
from luutru.packaging.record_check import check_records


@dataclass(frozen=True, slots=True)
class Judging:
    """What a package is held against beyond its standards: profiles, as on a day.

    ``carrier`` is what the package came as (``folder``, ``zip``, ``tar``, ``tar.gz``).
    """

    profiles: Sequence[Profile]
    on: date
    carrier: str = ""


def choose(names: Sequence[str], judged_on: date, *, folders: Sequence[Path] = ()) -> list[Profile]:
    """The profiles of these names, or those that follow or precede them, in force on a day; each once.

    Raises ProfileNotFound, ProfileFault.
    """
    chosen: dict[str, Profile] = {}
    for name in names:
        profile = in_force(find_profile(name, folders=folders), judged_on, folders=folders)
        chosen.setdefault(profile.sha256, profile)
    return list(chosen.values())


def faults(profile: Profile) -> Report:
    """What is wrong with a profile itself; a report without errors where it can judge."""
    report = Report(profile.path.name)
    _load(profile, report)
    return report


def judge(
    judging: Judging,
    contents: Contents,
    assessment: Assessment,
    report: Report,
    *,
    schema_only: bool = False,
    progress: Progress | None = None,
) -> None:
    """Report where a recognised and validated package departs from profiles, and which these are.

    Nothing is raised for bad content or for a faulty profile.  With ``schema_only`` no payload file
    is read: a profile of formats does not judge, and that is said.
    """
    for profile in judging.profiles:
        if schema_only and profile.kind == "formats":
            report.add("LUUTRU-PROFILE/not-read", profile.id, id=profile.id)
            continue
        report.profiles.append(profile.statement)
        if profile.status == "draft":
            report.add("LUUTRU-PROFILE/draft", profile.id, id=profile.id)
        if profile.instead_of:
            named = profile.instead_of
            report.add("LUUTRU-PROFILE/edition", profile.id, id=profile.id, named=named, day=judging.on)
        if not profile.holds_on(judging.on):
            first, last = profile.valid_from or "…", profile.valid_until or "…"
            report.add("LUUTRU-PROFILE/not-in-force", profile.id, day=judging.on, first=first, last=last)
        match _load(profile, report), profile.kind:
            case None, _:
                pass  # said already
            case loaded, "bagit":
                check_bag_profile(loaded, profile.id, contents, assessment, report, carrier=judging.carrier)
            case loaded, "record":
                check_records(loaded, contents, assessment, report)
            case loaded, "package-form":
                check_form(loaded, contents, assessment, report)
            case loaded, "formats":
                check_formats(loaded, contents, assessment, report, progress=progress)


def _load(profile: Profile, report: Report) -> Any:
    """What a profile asks, or None where its content cannot be understood, which is reported."""
    try:
        match profile.kind:
            case "bagit":
                return load_bagit_profile(profile.data, profile.path.name, report)
            case "record":
                return _record_profile(profile)
            case "package-form":
                return load_package_form(profile.data)
            case "formats":
                return load_format_policy(profile.data)
    except ValueError as error:
        report.add("LUUTRU-PROFILE/faulty", profile.path.name, reason=error)
    return None


def _record_profile(profile: Profile) -> RecordProfile:
    """A record profile with the older one that it names, which is looked for beside it first.

    Raises ValueError.
    """
    made = load_record_profile(profile.data)
    if not made.older_id:
        return made
    try:
        older = find_profile(made.older_id, folders=(profile.path.parent,))
    except (ProfileFault, ProfileNotFound) as error:
        raise ValueError(f"{profile.id}: older: {error}") from error
    if older.kind != "record" or older.id == profile.id:
        raise ValueError(f"{profile.id}: older: {older.id} is not another profile of kind record")
    return replace(made, older=load_record_profile(older.data))
