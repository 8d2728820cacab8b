"""An OCFL object validated (OCFL 1.0 and 1.1, section 3), independently of what wrote it.

All codes of the specification are reported as findings; bad content never raises.
"""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from luutru.fixity.check import Progress
from luutru.fixity.read_ahead import ReadAhead
from luutru.fixity.walk import Listing, list_files
from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.compare_versions import compare_specifications, compare_with_root
from luutru.packaging.ocfl.examine import (
    CONTENT_ALGORITHMS,
    SPECIFICATIONS,
    SeenInventory,
    examine_inventory,
)
from luutru.packaging.ocfl.examine_digests import begin_reading, examine_digests
from luutru.packaging.ocfl.examine_files import examine_root_folder, examine_version_folders
from luutru.packaging.ocfl.examine_version import version_number

_DECLARATION = re.compile(r"0=ocfl_object_(\d+\.\d+)")
_SIDECAR = re.compile(rb"([^ \t\r\n]+)[ \t]+inventory\.json\r?\n?")
_INVENTORY = re.compile(r"(?:v\d+/)?inventory\.json")
_BLOCK = 1 << 20


def validate_object(root: Path, report: Report, *, progress: Progress | None = None) -> str:
    """Validate the object in a folder, every byte of it; returns its identifier (empty if unknown).

    ``progress`` is told files and bytes read since the last call, from another thread.
    """
    ahead = begin_reading(root, progress)
    listing = list_files(root, found=_passing_on(ahead) if ahead else None)
    if ahead:
        ahead.close()
    try:
        return _validate(root, listing, ahead, report)
    finally:
        if ahead:
            ahead.give_up()


def _passing_on(ahead: ReadAhead) -> Callable[[str, int], None]:
    """Takes the files to be read ahead: all but inventories, which are read here."""
    add = ahead.add

    def found(path: str, size: int) -> None:
        if path[-14:] != "inventory.json" or not _INVENTORY.fullmatch(path):
            add(path, size)

    return found


def _validate(root: Path, listing: Listing, ahead: ReadAhead | None, report: Report) -> str:
    declared = _examine_declaration(root, listing, report)
    inventory = _examine_inventory(root, "", listing, report)
    examine_root_folder(listing, inventory, report)
    if inventory is None:
        return ""
    if declared and inventory.specification and inventory.specification != declared:
        report.add("E038", inventory.where, specification=inventory.specification, declared=declared)
    inventories = _examine_versions(root, listing, inventory, report)
    compare_specifications(inventories, report)
    examine_version_folders(listing, inventory, inventories, report)
    examine_digests(root, listing, inventory, inventories, ahead, report)
    return inventory.id


def _examine_declaration(root: Path, listing: Listing, report: Report) -> str:
    """The specification that the object declares; empty when it declares none that is known."""
    names = sorted(name for name in listing.sizes if name.startswith("0=") and "/" not in name)
    if len(names) != 1:
        report.add("E003" if not names else "E003/several", "", names=", ".join(names))
    specification = ""
    for name in names:
        found = _DECLARATION.fullmatch(name)
        if not found:
            report.add("E006", name)
            continue
        if found[1] not in SPECIFICATIONS:
            report.add("E004", name, specification=found[1])
        else:
            specification = max(specification, found[1])
        try:
            with (root / name).open("rb") as file:
                content = file.read(64)
        except OSError as error:
            report.add("LUUTRU-OCFL/unreadable", name, what=error.strerror or error)
            continue
        if content != name[2:].encode() + b"\n":
            report.add("E007", name, expected=name[2:])
    return specification


def _examine_inventory(root: Path, version: str, listing: Listing, report: Report) -> SeenInventory | None:
    """The inventory in the object's root or in a version, examined with its sidecar; None if there is none."""
    prefix = f"{version}/" if version else ""
    path = f"{prefix}inventory.json"
    if path not in listing.sizes:
        if version:
            report.add("W010", version, version=version)
        else:
            report.add("E063", path)
        return None
    try:
        with (root / path).open("rb") as file:
            seen = examine_inventory(file, path, report)
        _examine_sidecar(root, path, seen, listing, report)
    except OSError as error:
        report.add("LUUTRU-OCFL/unreadable", path, what=error.strerror or error)
        return None
    return seen


def _examine_sidecar(
    root: Path, path: str, seen: SeenInventory | None, listing: Listing, report: Report
) -> None:
    algorithms = [seen.algorithm] if seen and seen.algorithm else list(CONTENT_ALGORITHMS)
    present = [name for name in algorithms if f"{path}.{name}" in listing.sizes]
    if not present:
        other = [p for p in listing.sizes if p.startswith(f"{path}.") and "/" not in p[len(path) :]]
        if other and seen and seen.algorithm:
            report.add("E059", other[0], algorithm=seen.algorithm)
        report.add("E058", path, expected=f"{path}.{algorithms[0]}")
        return
    algorithm = present[0]
    sidecar = f"{path}.{algorithm}"
    with (root / sidecar).open("rb") as file:
        found = _SIDECAR.fullmatch(file.read(4096))
    if found is None:
        report.add("E061", sidecar)
    elif algorithm in CONTENT_ALGORITHMS:
        stated = found[1].decode("ascii", "replace").lower()
        if stated != _digest(root / path, algorithm):
            report.add("E060", path, sidecar=sidecar)


def _examine_versions(
    root: Path, listing: Listing, inventory: SeenInventory, report: Report
) -> dict[str, SeenInventory]:
    """The inventories that versions keep, each compared with the one in the root."""
    inventories: dict[str, SeenInventory] = {}
    known = sorted(inventory.versions, key=lambda name: version_number(name) or 0)
    present = {path.partition("/")[0] for path in (*listing.sizes, *listing.folders)}
    for name in known:
        if name not in present:
            continue
        path = f"{name}/inventory.json"
        if name == inventory.head and path in listing.sizes and _same(root, path):
            # Byte for byte the root inventory: what is wrong with it has been said.
            _examine_sidecar(root, path, inventory, listing, report)
            inventories[name] = inventory
            continue
        if name == inventory.head and path in listing.sizes:
            report.add("E064", path, version=name)
        seen = _examine_inventory(root, name, listing, report)
        # One that lacks its own foundations has had that said; comparing it says no more.
        if seen is not None and seen.id and seen.versions:
            compare_with_root(seen, name, inventory, report)
            inventories[name] = seen
    return inventories


def _same(root: Path, path: str) -> bool:
    """Whether an inventory has the bytes of the root inventory; a file that cannot be read has not."""
    try:
        with (root / "inventory.json").open("rb") as one, (root / path).open("rb") as other:
            while True:
                block = one.read(_BLOCK)
                if block != other.read(_BLOCK):
                    return False
                if not block:
                    return True
    except OSError:
        return False


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
