"""Reads an OCFL inventory strictly (OCFL 1.0 and 1.1, section 3.5), in one pass.

What is not plainly right is refused with InventoryError: this reader serves those who act
on an inventory.  Saying everything that is wrong with one is the validator's work.
"""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from luutru.packaging.ocfl.inventory import Inventory, InventoryError, User, Version, version_number
from luutru.packaging.ocfl.json_stream import JsonError, JsonStream

TYPES = {
    "https://ocfl.io/1.0/spec/#inventory": "1.0",
    "https://ocfl.io/1.1/spec/#inventory": "1.1",
}
DIGEST_SIZES = {"sha512": 64, "sha256": 32}

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)


def unsafe_path(path: str) -> bool:
    """Whether a path is empty, absolute, or has an empty, ``.`` or ``..`` part or a NUL."""
    if not path or "\0" in path:
        return True
    # Nearly every path passes by the cheap test alone.
    if path[0] != "/" and path[-1] not in "/." and "//" not in path and "./" not in path:
        return False
    return any(part in ("", ".", "..") for part in path.split("/"))


def read_inventory(stream: BinaryIO, *, fixity: Collection[str] | None = None) -> Inventory:
    """The inventory in a stream of JSON; of the fixity block only the algorithms asked for.

    Raises InventoryError for anything that is not a consistent inventory, OSError as the
    stream does.
    """
    try:
        return _Reader(JsonStream(stream), fixity).read()
    except JsonError as error:
        raise InventoryError(f"not JSON that can be read: {error}") from error


class _Reader:
    """One reading: the stream, and each name and digest kept once however often it comes."""

    def __init__(self, json: JsonStream, fixity: Collection[str] | None) -> None:
        self._json = json
        self._wanted = fixity
        self._names: dict[str, str] = {}
        self._digests: dict[bytes, bytes] = {}
        self._found: dict[str, Any] = {}

    def read(self) -> Inventory:
        readers: dict[str, Callable[[], Any]] = {
            "manifest": lambda: self._block("manifest"),
            "versions": self._versions,
            "fixity": self._fixity,
        }
        for name in self._json.members():
            if name in self._found:
                raise InventoryError(f"{name} stands twice")
            self._found[name] = readers.get(name, self._json.value)()
        self._json.end()
        return self._checked()

    def _checked(self) -> Inventory:
        for name in ("id", "type", "digestAlgorithm", "head"):
            if not self._text(name):
                raise InventoryError(f"{name} is missing or not a text")
        inventory = Inventory(
            id=self._text("id"),
            head=self._text("head"),
            manifest=self._required("manifest"),
            versions=self._required("versions"),
            fixity=self._found.get("fixity", {}),
            algorithm=self._text("digestAlgorithm"),
            content_directory=self._text("contentDirectory") or "content",
            type=self._text("type"),
        )
        if inventory.type not in TYPES:
            raise InventoryError(f"type {inventory.type!r} is not an OCFL 1.0 or 1.1 inventory")
        _check_versions(inventory)
        _check_manifest(inventory)
        return inventory

    def _text(self, name: str) -> str:
        value = self._found.get(name, "")
        if not isinstance(value, str):
            raise InventoryError(f"{name} is not a text")
        return value

    def _required(self, name: str) -> Any:
        if name not in self._found:
            raise InventoryError(f"{name} is missing")
        return self._found[name]

    def _block(self, where: str) -> dict[str, bytes]:
        """Digest -> paths, turned into path -> digest."""
        if self._json.peek() != "{":
            raise InventoryError(f"{where} is not an object")
        block: dict[str, bytes] = {}
        seen = 0
        for batch in self._json.batches():
            plain = _plain_entries(batch)
            if plain is None:
                seen += self._one_by_one(batch, where, block)
                continue
            paths, digests = plain
            seen += len(paths)
            # States repeat the manifest's digests, fixity blocks never do.
            if not where.startswith("fixity"):
                digests = list(map(self._digests.setdefault, digests, digests))
            block.update(zip(map(self._names.setdefault, paths, paths), digests, strict=True))
        if seen != len(block):
            raise InventoryError(f"a path stands twice in {where}")
        return block

    def _one_by_one(self, batch: Sequence[tuple[str, object]], where: str, block: dict[str, bytes]) -> int:
        """Take entries that may be anything; returns how many paths they name."""
        seen = 0
        for hexadecimal, paths in batch:
            try:
                digest = bytes.fromhex(hexadecimal)
            except ValueError:
                raise InventoryError(f"{hexadecimal[:40]!r} in {where} is not a digest") from None
            digest = self._digests.setdefault(digest, digest)
            if not isinstance(paths, list) or not paths:
                raise InventoryError(f"{hexadecimal[:40]} in {where} has no list of paths")
            for path in paths:
                if not isinstance(path, str) or unsafe_path(path):
                    raise InventoryError(f"{path!r} in {where} is not a safe path")
                block[self._names.setdefault(path, path)] = digest
                seen += 1
        return seen

    def _fixity(self) -> dict[str, dict[str, bytes]]:
        if self._json.peek() != "{":
            raise InventoryError("fixity is not an object")
        blocks: dict[str, dict[str, bytes]] = {}
        for algorithm in self._json.members():
            if algorithm in blocks:
                raise InventoryError(f"{algorithm} stands twice in fixity")
            if self._wanted is None or algorithm in self._wanted:
                blocks[algorithm] = self._block(f"fixity {algorithm}")
            else:
                self._skip()
        return blocks

    def _skip(self) -> None:
        if self._json.peek() != "{":
            raise InventoryError("a fixity block is not an object")
        for _ in self._json.entries():
            pass

    def _versions(self) -> dict[str, Version]:
        if self._json.peek() != "{":
            raise InventoryError("versions is not an object")
        versions: dict[str, Version] = {}
        for name in self._json.members():
            if name in versions:
                raise InventoryError(f"{name} stands twice in versions")
            versions[name] = self._version(name)
        return versions

    def _version(self, name: str) -> Version:
        if self._json.peek() != "{":
            raise InventoryError(f"version {name} is not an object")
        found: dict[str, Any] = {}
        for member in self._json.members():
            if member in found:
                raise InventoryError(f"{member} stands twice in version {name}")
            found[member] = self._block(f"the state of {name}") if member == "state" else self._json.value()
        if "state" not in found:
            raise InventoryError(f"version {name} has no state")
        message = found.get("message", "")
        if not isinstance(message, str):
            raise InventoryError(f"the message of {name} is not a text")
        return Version(
            _moment(found.get("created"), name), found["state"], message, _user(found.get("user"), name)
        )


def _plain_entries(batch: Sequence[tuple[str, object]]) -> tuple[list[str], list[bytes]] | None:
    """Paths and digests, where each entry is a digest of the same length with one safe path; else None."""
    hexadecimals, lists = zip(*batch, strict=True)
    if set(map(type, lists)) != {list} or set(map(len, lists)) != {1}:
        return None
    names = [paths[0] for paths in lists]
    if set(map(type, names)) != {str}:
        return None
    width = len(hexadecimals[0]) // 2
    try:
        digests = bytes.fromhex("".join(hexadecimals))
    except ValueError:
        return None
    # What `unsafe_path` looks for, in all of them at once; a line feed in a name only costs time.
    text = "\n" + "\n".join(names) + "\n"
    if (
        not width
        or set(map(len, hexadecimals)) != {2 * width}
        or len(digests) != width * len(batch)
        or any(bad in text for bad in ("\0", "//", "./", "\n/", "/\n", ".\n", "\n\n"))
    ):
        return None
    return names, [digests[start : start + width] for start in range(0, len(digests), width)]


def _moment(value: object, name: str) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise InventoryError(f"version {name} has no time of creation as RFC 3339 has it")
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError as error:
        raise InventoryError(f"version {name}: {value!r} is not a time") from error


def _user(value: object, name: str) -> User | None:
    if value is None:
        return None
    if isinstance(value, dict):
        who, address = value.get("name"), value.get("address", "")
        if isinstance(who, str) and isinstance(address, str):
            return User(who, address)
    raise InventoryError(f"the user of {name} has no name")


def _check_versions(inventory: Inventory) -> None:
    try:
        numbers = sorted(map(version_number, inventory.versions))
    except ValueError as error:
        raise InventoryError(str(error)) from error
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        raise InventoryError("the versions are not 1, 2, 3 and so on")
    if inventory.head not in inventory.versions or version_number(inventory.head) != numbers[-1]:
        raise InventoryError(f"head {inventory.head!r} is not the newest version")


def _check_manifest(inventory: Inventory) -> None:
    size = DIGEST_SIZES.get(inventory.algorithm)
    if size is None:
        raise InventoryError(f"digestAlgorithm {inventory.algorithm!r} is neither sha512 nor sha256")
    folder = inventory.content_directory
    if "/" in folder or unsafe_path(folder):
        raise InventoryError(f"contentDirectory {folder!r} is not the name of a folder")
    starts = tuple(f"{name}/{folder}/" for name in inventory.versions)
    for path, digest in inventory.manifest.items():
        if len(digest) != size or not path.startswith(starts):
            raise InventoryError(f"{path!r} in the manifest: not in a version's content, or a wrong digest")
    digests = set(inventory.manifest.values())
    for name, version in inventory.versions.items():
        if not digests.issuperset(version.state.values()):
            raise InventoryError(f"version {name} has a file that the manifest does not have")
    for algorithm, block in inventory.fixity.items():
        if not inventory.manifest.keys() >= block.keys():
            raise InventoryError(f"fixity {algorithm} has a file that the manifest does not have")
