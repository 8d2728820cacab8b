"""The OCFL inventory (OCFL 1.1, section 3.5): what an object holds, version by version.

In JSON digests lead to paths; here paths lead to digests, because that is what is asked.
Digests are raw bytes.  Nothing here touches the file system.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json.encoder import encode_basestring

TYPE_1_1 = "https://ocfl.io/1.1/spec/#inventory"
FILE_NAME = "inventory.json"

_BLOCK = 64 * 1024


class InventoryError(ValueError):
    """An inventory that cannot be trusted to say what an object holds; the message says why."""


@dataclass(frozen=True, slots=True)
class User:
    """Who made a version: a name and, where known, a URI for it (``mailto:`` or other)."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version: when and by whom it was made, and its state: logical path -> digest."""

    created: datetime
    state: Mapping[str, bytes]
    message: str = ""
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an object holds: ``manifest`` and ``fixity`` by content path, versions by name.

    ``algorithm`` names the digests of manifest and states; ``fixity`` holds further ones
    by algorithm.  Content paths are relative to the object's root.
    """

    id: str
    head: str
    manifest: Mapping[str, bytes]
    versions: Mapping[str, Version]
    fixity: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    algorithm: str = "sha512"
    content_directory: str = "content"
    type: str = TYPE_1_1

    @property
    def state(self) -> Mapping[str, bytes]:
        """The head version's state: logical path -> digest."""
        return self.versions[self.head].state

    def content_paths(self, version: str | None = None) -> Iterator[tuple[str, str]]:
        """Logical and content path of every file of a version (the head unless said).

        Where several content paths hold the same bytes, the one that ends in the logical
        path is taken, so that a reader of the folders finds what the inventory says.
        Raises KeyError for a version that is not there.
        """
        wanted = self.versions[version or self.head].state
        by_digest = paths_by_digest(self.manifest)
        for logical, digest in wanted.items():
            choices = by_digest[digest]
            ending = f"/{self.content_directory}/{logical}"
            yield logical, next((path for path in choices if path.endswith(ending)), choices[0])

    def digest(self, content_path: str, algorithm: str) -> str | None:
        """The hexadecimal digest of one content file, or None where it was not recorded."""
        block = self.manifest if algorithm == self.algorithm else self.fixity.get(algorithm, {})
        raw = block.get(content_path)
        return None if raw is None else raw.hex()

    def covers_all(self, algorithm: str) -> bool:
        """Whether every content file has a digest of this algorithm."""
        if algorithm == self.algorithm:
            return True
        block = self.fixity.get(algorithm, {})
        return len(block) >= len(self.manifest) and all(path in block for path in self.manifest)


def paths_by_digest(block: Mapping[str, bytes]) -> dict[bytes, list[str]]:
    """The same block the way JSON has it: digest -> paths, in the order of the block."""
    grouped: dict[bytes, list[str]] = {}
    for path, digest in block.items():
        paths = grouped.get(digest)
        if paths is None:
            grouped[digest] = [path]
        else:
            paths.append(path)
    return grouped


def version_number(name: str) -> int:
    """The number in a version's name (``v3``, ``v0003``).  Raises ValueError for other names."""
    if not (name.startswith("v") and name[1:].isascii() and name[1:].isdigit() and int(name[1:])):
        raise ValueError(f"{name!r} is not the name of a version")
    return int(name[1:])


def inventory_json(inventory: Inventory) -> Iterator[bytes]:
    """The inventory as UTF-8 JSON in blocks, one digest a line; memory stays flat.

    Raises InventoryError for a path that has no UTF-8 form.
    """
    buffer = bytearray()
    try:
        for line in _lines(inventory):
            buffer += line.encode("utf-8")
            if len(buffer) >= _BLOCK:
                yield bytes(buffer)
                buffer.clear()
    except UnicodeEncodeError as error:
        raise InventoryError(f"a name is not Unicode text: {error.object!r}") from error
    yield bytes(buffer)


def _lines(inventory: Inventory) -> Iterator[str]:
    yield "{\n"
    for name, value in (
        ("id", inventory.id),
        ("type", inventory.type),
        ("digestAlgorithm", inventory.algorithm),
        ("head", inventory.head),
        ("contentDirectory", inventory.content_directory),
    ):
        yield f' "{name}": {encode_basestring(value)},\n'
    yield ' "manifest": '
    yield from _block(inventory.manifest, " ")
    yield ',\n "versions": {'
    separator = "\n"
    for name, version in inventory.versions.items():
        yield f'{separator}  "{name}": {{\n   "created": "{rfc3339(version.created)}",\n'
        yield f'   "message": {encode_basestring(version.message)},\n'
        if version.user is not None:
            address = version.user.address
            more = f', "address": {encode_basestring(address)}' if address else ""
            yield f'   "user": {{"name": {encode_basestring(version.user.name)}{more}}},\n'
        yield '   "state": '
        yield from _block(version.state, "   ")
        yield "\n  }"
        separator = ",\n"
    yield "\n }"
    if inventory.fixity:
        yield ',\n "fixity": {'
        separator = "\n"
        for algorithm, block in inventory.fixity.items():
            yield f'{separator}  "{algorithm}": '
            yield from _block(block, "  ")
            separator = ",\n"
        yield "\n }"
    yield "\n}\n"


def _block(block: Mapping[str, bytes], indent: str) -> Iterator[str]:
    separator = "{\n"
    for digest, paths in paths_by_digest(block).items():
        listed = ", ".join(map(encode_basestring, paths))
        yield f'{separator}{indent} "{digest.hex()}": [{listed}]'
        separator = ",\n"
    yield "{}" if separator == "{\n" else f"\n{indent}}}"


def rfc3339(moment: datetime) -> str:
    """A time in UTC as RFC 3339 has it, to the second at least.  Raises ValueError without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
