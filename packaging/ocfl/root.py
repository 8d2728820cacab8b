"""The storage root (OCFL 1.1, section 4): its declaration, its layout, all its objects."""

import json
from collections.abc import Collection, Iterator

from luutru.packaging.ocfl.inventory import FILE_NAME
from luutru.packaging.ocfl.layout import OURS, Layout, LayoutError, layout_files, layout_from_config
from luutru.packaging.ocfl.storage import OCFL_ROOT, Missing, RootEntry, Storage

DECLARATION = "0=ocfl_1.1"
DECLARATION_BYTES = b"ocfl_1.1\n"

_LONGEST_JSON = 1 << 20


def make_root(storage: Storage, layout: Layout = OURS) -> None:
    """Declare a storage root where there is none yet; what is there is left as it is.

    The declaration is written last: a root that has it is whole.  Raises StorageError.
    """
    if storage.exists(f"{OCFL_ROOT}/{DECLARATION}"):
        return
    for path, data in layout_files(layout).items():
        storage.write_file(f"{OCFL_ROOT}/{path}", data)
    storage.write_file(f"{OCFL_ROOT}/{DECLARATION}", DECLARATION_BYTES)


def read_layout(storage: Storage) -> Layout | None:
    """The layout that the storage root declares; None when it declares none.

    Raises LayoutError for one that is not known or not sound, Unreadable for files that
    cannot be read.
    """
    declared = _read_json(storage, "ocfl_layout.json")
    if declared is None:
        return None
    extension = declared.get("extension")
    if not isinstance(extension, str) or "/" in extension or extension in ("", ".", ".."):
        raise LayoutError("ocfl_layout.json names no extension")
    config = _read_json(storage, f"extensions/{extension}/config.json")
    return layout_from_config(extension, config or {})


def find_object(object_id: str, layout: Layout = OURS) -> str:
    """The key at which an object lies or would lie in a location."""
    return f"{OCFL_ROOT}/{layout.object_path(object_id)}"


def strays(storage: Storage) -> Iterator[RootEntry]:
    """What lies in the storage root and is neither an object nor the root's own."""
    return (entry for entry in storage.walk_root() if entry.kind != "object")


def is_object(names: Collection[str]) -> bool:
    """Whether a folder with these names in it is an object's root, sound or damaged."""
    return FILE_NAME in names or any(name.startswith("0=ocfl_object_") for name in names)


def _read_json(storage: Storage, path: str) -> dict[str, object] | None:
    try:
        with storage.read(f"{OCFL_ROOT}/{path}") as stream:
            data = stream.read(_LONGEST_JSON)
    except Missing:
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise LayoutError(f"{path} is not JSON") from error
    if not isinstance(value, dict):
        raise LayoutError(f"{path} is not a JSON object")
    return value
