"""The files of an OCFL object against its inventories (OCFL 1.0 and 1.1, sections 3.1 to 3.5).

What may lie in an object's root and in a version's folder, and what the manifests have to
name; whether the bytes are right is asked in ``examine_digests``.
"""

from collections.abc import Iterable, Mapping
from itertools import chain

from luutru.fixity.walk import Listing
from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.examine import SeenInventory
from luutru.packaging.ocfl.examine_version import version_number

REGISTERED_EXTENSIONS = {
    "0001-digest-algorithms",
    "0002-flat-direct-storage-layout",
    "0003-hash-and-id-n-tuple-storage-layout",
    "0004-hashed-n-tuple-storage-layout",
    "0005-mutable-head",
    "0006-flat-omit-prefix-storage-layout",
    "0007-n-tuple-omit-prefix-storage-layout",
    "0008-schema-registry",
    "0009-digest-algorithms",
    "0010-differential-n-tuple-omit-prefix-storage-layout",
    "0011-direct-clean-path-layout",
    "initial",
}


def examine_root_folder(listing: Listing, root: SeenInventory | None, report: Report) -> None:
    """Report what must not lie in an object's root, and versions without a folder."""
    versions = {name for name in root.versions if version_number(name)} if root else set()
    allowed = {"inventory.json"}
    algorithm = root.algorithm if root and root.algorithm else ""
    allowed |= (
        {f"inventory.json.{algorithm}"} if algorithm else {"inventory.json.sha512", "inventory.json.sha256"}
    )
    files, folders = _children(listing)
    for name in sorted(files):
        if name[1:].startswith("=ocfl_object_") and not name.startswith("0="):
            report.add("E005", name)
        elif name not in allowed and not name.startswith("0="):
            report.add("E001/file", name)
    for name in sorted(folders - {"logs", "extensions"} - versions):
        if not version_number(name):
            report.add("E001/folder", name)
        elif root:
            report.add("E046/unknown", name)
    for name in sorted(versions - folders):
        report.add("E046/no-folder", root.where if root else "", version=name)
    numbers = sorted(number for name in folders if (number := version_number(name)) is not None)
    if numbers and numbers != list(range(1, len(numbers) + 1)):
        report.add("E010" if numbers[0] == 1 else "E009", where="folders", first=f"v{numbers[0]}")
    examine_extensions(_below(listing, "extensions"), report, file_rule="E067", name_rule="W013")
    for path, what in listing.others:
        rule_id = "E090" if what in ("link", "device", "fifo", "socket") else "LUUTRU-OCFL/unreadable"
        report.add(rule_id, path, what=what)


def examine_extensions(listing: Listing, report: Report, *, file_rule: str, name_rule: str) -> None:
    """Report files directly in a folder ``extensions``, and extensions that are not registered."""
    files, folders = _children(listing)
    for name in sorted(files):
        report.add(file_rule, f"extensions/{name}")
    for name in sorted(folders - REGISTERED_EXTENSIONS):
        report.add(name_rule, f"extensions/{name}", name=name)


def examine_version_folders(
    listing: Listing, root: SeenInventory, inventories: Mapping[str, SeenInventory], report: Report
) -> None:
    """Report what must not lie in version folders, and content that no manifest names."""
    content = root.content_directory
    folders: set[str] = set()
    starts = tuple(f"{name}/{content}/" for name in root.versions)
    # Nearly every file is a content file: what is left of them is looked at one by one.
    for path in [path for path in chain(listing.sizes, listing.folders) if not path.startswith(starts)]:
        version, _, rest = path.partition("/")
        if version not in root.versions or not rest:
            continue
        name, _, below = rest.partition("/")
        is_file = path in listing.sizes
        if not below and is_file:
            own = inventories.get(version, root)
            sidecar = f"inventory.json.{own.algorithm or root.algorithm}"
            if name not in ("inventory.json", sidecar):
                report.add("E015", path)
        elif name != content:
            folders.add(f"{version}/{name}")
        elif not is_file:
            report.add("W003", path)
    for path in listing.folders:
        if path.startswith(starts):
            report.add("E024", path)
    for path in sorted(folders):
        report.add("W002", path, name=content)
    _examine_content_folders(listing, root, report)
    _examine_manifests(listing, root, inventories, report)


def _examine_content_folders(listing: Listing, root: SeenInventory, report: Report) -> None:
    """A version that has files of its own has a content folder."""
    starts = {f"{name}/{root.content_directory}/" for name in root.versions}

    def found(paths: Iterable[str]) -> set[str]:
        """Up to the second slash: the content folder that a path is in."""
        return {path[: path.find("/", path.find("/") + 1) + 1] for path in paths}

    lacking = starts - found(chain(listing.sizes, listing.folders))
    if lacking:
        lacking &= found(root.manifest)
    for start in sorted(lacking):
        report.add("E016", start.partition("/")[0], name=root.content_directory)


def _examine_manifests(
    listing: Listing, root: SeenInventory, inventories: Mapping[str, SeenInventory], report: Report
) -> None:
    """Every content file stands in the manifest of its version's inventory and of all later ones."""
    # The head version keeps a copy of the root inventory: what is the same is examined once.
    earlier = [(version_number(name), prior) for name, prior in inventories.items() if prior is not root]
    for number, inventory in [(None, root), *earlier]:
        starts = tuple(
            f"{name}/{root.content_directory}/"
            for name in root.versions
            if number is None or (version_number(name) or 0) <= number
        )
        for path in sorted(listing.sizes.keys() - inventory.manifest.keys()):
            if path.startswith(starts):
                report.add("E023", path, inventory=inventory.where)
        for path in inventory.manifest.keys() - listing.sizes.keys():
            report.add("E092/missing", path, inventory=inventory.where)
        for algorithm, block in inventory.fixity.items():
            for path in block.keys() - listing.sizes.keys():
                report.add("E093/missing", path, inventory=inventory.where, algorithm=algorithm)


def _children(listing: Listing) -> tuple[set[str], set[str]]:
    """Names of the files and of the folders directly in a folder."""
    files = {path for path in listing.sizes if "/" not in path}
    folders = {path.partition("/")[0] for path in listing.sizes if "/" in path}
    return files, folders | {path.partition("/")[0] for path in listing.folders}


def _below(listing: Listing, folder: str) -> Listing:
    start = f"{folder}/"
    cut = len(start)
    return Listing(
        {path[cut:]: size for path, size in listing.sizes.items() if path.startswith(start)},
        frozenset(path[cut:] for path in listing.folders if path.startswith(start)),
        [],
    )
