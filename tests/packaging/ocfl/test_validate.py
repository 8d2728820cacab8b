"""The validator on the folders of objects and storage roots, sound and broken on purpose."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.validate import validate_object, validate_root

if TYPE_CHECKING:
    from tests.packaging.ocfl.conftest import Archive

FILES = {"METS.xml": b"<mets/>", "data/Tờ trình.pdf": b"%PDF", "data/empty": b""}
NEW = {"data/Phụ lục.txt": b"text", "METS.xml": b"<mets></mets>"}


def validated(folder: Path) -> Report:
    report = Report(str(folder))
    validate_object(folder, report)
    return report


def codes(folder: Path) -> set[str]:
    return {finding.code for finding in validated(folder).findings}


def test_what_we_write_has_no_finding_at_all(archive: Archive) -> None:
    first = archive.store(FILES)
    assert validated(archive.folder).findings == []
    archive.store_next(first, NEW, removed=["data/empty"])
    assert validated(archive.folder).findings == []
    report = Report("root")
    assert validate_root(archive.storage.root / "ocfl", report) == 1
    assert report.findings == []


def write(path: Path, data: bytes = b"x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def inventory_linked(folder: Path) -> None:
    (folder / "inventory.json").rename(folder / "kept")
    (folder / "inventory.json").symlink_to("kept")


def inventory_a_pipe(folder: Path) -> None:
    (folder / "inventory.json").unlink()
    os.mkfifo(folder / "inventory.json")


def inventory_a_folder(folder: Path) -> None:
    (folder / "inventory.json").unlink()
    write(folder / "inventory.json/x")


def no_version_inventory(folder: Path) -> None:
    (folder / "v1/inventory.json").unlink()
    (folder / "v1/inventory.json.sha512").unlink()


STRUCTURE: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "no declaration": (lambda o: (o / "0=ocfl_object_1.1").unlink(), {"E003"}),
    "two declarations": (lambda o: write(o / "0=ocfl_object_1.0", b"ocfl_object_1.0\n"), {"E003"}),
    "a declaration of the future": (
        lambda o: (o / "0=ocfl_object_1.1").rename(o / "0=ocfl_object_9.0"),
        {"E004", "E007"},
    ),
    "a declaration of something else": (lambda o: write(o / "0=bagit", b"bagit\n"), {"E003", "E006"}),
    "a declaration without newline": (lambda o: write(o / "0=ocfl_object_1.1", b"ocfl_object_1.1"), {"E007"}),
    "a file in the root": (lambda o: write(o / "notes"), {"E001"}),
    "a folder in the root": (lambda o: write(o / "notes/x"), {"E001"}),
    "a version of no inventory": (lambda o: write(o / "v2/content/x"), {"E046"}),
    "a version named v0": (lambda o: write(o / "v0/content/x"), {"E001"}),
    "logs": (lambda o: write(o / "logs/2026.log"), set()),
    "a file in extensions": (lambda o: write(o / "extensions/x"), {"E067"}),
    "an unregistered extension": (lambda o: write(o / "extensions/ours/x"), {"W013"}),
    "a registered extension": (lambda o: write(o / "extensions/0005-mutable-head/x"), set()),
    "a file in a version": (lambda o: write(o / "v1/x"), {"E015"}),
    "a folder in a version": (lambda o: write(o / "v1/other/x"), {"W002"}),
    "a file no manifest names": (lambda o: write(o / "v1/content/x"), {"E023"}),
    "an empty folder": (lambda o: (o / "v1/content/x/y").mkdir(parents=True), {"E024"}),
    "no inventory": (lambda o: (o / "inventory.json").unlink(), {"E063"}),
    "no sidecar": (lambda o: (o / "inventory.json.sha512").unlink(), {"E058"}),
    "a sidecar of another algorithm": (
        lambda o: (o / "inventory.json.sha512").rename(o / "inventory.json.sha256"),
        {"E058", "E059", "E001"},
    ),
    "a sidecar of another form": (lambda o: write(o / "inventory.json.sha512", b"abc"), {"E061"}),
    "a sidecar of another digest": (
        lambda o: write(o / "inventory.json.sha512", b"ab" * 64 + b" inventory.json\n"),
        {"E060"},
    ),
    "an inventory that is no JSON": (lambda o: write(o / "inventory.json", b"{"), {"E033", "E060"}),
    "an inventory that is a list": (lambda o: write(o / "inventory.json", b"[]"), {"E033", "E060"}),
    "a version without inventory": (
        no_version_inventory,
        {"W010"},
    ),
    "a version with another inventory": (
        lambda o: write(o / "v1/inventory.json", b"{}"),
        {"E064", "E060", "E036", "E041", "E043"},
    ),
    "a lost file": (lambda o: (o / "v1/content/METS.xml").unlink(), {"E092", "E093"}),
    "an altered file": (lambda o: write(o / "v1/content/METS.xml"), {"E092", "E093"}),
    "a link": (lambda o: (o / "v1/content/link").symlink_to("METS.xml"), {"E090"}),
    "a pipe": (lambda o: os.mkfifo(o / "v1/content/pipe"), {"E090"}),
    "an inventory that is a pipe": (
        inventory_a_pipe,
        {"E063", "E090"},
    ),
    "an inventory that is a link": (
        inventory_linked,
        {"E063", "E090", "E001"},
    ),
    "an inventory that is a folder": (
        inventory_a_folder,
        {"E063", "E001"},
    ),
}


@pytest.mark.parametrize("case", STRUCTURE)
def test_each_fault_of_the_folders_has_its_code(archive: Archive, case: str) -> None:
    harm, expected = STRUCTURE[case]
    archive.store(FILES)
    harm(archive.folder)
    assert codes(archive.folder) == expected


def root_codes(archive: Archive) -> set[str]:
    report = Report("root")
    validate_root(archive.storage.root / "ocfl", report)
    return {finding.code for finding in report.findings}


def earlier_declaration(root: Path, _: Archive) -> None:
    (root / "0=ocfl_1.1").unlink()
    write(root / "0=ocfl_1.0", b"ocfl_1.0\n")


def layout_a_pipe(root: Path) -> None:
    (root / "ocfl_layout.json").unlink()
    os.mkfifo(root / "ocfl_layout.json")


def misplace(root: Path, archive: Archive) -> None:
    (root / "elsewhere").mkdir()
    archive.folder.rename(root / "elsewhere/object")


ROOT: dict[str, tuple[Callable[[Path, Archive], object], set[str]]] = {
    "no declaration": (lambda r, a: (r / "0=ocfl_1.1").unlink(), {"E069"}),
    "two declarations": (lambda r, a: write(r / "0=ocfl_1.0", b"ocfl_1.0\n"), {"E076"}),
    "an unknown declaration": (lambda r, a: (r / "0=ocfl_1.1").rename(r / "0=ocfl_3.0"), {"E077", "E080"}),
    "a declaration of another kind": (
        lambda r, a: (r / "0=ocfl_1.1").rename(r / "0=ocfl_x"),
        {"E079"},
    ),
    "a declaration without newline": (lambda r, a: write(r / "0=ocfl_1.1", b"ocfl_1.1"), {"E080"}),
    "an earlier declaration": (
        earlier_declaration,
        {"E081"},
    ),
    "a layout that is no JSON": (lambda r, a: write(r / "ocfl_layout.json", b"["), {"E070"}),
    "a layout that is a pipe": (lambda r, a: layout_a_pipe(r), {"E070"}),
    "a layout without description": (
        lambda r, a: write(
            r / "ocfl_layout.json", b'{"extension": "0003-hash-and-id-n-tuple-storage-layout"}'
        ),
        {"E070"},
    ),
    "an unknown layout": (
        lambda r, a: write(r / "ocfl_layout.json", b'{"extension": "ours", "description": ""}'),
        {"E071"},
    ),
    "an extension of another kind": (
        lambda r, a: write(
            r / "ocfl_layout.json", b'{"extension": "0008-schema-registry", "description": ""}'
        ),
        {"LUUTRU-OCFL"},
    ),
    "a file between": (lambda r, a: write(r / "abc/notes"), {"E072"}),
    "an empty folder": (lambda r, a: (r / "abc").mkdir(), {"E073"}),
    "a file in the root": (lambda r, a: write(r / "README.md"), set()),
    "a link": (lambda r, a: (r / "abc").symlink_to("/"), {"E090"}),
    "a file in extensions": (lambda r, a: write(r / "extensions/x"), {"E112"}),
    "an unregistered extension": (lambda r, a: write(r / "extensions/ours/x"), {"W016"}),
    "an object in another place": (misplace, {"E083"}),
    "a broken object": (lambda r, a: write(a.folder / "v1/content/METS.xml"), {"E092", "E093"}),
}


@pytest.mark.parametrize("case", ROOT)
def test_each_fault_of_a_storage_root_has_its_code(archive: Archive, case: str) -> None:
    harm, expected = ROOT[case]
    archive.store(FILES)
    harm(archive.storage.root / "ocfl", archive)
    found = root_codes(archive)
    if case == "an object in another place":
        found -= {"E073"}  # the folders it left behind
    assert found == expected


def test_one_bit_among_many_files(archive: Archive) -> None:
    """Enough files that processes of their own read them while the inventory is parsed."""
    files = {f"data/{number:04}": b"%d" % number for number in range(1200)}
    archive.store(files)
    assert validated(archive.folder).findings == []
    write(archive.folder / "v1/content/data/0777", b"776")
    (archive.folder / "v1/content/data/0888").unlink()
    found = {(finding.rule, finding.location) for finding in validated(archive.folder).findings}
    assert found == {
        ("E092", "v1/content/data/0777"),
        ("E093", "v1/content/data/0777"),
        ("E092/missing", "v1/content/data/0888"),
        ("E093/missing", "v1/content/data/0888"),
    }


def test_progress_covers_every_content_file(archive: Archive) -> None:
    archive.store(FILES)
    told: list[tuple[int, int]] = []
    validate_root(archive.storage.root / "ocfl", Report("root"), progress=lambda *done: told.append(done))
    content = [path for path in archive.folder.rglob("*") if path.is_file() and path.name != "inventory.json"]
    read = [sum(column) for column in zip(*told, strict=True)]
    assert read == [len(content), sum(path.stat().st_size for path in content)]


def test_algorithms_that_only_an_earlier_inventory_uses_are_compared_too(archive: Archive) -> None:
    archive.store_next(archive.store(FILES), NEW)
    place = archive.folder / "v1/inventory.json"
    value = json.loads(place.read_bytes())
    value["fixity"] = {
        "blake2b-160": {"ab" * 20: ["v1/content/METS.xml"]},
        "size": {"9": ["v1/content/METS.xml"]},
    }
    data = json.dumps(value).encode()
    write(place, data)
    write(
        place.with_name("inventory.json.sha512"),
        f"{hashlib.sha512(data).hexdigest()} inventory.json".encode(),
    )
    found = [
        (finding.rule, dict(finding.parameters)["algorithm"])
        for finding in validated(archive.folder).findings
    ]
    assert sorted(found) == [("E093", "blake2b-160"), ("E093", "size")]


def test_findings_of_an_object_are_located_in_the_root(archive: Archive) -> None:
    archive.store(FILES)
    write(archive.folder / "v1/content/METS.xml")
    report = Report("root")
    validate_root(archive.storage.root / "ocfl", report)
    within = archive.path.removeprefix("ocfl/")
    assert {finding.location for finding in report.findings} == {f"{within}/v1/content/METS.xml"}


def test_a_folder_that_is_no_root_is_told(tmp_path: Path) -> None:
    report = Report("nothing")
    assert validate_root(tmp_path / "absent", report) == 0
    assert not report.valid
