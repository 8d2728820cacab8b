"""A BagIt profile (BagIt Profiles Specification 1.1 to 1.4): what it may say, read key by key.

A profile is written by hand as often as not: what is missing, of another type, unknown or
contradicts itself is a finding ``BP-Profile``, and what can be understood still holds.  The
bags are checked by ``luutru.packaging.bag_profile``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from luutru.metadata_profiles.finding import Report, Severity
from luutru.metadata_profiles.path_patterns import Patterns

IDENTIFIER = "BagIt-Profile-Identifier"
INFO = "BagIt-Profile-Info"
VERSIONS = ("1.1", "1.2", "1.3", "1.4")

# The keys of a profile and the version of the specification that they came with.
KEYS: Mapping[str, str] = {
    INFO: "1.1",
    "Bag-Info": "1.1",
    "Manifests-Required": "1.1",
    "Manifests-Allowed": "1.3",
    "Allow-Fetch.txt": "1.1",
    "Fetch.txt-Required": "1.4",
    "Data-Empty": "1.4",
    "Serialization": "1.1",
    "Accept-Serialization": "1.1",
    "Accept-BagIt-Version": "1.1",
    "Tag-Manifests-Required": "1.1",
    "Tag-Manifests-Allowed": "1.3",
    "Tag-Files-Required": "1.1",
    "Tag-Files-Allowed": "1.2",
    "Payload-Files-Required": "1.4",
    "Payload-Files-Allowed": "1.4",
}
# "recommended" is no key of the specification, but profiles in use have it (Beyond the Repository).
_TAG_KEYS = ("required", "values", "repeatable", "description", "recommended")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_OWN = re.compile(r"bagit\.txt|bag-info\.txt|(?:tag)?manifest-[^/]+\.txt")
_SPECIFICATION = re.compile(r"v?(\d+\.\d+)(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TagRule:
    """What a profile asks of one label of bag-info.txt; no ``values`` means any."""

    name: str
    required: bool = False
    recommended: bool = False
    values: tuple[str, ...] = ()
    repeatable: bool = True
    description: str = ""


@dataclass(frozen=True, slots=True)
class BagItProfile:
    """What a profile asks; None for a list that it does not give, so that everything is allowed."""

    identifier: str
    specification: str
    tags: tuple[TagRule, ...]
    manifests_required: tuple[str, ...]
    manifests_allowed: tuple[str, ...] | None
    tag_manifests_required: tuple[str, ...]
    tag_manifests_allowed: tuple[str, ...] | None
    tag_files_required: tuple[str, ...]
    tag_files_allowed: Patterns | None
    payload_files_required: tuple[str, ...]
    payload_files_allowed: Patterns | None
    allow_fetch: bool
    fetch_required: bool
    data_empty: bool
    serialization: str
    accept_serialization: tuple[str, ...] | None
    accept_versions: tuple[str, ...] | None


def load_bagit_profile(data: Mapping[str, Any], name: str, report: Report) -> BagItProfile:
    """What a profile's JSON asks; its faults are reported, a key that cannot be understood asks nothing.

    ``name`` is the file's, for the findings' locations.
    """
    reader = _Reader(data, name, report)
    info = reader.mapping(INFO)
    specification = _specification(info, reader)
    for key in ("Source-Organization", "External-Description", "Version", IDENTIFIER):
        info.text(key)
    for key in data:
        if key not in KEYS:
            reader.fault("BP-Profile/unknown-key", key)
        elif KEYS[key] > specification:
            reader.fault("BP-Profile/later-key", key, since=KEYS[key], version=specification)
    if INFO not in data:
        reader.fault("BP-Profile/missing", INFO)
    identifier = info.text(IDENTIFIER, say=False)
    if identifier and not _URI.fullmatch(identifier):
        info.fault("BP-Profile/no-uri", IDENTIFIER, value=identifier)
    tags = reader.mapping("Bag-Info")
    tag_files, payload_files = reader.texts("Tag-Files-Allowed"), reader.texts("Payload-Files-Allowed")
    profile = BagItProfile(
        identifier=identifier,
        specification=specification,
        tags=tuple(_tag(key, tags) for key in tags.data if isinstance(key, str)),
        manifests_required=reader.texts("Manifests-Required") or (),
        manifests_allowed=reader.texts("Manifests-Allowed"),
        tag_manifests_required=reader.texts("Tag-Manifests-Required") or (),
        tag_manifests_allowed=reader.texts("Tag-Manifests-Allowed"),
        tag_files_required=reader.texts("Tag-Files-Required") or (),
        tag_files_allowed=None if tag_files is None else Patterns(tag_files),
        payload_files_required=reader.texts("Payload-Files-Required") or (),
        payload_files_allowed=None if payload_files is None else Patterns(payload_files),
        allow_fetch=reader.flag("Allow-Fetch.txt", True),
        fetch_required=reader.flag("Fetch.txt-Required", False),
        data_empty=reader.flag("Data-Empty", False),
        serialization=_serialization(reader),
        accept_serialization=reader.texts("Accept-Serialization"),
        accept_versions=reader.texts("Accept-BagIt-Version"),
    )
    _contradictions(profile, reader)
    return profile


class _Reader:
    """One JSON object of a profile and its place; says what is wrong with a key and goes on."""

    def __init__(self, data: Mapping[str, Any], name: str, report: Report, place: str = "") -> None:
        self.data, self._name, self._report, self._place = data, name, report, place

    def fault(self, rule: str, key: str = "", severity: Severity | None = None, **words: object) -> None:
        """A finding at a key, told as a JSON pointer."""
        pointer = f"{self._place}/{key.replace('~', '~0').replace('/', '~1')}" if key else self._place
        location = f"{self._name}#{pointer}" if pointer else self._name
        self._report.add(rule, location, severity=severity, key=key, **words)

    def text(self, key: str, *, say: bool = True) -> str:
        """A text that must be there."""
        value = self.data.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if say and (value is None or value == ""):
            self.fault("BP-Profile/missing", key)
        elif say:
            self.fault("BP-Profile/type", key, expected="string")
        return ""

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.data.get(key, default)
        if isinstance(value, bool):
            return value
        self.fault("BP-Profile/type", key, expected="true | false")
        return default

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts, or None where there is none."""
        if key not in self.data:
            return None
        value = self.data[key]
        if not isinstance(value, list):
            self.fault("BP-Profile/type", key, expected="[string, …]")
            return None
        if not all(isinstance(item, str) for item in value):
            self.fault("BP-Profile/type", key, expected="[string, …]")
        return tuple(item for item in value if isinstance(item, str))

    def mapping(self, key: str) -> "_Reader":
        """An object inside; empty where there is none."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self.fault("BP-Profile/type", key, expected="{…}")
            value = {}
        pointer = f"{self._place}/{key.replace('~', '~0').replace('/', '~1')}"
        return _Reader(value, self._name, self._report, pointer)


def _specification(info: _Reader, reader: _Reader) -> str:
    """The version of the specification: 1.1 where none is said, the newest where it is not known."""
    if "BagIt-Profile-Version" not in info.data:
        return VERSIONS[0]
    said = info.text("BagIt-Profile-Version")
    match = _SPECIFICATION.fullmatch(said)
    if match and match[1] in VERSIONS:
        return match[1]
    if said:
        info.fault("BP-Profile/version", "BagIt-Profile-Version", version=said, known=", ".join(VERSIONS))
    return VERSIONS[-1]


def _tag(name: str, tags: _Reader) -> TagRule:
    if name.lower() == IDENTIFIER.lower():
        tags.fault("BP-Profile/identifier-listed", name)
    tag = tags.mapping(name)
    for key in tag.data:
        if key not in _TAG_KEYS:
            tag.fault("BP-Profile/unknown-key", key)
    description = tag.data.get("description", "")
    if not isinstance(description, str):
        tag.fault("BP-Profile/type", "description", expected="string")
        description = ""
    return TagRule(
        name=name.strip(),
        required=tag.flag("required", False),
        recommended=tag.flag("recommended", False),
        values=tag.texts("values") or (),
        repeatable=tag.flag("repeatable", True),
        description=description,
    )


def _serialization(reader: _Reader) -> str:
    value = reader.data.get("Serialization", "optional")
    if value in ("forbidden", "required", "optional"):
        return str(value)
    reader.fault("BP-Profile/type", "Serialization", expected="forbidden | required | optional")
    return "optional"


def _contradictions(profile: BagItProfile, reader: _Reader) -> None:
    """What cannot all hold, and the lists that must not be empty."""
    for prefix, required, allowed in (
        ("", profile.manifests_required, profile.manifests_allowed),
        ("Tag-", profile.tag_manifests_required, profile.tag_manifests_allowed),
    ):
        if allowed is not None:
            known = {algorithm(name) for name in allowed}
            _not_allowed(reader, f"{prefix}Manifests", (n for n in required if algorithm(n) not in known))
    for prefix, files, patterns in (
        ("Tag", profile.tag_files_required, profile.tag_files_allowed),
        ("Payload", profile.payload_files_required, profile.payload_files_allowed),
    ):
        if patterns is not None:
            unlisted = (path for path in files if not patterns.match(path) and not _OWN.fullmatch(path))
            _not_allowed(reader, f"{prefix}-Files", unlisted)
    for path in filter(_OWN.fullmatch, profile.tag_files_required):
        reader.fault("BP-Profile/own-file", "Tag-Files-Required", path=path)
    if profile.fetch_required and not profile.allow_fetch:
        reader.fault("BP-Profile/fetch", "Fetch.txt-Required")
    if profile.data_empty and len(profile.payload_files_required) > 1:
        reader.fault("BP-Profile/empty-data", "Data-Empty")
    if profile.serialization != "forbidden" and not profile.accept_serialization:
        weight = Severity.ERROR if profile.serialization == "required" else Severity.WARNING
        reader.fault(
            "BP-Profile/no-serialization", "Accept-Serialization", weight, value=profile.serialization
        )
    if not profile.accept_versions:
        reader.fault("BP-Profile/missing", "Accept-BagIt-Version")


def _not_allowed(reader: _Reader, name: str, values: Iterable[str]) -> None:
    for value in values:
        reader.fault("BP-Profile/not-allowed", f"{name}-Required", value=value, allowed=f"{name}-Allowed")


def algorithm(name: str) -> str:
    """A digest algorithm as manifests are named after it: ``SHA-256`` is ``sha256`` (RFC 8493, 2.4)."""
    return "".join(c for c in name.lower() if c.isalnum())
