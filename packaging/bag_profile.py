"""A bag held against a BagIt profile (BagIt Profiles Specification 1.1 to 1.4), key by key.

Every constraint is checked and everything found is reported at once, those too that the
specification calls fatal.  A code is the profile's key: ``BP-Manifests-Required``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from unicodedata import normalize

from luutru.metadata_profiles.bagit_profile import IDENTIFIER, BagItProfile, TagRule, algorithm
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.path_patterns import Patterns
from luutru.packaging.assessment import Assessment
from luutru.packaging.bag import Bag
from luutru.packaging.bag_manifest import is_manifest, manifest_names
from luutru.packaging.contents import Contents

_INFO = "bag-info.txt"
_FETCH = "fetch.txt"
_LONGEST = 200
# What every bag has or may have, whatever a profile says of other tag files.
_OWN = frozenset({"bagit.txt", _INFO, _FETCH})

# Media types that profiles in use give for our carriers; only that of zip is a registered one for it.
_CARRIERS: Mapping[str, frozenset[str]] = {
    "zip": frozenset({"application/zip", "application/x-zip", "application/x-zip-compressed"}),
    "tar": frozenset({"application/x-tar", "application/tar"}),
    "tar.gz": frozenset(
        {
            "application/gzip",
            "application/x-gzip",
            "application/x-tar+gzip",
            "application/tar+gzip",
            "application/x-compressed-tar",
            "application/x-gtar",
            "application/x-tgz",
        }
    ),
}


def check_bag_profile(
    profile: BagItProfile,
    profile_id: str,
    contents: Contents,
    assessment: Assessment,
    report: Report,
    *,
    carrier: str = "",
) -> None:
    """Report where a package departs from a BagIt profile; nothing is raised for bad content.

    ``carrier`` is what the bag came as (``folder``, ``zip``, ``tar``, ``tar.gz``).
    """
    bag = assessment.bag
    if bag is None:
        report.add("BP-Bag/none", profile=profile_id)
        return
    inside = contents.below(assessment.recognised.root)
    _carrier(profile, carrier, report)
    if profile.accept_versions and bag.version not in profile.accept_versions:
        allowed = ", ".join(profile.accept_versions)
        report.add("BP-Accept-BagIt-Version", "bagit.txt", version=bag.version, allowed=allowed)
    _info(profile, profile_id, inside, bag, report)
    _manifests(profile, inside, report)
    _fetch(profile, inside, report)
    _tag_files(profile, inside, report)
    _payload(profile, inside, bag, report)


def _carrier(profile: BagItProfile, carrier: str, report: Report) -> None:
    if not carrier:
        return
    if carrier == "folder":
        if profile.serialization == "required":
            allowed = ", ".join(profile.accept_serialization or ())
            report.add("BP-Serialization/required", allowed=allowed or "∅")
    elif profile.serialization == "forbidden":
        report.add("BP-Serialization/forbidden", carrier=carrier)
    elif profile.accept_serialization:
        accepted = {item.partition(";")[0].strip().lower() for item in profile.accept_serialization}
        if not accepted & _CARRIERS.get(carrier, frozenset()):
            allowed = ", ".join(profile.accept_serialization)
            report.add("BP-Accept-Serialization", carrier=carrier, allowed=allowed)


def _info(profile: BagItProfile, profile_id: str, contents: Contents, bag: Bag, report: Report) -> None:
    if _INFO not in contents.sizes:
        report.add("BP-Bag-Info", _INFO)
        return
    said: dict[str, list[str]] = {}
    for label, value in bag.info:
        said.setdefault(label.lower(), []).append(value)
    named = said.get(IDENTIFIER.lower(), [])
    if not named:
        report.add("BP-Identifier/missing", _INFO, expected=profile.identifier or profile_id)
    elif profile.identifier and profile.identifier not in named:
        report.add("BP-Identifier/other", _INFO, expected=profile.identifier, found=_short(", ".join(named)))
    for tag in profile.tags:
        if tag.name.lower() != IDENTIFIER.lower():
            _tag(tag, said.get(tag.name.lower(), []), report)


def _tag(tag: TagRule, values: list[str], report: Report) -> None:
    """One label; labels are compared without regard to case (RFC 8493, section 2.2.2)."""
    if not values:
        if tag.required:
            report.add("BP-Required", _INFO, tag=tag.name, description=_described(tag))
        elif tag.recommended:
            report.add("BP-Recommended", _INFO, tag=tag.name, description=_described(tag))
        return
    if tag.required and not any(values):
        report.add("BP-Required/empty", _INFO, tag=tag.name)
    if len(values) > 1 and not tag.repeatable:
        report.add("BP-Repeatable", _INFO, tag=tag.name, count=len(values))
    accepted = {normalize("NFC", value) for value in tag.values}
    for value in values if accepted else ():
        if normalize("NFC", value) not in accepted:
            report.add("BP-Values", _INFO, tag=tag.name, value=_short(value), allowed=" | ".join(tag.values))


def _short(text: str) -> str:
    """A bag's own words, no longer than a person reads."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _described(tag: TagRule) -> str:
    return f" ({tag.description})" if tag.description else ""


def _manifests(profile: BagItProfile, contents: Contents, report: Report) -> None:
    payload, tags = manifest_names(contents)
    there = _algorithms(payload)
    for name in _lacking(profile.manifests_required, there):
        report.add("BP-Manifests-Required", f"manifest-{algorithm(name)}.txt", algorithm=name)
    for file, found, shown in _unasked(profile.manifests_allowed, there):
        report.add("BP-Manifests-Allowed", file, algorithm=found, allowed=shown)
    there = _algorithms(tags)
    for name in _lacking(profile.tag_manifests_required, there):
        report.add("BP-Tag-Manifests-Required", f"tagmanifest-{algorithm(name)}.txt", algorithm=name)
    for file, found, shown in _unasked(profile.tag_manifests_allowed, there):
        report.add("BP-Tag-Manifests-Allowed", file, algorithm=found, allowed=shown)


def _algorithms(manifests: Iterable[str]) -> dict[str, str]:
    """The manifests by the algorithm that they are named after."""
    return {algorithm(name.partition("-")[2].removesuffix(".txt")): name for name in manifests}


def _lacking(required: Iterable[str], there: Mapping[str, str]) -> Iterator[str]:
    return (name for name in required if algorithm(name) not in there)


def _unasked(allowed: tuple[str, ...] | None, there: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The manifests that are not allowed, each with its algorithm and with those that are."""
    accepted = None if allowed is None else {algorithm(name) for name in allowed}
    for found, file in there.items():
        if accepted is not None and found not in accepted:
            yield file, found, ", ".join(allowed or ()) or "∅"


def _fetch(profile: BagItProfile, contents: Contents, report: Report) -> None:
    there = _FETCH in contents.sizes
    if there and not profile.allow_fetch:
        report.add("BP-Allow-Fetch.txt", _FETCH)
    if not there and profile.fetch_required:
        report.add("BP-Fetch.txt-Required", _FETCH)


def _tag_files(profile: BagItProfile, contents: Contents, report: Report) -> None:
    """Tag files are all outside ``data/`` but the bag's own and its manifests."""
    # Before 1.4 this key is the only one to ask for a payload file.
    for path in _absent(profile.tag_files_required, contents.sizes, contents.folders):
        report.add("BP-Tag-Files-Required", path)
    outside = (path for path in contents.sizes if not path.startswith("data/"))
    files = (path for path in outside if path not in _OWN and not is_manifest(path))
    _not_allowed("BP-Tag-Files-Allowed", files, profile.tag_files_allowed, report)


def _payload(profile: BagItProfile, contents: Contents, bag: Bag, report: Report) -> None:
    """What is still to be fetched counts: the specification has the bag completed first."""
    if not (profile.data_empty or profile.payload_files_required or profile.payload_files_allowed):
        return
    there = dict.fromkeys(path for path in contents.sizes if path.startswith("data/"))
    there.update(dict.fromkeys(bag.to_fetch))
    if profile.data_empty and (len(there) > 1 or any(contents.sizes.get(path, 1) for path in there)):
        report.add("BP-Data-Empty", "data/", count=len(there))
    for path in _absent(profile.payload_files_required, there, contents.folders):
        report.add("BP-Payload-Files-Required", path)
    _not_allowed("BP-Payload-Files-Allowed", there, profile.payload_files_allowed, report)


def _absent(required: tuple[str, ...], there: Collection[str], folders: frozenset[str]) -> Iterator[str]:
    """The required files, and folders (they end in ``/``) with nothing in them, that are not there."""
    if missing := [path for path in required if path not in there]:
        files = {normalize("NFC", path) for path in there}
        inside = files | {normalize("NFC", folder) for folder in folders}
        for path in missing:
            wanted = normalize("NFC", path)
            if wanted.endswith("/"):
                found = any(name.startswith(wanted) and name != wanted for name in inside)
            else:
                found = wanted in files
            if not found:
                yield path


def _not_allowed(rule: str, paths: Iterable[str], allowed: Patterns | None, report: Report) -> None:
    if allowed is None:
        return
    shown = ", ".join(allowed.shown[:20]) or "∅"
    for path in paths:
        if not allowed.match(path):
            report.add(rule, path, allowed=shown)
