"""An OCFL storage root validated (OCFL 1.0 and 1.1, section 4), with every object in it."""

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from luutru.fixity.check import Progress
from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.examine import SPECIFICATIONS
from luutru.packaging.ocfl.examine_files import REGISTERED_EXTENSIONS, examine_extensions
from luutru.packaging.ocfl.layout import Layout, LayoutError, layout_from_config
from luutru.packaging.ocfl.validate_object import validate_object

__all__ = ["validate_object", "validate_root"]

_DECLARATION = re.compile(r"0=ocfl_(\d+\.\d+)")
_OBJECT = re.compile(r"0=ocfl_object_(\d+\.\d+)")
_LONGEST_JSON = 1 << 20


def validate_root(root: Path, report: Report, *, progress: Progress | None = None) -> int:
    """Validate the storage root in a folder and all its objects; returns how many there are.

    ``progress`` as for ``validate_object``.
    """
    specification = _examine_declaration(root, report)
    layout = _examine_layout(root, report)
    if (root / "extensions").is_dir() and not (root / "extensions").is_symlink():
        # 1.0 asks the same of it, by reference to the extensions of objects.
        rules = ("E086", "W013") if specification == "1.0" else ("E112", "W016")
        examine_extensions(list_files(root / "extensions"), report, file_rule=rules[0], name_rule=rules[1])
    identifiers: dict[str, str] = {}
    for path in _walk(root, report):
        inner = Report(path, limit=report.limit)
        object_id = validate_object(root / path, inner, progress=progress)
        report.extend(inner, f"{path}/")
        declared = _declared(root / path)
        if specification and declared > specification:
            report.add("E081", path, declared=declared, root=specification)
        if object_id in identifiers:
            report.add("E037/twice", path, id=object_id, other=identifiers[object_id])
        elif object_id:
            identifiers[object_id] = path
            _examine_place(layout, object_id, path, report)
    return len(identifiers)


def _examine_declaration(root: Path, report: Report) -> str:
    try:
        names = sorted(
            entry.name for entry in os.scandir(root) if entry.name.startswith("0=") and entry.is_file()
        )
    except OSError as error:
        report.add("LUUTRU-OCFL/unreadable", "", what=error.strerror or error)
        return ""
    if not names:
        report.add("E069")
        for name in _declarations_of_another_kind(root):
            report.add("E078", name)
    if len(names) > 1:
        report.add("E076", "", names=", ".join(names))
    specification = ""
    for name in names:
        found = _DECLARATION.fullmatch(name)
        if not found:
            report.add("E079", name)
            continue
        if found[1] not in SPECIFICATIONS:
            report.add("E077", name, specification=found[1])
        else:
            specification = max(specification, found[1])
        if _read(root / name) != name[2:].encode() + b"\n":
            report.add("E080", name, expected=name[2:])
    return specification


def _declarations_of_another_kind(root: Path) -> list[str]:
    return sorted(name for name in os.listdir(root) if name[1:].startswith("=ocfl_"))


def _examine_layout(root: Path, report: Report) -> Layout | None:
    path = root / "ocfl_layout.json"
    if not path.exists():
        return None
    declared = _json(path)
    if not isinstance(declared, dict):
        report.add("E070/not-an-object", path.name)
        return None
    for key in ("extension", "description"):
        if not isinstance(declared.get(key), str):
            report.add("E070", path.name, key=key)
    extension = declared.get("extension")
    if not isinstance(extension, str):
        return None
    if extension not in REGISTERED_EXTENSIONS:
        report.add("E071", path.name, extension=extension)
        return None
    try:
        return layout_from_config(
            extension, _config(root / "extensions" / extension / "config.json", extension)
        )
    except LayoutError as error:
        report.add("LUUTRU-OCFL/layout", path.name, extension=extension, problem=error)
        return None


def _config(path: Path, extension: str) -> dict[str, Any]:
    """What an extension is configured to do; nothing where it has no file.  Raises LayoutError."""
    if not path.exists():
        return {}
    config = _json(path)
    if not isinstance(config, dict):
        raise LayoutError("config.json is not a JSON object")
    if config.get("extensionName", extension) != extension:
        raise LayoutError(f"config.json is that of {config['extensionName']!r}")
    return config


def _examine_place(layout: Layout | None, object_id: str, path: str, report: Report) -> None:
    if layout is None:
        return
    try:
        expected = layout.object_path(object_id)
    except LayoutError as error:
        report.add("LUUTRU-OCFL/layout", path, extension=layout.extension, problem=error)
        return
    if path != expected:
        report.add("E083", path, id=object_id, expected=expected)


def _walk(root: Path, report: Report) -> list[str]:
    """Objects in order; what else lies in the hierarchy is reported."""
    objects: list[str] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder if folder else root) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            report.add("LUUTRU-OCFL/unreadable", folder, what=error.strerror or error)
            continue
        if folder and not found:
            report.add("E073", folder)
        if folder and any(entry.name.startswith("0=ocfl_object_") for entry in found):
            objects.append(folder)
            continue
        folders = []
        for entry in found:
            path = f"{folder}/{entry.name}" if folder else entry.name
            shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            if entry.is_symlink():
                report.add("E090", shown, what="link")
            elif entry.is_dir():
                if path != "extensions":
                    folders.append(path)
            elif folder:
                report.add("E072", shown)
        pending.extend(reversed(folders))
    depths = {path.count("/") for path in objects}
    if 0 in depths and len(depths) > 1:
        report.add("W015")
    return objects


def _declared(folder: Path) -> str:
    found = (_OBJECT.fullmatch(name) for name in os.listdir(folder))
    return max((match[1] for match in found if match), default="")


def _read(path: Path) -> bytes:
    """The beginning of a file; nothing of what is none: a pipe would hold us up for ever."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return b""
        with path.open("rb") as file:
            return file.read(_LONGEST_JSON)
    except OSError:
        return b""


def _json(path: Path) -> object:
    try:
        value: object = json.loads(_read(path))
    except (ValueError, RecursionError):
        return None
    return value
