"""Objects built in a staging folder (OCFL 1.1, section 3), version by version.

A version is built from files already there and digests already known, so that nothing is
read again.  Making it part of the holdings is `luutru.packaging.ocfl.commit`'s work.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from luutru.fixity.walk import list_files
from luutru.packaging.ocfl.inventory import (
    FILE_NAME,
    Inventory,
    User,
    Version,
    inventory_json,
    version_number,
)
from luutru.packaging.ocfl.inventory_reader import unsafe_path

ALGORITHM = "sha512"
SIDECAR = f"{FILE_NAME}.{ALGORITHM}"
DECLARATION = "0=ocfl_object_1.1"
DECLARATION_BYTES = b"ocfl_object_1.1\n"


class StagingError(Exception):
    """The staged folder does not hold what the version to be made says it holds."""


@dataclass(frozen=True, slots=True)
class ObjectFile:
    """A file of a version: its logical path and raw digests by algorithm, sha512 among them.

    ``content`` is where it lies below the version's content folder, if not at ``path``;
    ``None`` says that its bytes are in the object already (a renamed or second file).
    """

    path: str
    digests: Mapping[str, bytes]
    content: str | None = ""


def first_version(
    staged: Path,
    *,
    object_id: str,
    files: Iterable[ObjectFile],
    message: str,
    user: User,
    created: datetime,
) -> Inventory:
    """Make a staged folder that holds ``v1/content/...`` into a whole object; returns its inventory.

    Writes the declaration, the inventories and their sidecars; makes nothing durable (that
    is `Storage.adopt`'s).  Raises StagingError when files and folder differ, OSError when
    it cannot write.
    """
    empty = Inventory(id=object_id, head="", manifest={}, versions={})
    inventory = _with_version(empty, "v1", files, frozenset(), message, user, created)
    _check_staged(staged / "v1", inventory, "v1")
    (staged / "v1").mkdir(parents=True, exist_ok=True)
    (staged / DECLARATION).write_bytes(DECLARATION_BYTES)
    _write_inventories(staged, inventory)
    return inventory


def next_version(
    staged: Path,
    previous: Inventory,
    *,
    files: Iterable[ObjectFile],
    removed: Collection[str] = frozenset(),
    message: str,
    user: User,
    created: datetime,
) -> Inventory:
    """Make a staged folder that holds ``vN/content/...`` into the object's next version.

    The new state is the previous one without ``removed``, with ``files`` new or in place of
    what had their paths.  Earlier versions keep every byte.  Raises StagingError, OSError.
    """
    digits = len(previous.head) - 1 if previous.head.startswith("v0") else 0
    name = f"v{version_number(previous.head) + 1:0{digits}d}"
    inventory = _with_version(previous, name, files, removed, message, user, created)
    _check_staged(staged / name, inventory, name)
    (staged / name).mkdir(parents=True, exist_ok=True)
    _write_inventories(staged, inventory)
    return inventory


def _with_version(
    previous: Inventory,
    name: str,
    files: Iterable[ObjectFile],
    removed: Collection[str],
    message: str,
    user: User,
    created: datetime,
) -> Inventory:
    gone = set(removed)
    state = {} if not previous.head else {p: d for p, d in previous.state.items() if p not in gone}
    manifest = dict(previous.manifest)
    fixity = {algorithm: dict(block) for algorithm, block in previous.fixity.items()}
    known = set(manifest.values())
    for file in files:
        digest = file.digests[ALGORITHM]
        if unsafe_path(file.path) or (file.content and unsafe_path(file.content)):
            raise StagingError(f"{file.path!r} cannot be a path in an object")
        state[file.path] = digest
        if file.content is None:
            if digest not in known:
                raise StagingError(f"{file.path}: its bytes are not in the object yet")
            continue
        content = f"{name}/{previous.content_directory}/{file.content or file.path}"
        manifest[content] = digest
        known.add(digest)
        for algorithm, other in file.digests.items():
            if algorithm != ALGORITHM:
                fixity.setdefault(algorithm, {})[content] = other
    version = Version(created, state, message, user)
    return replace(
        previous,
        head=name,
        manifest=manifest,
        versions={**previous.versions, name: version},
        fixity=fixity,
    )


def _check_staged(folder: Path, inventory: Inventory, name: str) -> None:
    listing = list_files(folder) if folder.is_dir() else None
    found = set(listing.sizes) if listing else set()
    start = f"{name}/"
    named = {path[len(start) :] for path in inventory.manifest if path.startswith(start)}
    if listing and listing.others:
        path, what = listing.others[0]
        raise StagingError(f"{name}/{path} is a {what}, not a file")
    if found != named:
        lacking, extra = sorted(named - found)[:3], sorted(found - named)[:3]
        raise StagingError(f"staged files differ from those named: lacking {lacking}, not named {extra}")


def _write_inventories(staged: Path, inventory: Inventory) -> None:
    digest = hashlib.sha512()
    head = staged / inventory.head
    with (staged / FILE_NAME).open("wb") as root, (head / FILE_NAME).open("wb") as copy:
        for block in inventory_json(inventory):
            digest.update(block)
            root.write(block)
            copy.write(block)
    for folder in (head, staged):
        (folder / SIDECAR).write_bytes(sidecar_bytes(digest.hexdigest()))


def sidecar_bytes(digest: str) -> bytes:
    """An inventory's sidecar (section 3.7)."""
    return f"{digest} {FILE_NAME}\n".encode("ascii")
