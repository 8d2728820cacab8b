"""Versions of an OCFL object: their names (OCFL 1.0 and 1.1, section 3.3) and blocks (section 3.5.3.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from luutru.metadata_profiles.finding import Report

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?P<seconds>:\d\d(?:\.\d+)?)?(?P<zone>[Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_VERSION = re.compile(r"v0*([1-9]\d*)", re.ASCII)
_KEYS = {"created", "state", "message", "user"}


@dataclass(slots=True)
class SeenVersion:
    """A version block as found: its state (None when it has none) and its other members."""

    state: dict[str, str] | None = None
    members: dict[str, object] = field(default_factory=dict)


def version_number(name: str) -> int | None:
    """The number in a version directory's name, or None for any other name."""
    found = _VERSION.fullmatch(name)
    return int(found[1]) if found and len(name) < 20 else None


def check_padding(names: Sequence[str], where: str, report: Report) -> None:
    """Report zero-padded names, and names of another convention beside them."""
    padded = [name for name in names if name.startswith("v0")]
    if not padded:
        return
    report.add("W001", where, version=padded[0])
    width = len(padded[0])
    for name in names:
        overflown = not name.startswith("v0")
        if overflown:
            report.add("E011", where, version=name)
        if len(name) != width:
            report.add("E012", where, version=name)
        if overflown or len(name) != width:
            report.add("E013", where, version=name)


def check_created(version: SeenVersion, name: str, where: str, report: Report) -> None:
    """Report members that are missing or unknown, and a time that RFC 3339 does not have."""
    for key in ("created", "state"):
        if key not in version.members:
            report.add("E048", where, version=name, key=key)
    for key in version.members.keys() - _KEYS:
        report.add("E102", where, key=f"{name}/{key}")
    if "created" not in version.members:
        return
    created = version.members["created"]
    found = _DATE_TIME.fullmatch(created) if isinstance(created, str) else None
    if found is None:
        report.add("E049", where, version=name, created=created)
    elif found["seconds"] is None:
        report.add("E049/seconds", where, version=name, created=created)
    elif found["zone"] is None:
        report.add("E049/zone", where, version=name, created=created)
    elif not _is_moment(found[0]):
        report.add("E049", where, version=name, created=created)


def check_message_and_user(version: SeenVersion, name: str, where: str, report: Report) -> None:
    """Report a message or user that is missing or has another form than it should."""
    for key in ("message", "user"):
        if key not in version.members:
            report.add("W007", where, version=name, key=key)
    if not isinstance(version.members.get("message", ""), str):
        report.add("E094", where, version=name)
    if "user" not in version.members:
        return
    user = version.members["user"]
    who = user.get("name") if isinstance(user, dict) else None
    if not isinstance(user, dict) or not isinstance(who, str) or not who:
        report.add("E054", where, version=name)
    if not isinstance(user, dict):
        return
    for key in user.keys() - {"name", "address"}:
        report.add("E102", where, key=f"{name}/user/{key}")
    address = user.get("address", "")
    if not isinstance(address, str):
        report.add("E054/address", where, version=name)
    elif not address:
        report.add("W008", where, version=name)
    elif not _URI.fullmatch(address):
        report.add("W009", where, version=name, address=address)


def _is_moment(text: str) -> bool:
    # A leap second is a time in RFC 3339, but not to Python.
    upper = text.upper()
    plain = upper[:17] + "59" + upper[19:] if upper[17:19] == "60" else upper
    try:
        datetime.fromisoformat(plain)
    except ValueError:
        return False
    return True
