"""Where an object lies below the storage root (OCFL 1.1, section 4.2; layout extensions).

Luutru writes 0003-hash-and-id-n-tuple-storage-layout with its defaults.  Other layouts of
the community are read: 0002, 0003, 0004, 0006, 0007.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME = 100


class LayoutError(ValueError):
    """A layout that is not known, wrongly configured, or cannot place an identifier."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A storage root's layout: the extension's name, its configuration, and what it says."""

    extension: str
    config: Mapping[str, Any]
    place: Callable[[str], str]

    def object_path(self, object_id: str) -> str:
        """Path of an object relative to the storage root.  Raises LayoutError for ids it cannot place."""
        if not object_id:
            raise LayoutError("an object needs an identifier")
        try:
            path = self.place(object_id)
        except UnicodeEncodeError as error:
            raise LayoutError(f"the identifier {object_id!r} is not Unicode text") from error
        if any(part in ("", ".", "..") for part in path.split("/")) or "\0" in path:
            raise LayoutError(f"{self.extension} cannot place the identifier {object_id!r}")
        return path


def flat_direct() -> Layout:
    """0002: the identifier is the folder's name."""
    return Layout("0002-flat-direct-storage-layout", {}, _one_name)


def hash_and_id(algorithm: str = "sha256", tuple_size: int = 3, tuples: int = 3) -> Layout:
    """0003: tuples of the identifier's digest, then the identifier, percent-encoded."""
    _check_tuples(algorithm, tuple_size, tuples)

    def place(object_id: str) -> str:
        digest = _digest(algorithm, object_id)
        name = _UNSAFE.sub(lambda found: "".join(f"%{byte:02x}" for byte in found[0].encode()), object_id)
        if len(name) > _LONGEST_NAME:
            name = f"{name[:_LONGEST_NAME]}-{digest}"
        return "/".join([*_split(digest, tuple_size, tuples), name])

    config = {"digestAlgorithm": algorithm, "tupleSize": tuple_size, "numberOfTuples": tuples}
    return Layout("0003-hash-and-id-n-tuple-storage-layout", config, place)


def hashed_n_tuple(
    algorithm: str = "sha256", tuple_size: int = 3, tuples: int = 3, short: bool = False
) -> Layout:
    """0004: tuples of the identifier's digest, then the digest (or what is left of it)."""
    length = _check_tuples(algorithm, tuple_size, tuples)
    if short and tuple_size * tuples == length:
        raise LayoutError("shortObjectRoot leaves no name for the object")

    def place(object_id: str) -> str:
        digest = _digest(algorithm, object_id)
        name = digest[tuple_size * tuples :] if short else digest
        return "/".join([*_split(digest, tuple_size, tuples), name])

    config = {
        "digestAlgorithm": algorithm,
        "tupleSize": tuple_size,
        "numberOfTuples": tuples,
        "shortObjectRoot": short,
    }
    return Layout("0004-hashed-n-tuple-storage-layout", config, place)


def flat_omit_prefix(delimiter: str) -> Layout:
    """0006: the identifier without its prefix is the folder's name."""
    _check_delimiter(delimiter)
    return Layout(
        "0006-flat-omit-prefix-storage-layout",
        {"delimiter": delimiter},
        lambda object_id: _one_name(_without_prefix(object_id, delimiter)),
    )


def n_tuple_omit_prefix(
    delimiter: str, tuple_size: int = 3, tuples: int = 3, padding: str = "left", reverse: bool = False
) -> Layout:
    """0007: tuples of the identifier without its prefix (padded, reversed), then that identifier.

    Padding comes before reversing: ``abc123`` in two tuples of four is ``321c/ba00/abc123``.
    """
    _check_delimiter(delimiter)
    if not (0 < tuple_size <= 32 and 0 < tuples <= 32) or padding not in ("left", "right"):
        raise LayoutError("tupleSize and numberOfTuples are 1 to 32, zeroPadding left or right")

    def place(object_id: str) -> str:
        rest = _one_name(_without_prefix(object_id, delimiter))
        if not rest.isascii():
            raise LayoutError(f"0007 takes identifiers in ASCII only, not {object_id!r}")
        length = tuple_size * tuples
        padded = rest.rjust(length, "0") if padding == "left" else rest.ljust(length, "0")
        return "/".join([*_split(padded[::-1] if reverse else padded, tuple_size, tuples), rest])

    config = {
        "delimiter": delimiter,
        "tupleSize": tuple_size,
        "numberOfTuples": tuples,
        "zeroPadding": padding,
        "reverseObjectRoot": reverse,
    }
    return Layout("0007-n-tuple-omit-prefix-storage-layout", config, place)


_Reader = Callable[[Mapping[str, Any]], Layout]
_KNOWN: dict[str, _Reader] = {
    "0002": lambda c: flat_direct(),
    "0003": lambda c: hash_and_id(*_tuple_options(c)),
    "0004": lambda c: hashed_n_tuple(*_tuple_options(c), _flag(c, "shortObjectRoot")),
    "0006": lambda c: flat_omit_prefix(_word(c, "delimiter", ":")),
    "0007": lambda c: n_tuple_omit_prefix(
        _word(c, "delimiter", ":"),
        _number(c, "tupleSize"),
        _number(c, "numberOfTuples"),
        _word(c, "zeroPadding", "left"),
        _flag(c, "reverseObjectRoot"),
    ),
}


def layout_from_config(extension: str, config: Mapping[str, Any]) -> Layout:
    """The layout that an extension's configuration describes.  Raises LayoutError."""
    reader = _KNOWN.get(extension[:4])
    if reader is None:
        raise LayoutError(f"the layout {extension!r} is not one that is known here")
    layout = reader(config)
    if layout.extension != extension:
        raise LayoutError(f"{extension!r} is not the name of a registered layout")
    return layout


def layout_files(layout: Layout) -> dict[str, bytes]:
    """The files of the storage root that declare a layout: path -> bytes."""
    declared = {"extension": layout.extension, "description": "See extensions/ for its configuration."}
    config = {"extensionName": layout.extension, **layout.config}
    return {
        "ocfl_layout.json": _json(declared),
        f"extensions/{layout.extension}/config.json": _json(config),
    }


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _tuple_options(config: Mapping[str, Any]) -> tuple[str, int, int]:
    return (
        _word(config, "digestAlgorithm", "sha256"),
        _number(config, "tupleSize"),
        _number(config, "numberOfTuples"),
    )


def _word(config: Mapping[str, Any], name: str, default: str) -> str:
    value = config.get(name, default)
    if not isinstance(value, str):
        raise LayoutError(f"{name} is not a text")
    return value


def _number(config: Mapping[str, Any], name: str) -> int:
    value = config.get(name, 3)
    if type(value) is not int:
        raise LayoutError(f"{name} is not a whole number")
    return value


def _flag(config: Mapping[str, Any], name: str) -> bool:
    value = config.get(name, False)
    if not isinstance(value, bool):
        raise LayoutError(f"{name} is neither true nor false")
    return value


def _digest(algorithm: str, text: str) -> str:
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()


def _split(text: str, size: int, count: int) -> list[str]:
    return [text[at : at + size] for at in range(0, size * count, size)] if size else []


def _check_tuples(algorithm: str, size: int, count: int) -> int:
    """The digest's length in characters.  Raises LayoutError for tuples that it cannot give."""
    if algorithm not in ("md5", "sha1", "sha256", "sha512"):
        raise LayoutError(f"digestAlgorithm {algorithm!r} is not one that is known here")
    length = hashlib.new(algorithm, usedforsecurity=False).digest_size * 2
    if not (0 <= size <= 32 and 0 <= count <= 32) or bool(size) != bool(count) or size * count > length:
        raise LayoutError("tupleSize and numberOfTuples are 0 to 32 and within the digest")
    return length


def _check_delimiter(delimiter: str) -> None:
    if not delimiter:
        raise LayoutError("a delimiter is needed")


def _without_prefix(object_id: str, delimiter: str) -> str:
    at = object_id.lower().rfind(delimiter.lower())
    return object_id if at < 0 else object_id[at + len(delimiter) :]


def _one_name(name: str) -> str:
    if "/" in name or name in ("", ".", "..") or len(name.encode()) > 255:
        raise LayoutError(f"{name!r} cannot be the name of a folder")
    return name


OURS = hash_and_id()


def object_path(object_id: str) -> str:
    """Where Luutru keeps an object, relative to the storage root."""
    return OURS.object_path(object_id)
