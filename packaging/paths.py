"""What is wrong with a name in a package: unsafe, not portable, or the same as another to some file system.

Each problem is the case of a ``LUUTRU-NAME`` rule; severities stand in the catalogue.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

LONGEST_PART = 255
LONGEST_PATH = 4096

_UNSAFE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")
_PLAIN = re.compile(r"[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]+)*(/[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]+)*)*")
_CONTROL = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_FORBIDDEN_ON_WINDOWS = re.compile(r'[<>:"|?*\\]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)", re.IGNORECASE)


def is_safe(path: str) -> bool:
    """Whether a relative path stays inside its folder on every platform."""
    return bool(path) and "\0" not in path and not _UNSAFE.search(path)


def name_problems(path: str) -> Iterator[str]:
    """The cases of ``LUUTRU-NAME`` that a path meets, the grave ones first."""
    if len(path) < 200 and _PLAIN.fullmatch(path) and not any(map(_RESERVED.match, path.split("/"))):
        return
    if not is_safe(path):
        yield "outside"
        return
    try:
        length = len(path.encode("utf-8"))
    except UnicodeEncodeError:
        yield "not-text"
        return
    parts = path.split("/")
    if any(part in ("", ".") for part in parts):
        yield "empty-part"
    if length > LONGEST_PATH or any(len(part.encode("utf-8")) > LONGEST_PART for part in parts):
        yield "too-long"
    if _CONTROL.search(path):
        yield "control"
    if _FORBIDDEN_ON_WINDOWS.search(path) or any(
        _RESERVED.match(part) or part.endswith((" ", ".")) for part in parts
    ):
        yield "not-portable"


def collisions(paths: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Pairs of paths that some file system takes for one: (path, earlier path, "nfc" or "case").

    Folders count too: ``A/x`` and ``a/y`` collide in their folders.
    """
    seen: dict[str, str] = {}
    told: set[tuple[str, str]] = set()
    for path in paths:
        for prefix in _prefixes(path):
            key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", prefix).casefold())
            earlier = seen.setdefault(key, prefix)
            if earlier != prefix and (prefix, earlier) not in told:
                told.add((prefix, earlier))
                yield prefix, earlier, _difference(prefix, earlier)


def _prefixes(path: str) -> Iterator[str]:
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)
    yield path


def _difference(one: str, other: str) -> str:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    return "nfc" if same else "case"
