"""Profiles: what is asked of a package beyond its standard, as data, found by name or file.

A profile is one file: ``<id>.json`` is a BagIt profile as its specification has it,
``<id>.toml`` one of our kinds, whose head (``profile_table.HEAD``) says what it is, what it rests on and
when it holds.  Shipped ones lie in ``profiles/`` beside this module; other folders, such as a
home's, extend and overrule them.  Nothing is ever fetched over the network.
"""

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

from luutru.metadata_profiles.profile_table import Table

ProfileKind = Literal["bagit", "record", "package-form", "formats"]
Status = Literal["draft", "official"]

SHIPPED = Path(__file__).parent / "profiles"
_KINDS = ("record", "package-form", "formats")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LARGEST = 4 << 20


class ProfileNotFound(LookupError):
    """There is no profile of this name, and no file."""


class ProfileFault(ValueError):
    """A profile's file cannot be read, or its head does not say what it is."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile: its head, and its content as the file has it.

    ``valid_from`` and ``valid_until`` are the first and the last day on which it holds; profiles
    of one ``family`` and kind follow each other in time; ``instead_of`` is the one that was named where this
    edition judges in its place.  ``sha256`` is that of the file.
    """

    id: str
    kind: ProfileKind
    family: str
    title_vi: str
    title_en: str
    version: str
    status: Status
    instrument: str
    articles: tuple[str, ...]
    valid_from: date | None
    valid_until: date | None
    path: Path
    sha256: str
    data: Mapping[str, Any] = field(repr=False)
    instead_of: str = field(default="", compare=False)

    def holds_on(self, day: date) -> bool:
        """Whether the profile is in force on a day."""
        return (self.valid_from or day) <= day <= (self.valid_until or day)

    def title(self, language: str) -> str:
        """The title in ``vi`` or ``en``."""
        return self.title_vi if language == "vi" else self.title_en

    @property
    def statement(self) -> dict[str, str]:
        """What a report, an event and a receipt say of a profile that judged a deposit."""
        return {"id": self.id, "version": self.version, "status": self.status, "sha256": self.sha256}


def is_profile_id(name: str) -> bool:
    """Whether a profile may be called so: small letters, digits, dots, hyphens, underscores."""
    return _ID.fullmatch(name) is not None


def find_profile(name_or_path: str | Path, *, folders: Sequence[Path] = ()) -> Profile:
    """The profile of this id, of this file, or (BagIt) with this ``BagIt-Profile-Identifier``.

    ``folders`` are looked through before the shipped profiles.  Raises ProfileNotFound, ProfileFault.
    """
    text = str(name_or_path)
    if is_profile_id(text):
        for folder in (*folders, SHIPPED):
            for suffix in (".toml", ".json"):
                path = folder / f"{text}{suffix}"
                if path.is_file():
                    return read_profile(path)
    if Path(text).suffix in (".toml", ".json") and os.path.isfile(text):
        return read_profile(Path(text))
    for profile in list_profiles(folders=folders):
        if profile.kind == "bagit" and text and _identifier(profile.data) == text:
            return profile
    known = ", ".join(path.stem for path in profile_files(folders=folders))
    raise ProfileNotFound(f"there is no profile {text!r}; there are {known}, or name a .json or .toml file")


def list_profiles(*, folders: Sequence[Path] = ()) -> list[Profile]:
    """All profiles that can be found by name, by id; files that are none are left out (``profile_files``)."""
    found = []
    for path in profile_files(folders=folders):
        try:
            found.append(read_profile(path))
        except ProfileFault:
            continue
    return found


def profile_files(*, folders: Sequence[Path] = ()) -> list[Path]:
    """The files of all profiles by id; of two with one id, that of the first folder."""
    files: dict[str, Path] = {}
    for folder in (SHIPPED, *reversed(folders)):
        if folder.is_dir():
            paths = (path for path in folder.iterdir() if path.suffix in (".json", ".toml"))
            files.update({path.stem: path for path in sorted(paths, reverse=True) if path.is_file()})
    return [files[name] for name in sorted(files)]


def in_force(profile: Profile, judged_on: date, *, folders: Sequence[Path] = ()) -> Profile:
    """The profile of the same family and kind that holds on a day; the given one where none does."""
    if profile.holds_on(judged_on):
        return profile
    for other in list_profiles(folders=folders):
        same = (other.family, other.kind) == (profile.family, profile.kind)
        if same and other.holds_on(judged_on):
            return replace(other, instead_of=profile.id)
    return profile


def judged_by(statements: Iterable[Mapping[str, str]]) -> str:
    """The end of a sentence: which profiles judged, ``, by the profiles a 1, b 2 (draft)``; empty for none."""
    told = [f"{s['id']} {s['version']}{' (draft)' * (s['status'] == 'draft')}" for s in statements]
    return f", by the profiles {', '.join(told)}" if told else ""


def read_profile(path: Path) -> Profile:
    """A profile from its file.  Raises ProfileFault for what is none."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise ProfileFault(f"{path}: {error.strerror or error}") from error
    if len(data) > _LARGEST:
        raise ProfileFault(f"{path}: larger than {_LARGEST} bytes")
    digest = hashlib.sha256(data).hexdigest()
    try:
        text = data.decode("utf-8-sig")
        return _of_json(path, digest, text) if path.suffix == ".json" else _of_toml(path, digest, text)
    except (ValueError, RecursionError) as error:
        raise ProfileFault(f"{path.name}: {error}") from error


def _of_toml(path: Path, digest: str, text: str) -> Profile:
    data = tomllib.loads(text)
    head = Table(data, path.name)
    kind, name, status = head.text("kind"), head.text("id"), head.text("status")
    if kind not in _KINDS:
        raise ValueError(f"kind is {kind!r}, not one of {', '.join(_KINDS)}")
    if name != path.stem or not _ID.fullmatch(name):
        raise ValueError(
            f"id is {name!r}; it must be the file's name, in small letters, digits, dots, hyphens"
        )
    if status not in ("draft", "official"):
        raise ValueError(f"status is {status!r}, not draft or official")
    first, last = _day(data, "valid_from"), _day(data, "valid_until")
    if first is None or (last is not None and last < first):
        raise ValueError("valid_from is missing, or valid_until is before it")
    return Profile(
        id=name,
        kind=cast(ProfileKind, kind),
        family=head.text("family", name),
        title_vi=head.text("title_vi"),
        title_en=head.text("title_en"),
        version=head.text("version"),
        status=cast(Status, status),
        instrument=head.text("instrument"),
        articles=head.texts("articles"),
        valid_from=first,
        valid_until=last,
        path=path,
        sha256=digest,
        data=data,
    )


def _day(data: Mapping[str, Any], key: str) -> date | None:
    value = data.get(key)
    if value is not None and type(value) is not date:
        raise ValueError(f"{key} must be a day, such as 2025-07-01 without quotes")
    return value


def _of_json(path: Path, digest: str, text: str) -> Profile:
    """A BagIt profile; what it must hold is checked by ``bagit_profile``, so that each fault is a finding."""
    data = json.loads(text, object_pairs_hook=_once)
    if not isinstance(data, dict):
        raise ValueError("a BagIt profile is a JSON object")
    said = data.get("BagIt-Profile-Info")
    info = {key: str(value) for key, value in said.items()} if isinstance(said, dict) else {}
    title = info.get("External-Description", "") or path.stem
    return Profile(
        id=path.stem,
        kind="bagit",
        family=path.stem,
        title_vi=title,
        title_en=title,
        version=info.get("Version", ""),
        status="official",
        instrument=info.get("Source-Organization", ""),
        articles=(),
        valid_from=None,
        valid_until=None,
        path=path,
        sha256=digest,
        data=data,
    )


def _identifier(data: Mapping[str, Any]) -> str:
    info = data.get("BagIt-Profile-Info")
    return str(info.get("BagIt-Profile-Identifier", "")) if isinstance(info, dict) else ""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; of a key that is there twice nobody knows which one holds."""
    whole = dict(pairs)
    if len(whole) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return whole
