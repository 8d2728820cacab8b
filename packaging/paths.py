"""What is wrong with a name in a package: unsafe, not portable, or the same as another to some file system.

Each problem is the case of a ``LUUTRU-NAME`` rule; severities stand in the catalogue.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

LONGEST_PART = 255
# Linux takes 4096 with all that stands above; our own folders need room, and so does recursion.
LONGEST_PATH = 2048
DEEPEST_PATH = 200

_UNSAFE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")
# The common name: plain characters, no part that Windows reserves, nothing long.
_PART = r"(?!(?i:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:[./]|$))[\w\-]+(?:[. ][\w\-]+)*"
_PLAIN = re.compile(f"{_PART}(?:/{_PART})*", re.ASCII)
_CONTROL = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_FORBIDDEN_ON_WINDOWS = re.compile(r'[<>:"|?*\\]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)", re.IGNORECASE)


def is_safe(path: str) -> bool:
    """Whether a relative path stays inside its folder on every platform."""
    return bool(path) and "\0" not in path and not _UNSAFE.search(path)


def name_problems(path: str) -> Iterator[str]:
    """The cases of ``LUUTRU-NAME`` that a path meets, the grave ones first."""
    if len(path) < 200 and _PLAIN.fullmatch(path):
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
    too_long = length > LONGEST_PATH or len(parts) > DEEPEST_PATH
    if too_long or any(len(part.encode("utf-8")) > LONGEST_PART for part in parts):
        yield "too-long"
    if _CONTROL.search(path):
        yield "control"
    if _FORBIDDEN_ON_WINDOWS.search(path) or any(
        _RESERVED.match(part) or (part.endswith((" ", ".")) and part != ".") for part in parts
    ):
        yield "not-portable"


def collisions(paths: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Pairs of paths that some file system takes for one: (path, earlier path, "nfc" or "case").

    Folders count too: ``A/x`` and ``a/y`` collide in their folders.
    """
    listed = list(paths)
    if _all_differ({*listed, *_folders(listed)}):
        return
    seen: dict[str, str] = {}
    told: set[tuple[str, str]] = set()
    for path in listed:
        for prefix in _prefixes(path):
            key = _key(prefix)
            earlier = seen.setdefault(key, prefix)
            if earlier != prefix and (prefix, earlier) not in told:
                told.add((prefix, earlier))
                yield prefix, earlier, _difference(prefix, earlier)


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder above the paths, at any depth."""
    folders: set[str] = set()
    for folder in {path.rpartition("/")[0] for path in paths}:
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders


def _all_differ(paths: set[str]) -> bool:
    """The common answer, at a tenth of the cost of finding out which ones do not."""
    return len(set(map(_key, paths))) == len(paths)


def _key(path: str) -> str:
    """What file systems that fold case or normalise make of a path."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _prefixes(path: str) -> Iterator[str]:
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)
    yield path


def _difference(one: str, other: str) -> str:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    return "nfc" if same else "case"
