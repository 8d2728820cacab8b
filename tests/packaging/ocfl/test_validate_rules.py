"""Every rule of the OCFL catalogue is broken by an object or a storage root; none is there for show."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.rules import catalogue
from luutru.packaging.ocfl.layout import flat_omit_prefix, layout_files
from luutru.packaging.ocfl.validate import validate_object, validate_root

if TYPE_CHECKING:
    from tests.packaging.ocfl.conftest import Archive

Words = dict[str, Any]

METS = "v1/content/METS.xml"
FILES = {"METS.xml": b"<mets/>", "data/To trinh.pdf": b"%PDF", "data/empty": b""}
SHA512 = {path: hashlib.sha512(data).hexdigest() for path, data in FILES.items()}
FIRST = SHA512["METS.xml"]


def write(path: Path, data: bytes | str = b"x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def seal(place: Path, value: Words) -> None:
    """Write an inventory with its sidecar, so that only its words are wrong."""
    data = json.dumps(value).encode()
    algorithm = value.get("digestAlgorithm")
    name = algorithm if algorithm in ("sha512", "sha256") else "sha512"
    for sidecar in place.glob("inventory.json.*"):
        sidecar.unlink()
    write(place / "inventory.json", data)
    write(
        place / f"inventory.json.{algorithm or 'sha512'}",
        f"{hashlib.new(name, data).hexdigest()} inventory.json\n",
    )


def block(value: Words) -> Words:
    version: Words = value["versions"]["v1"]
    return version


def swap(value: Words, new: str) -> None:
    """Another digest for the first file, wherever it stands."""
    value["manifest"][new] = value["manifest"].pop(FIRST)
    block(value)["state"][new] = block(value)["state"].pop(FIRST)


def no_inventory(folder: Path) -> None:
    for path in folder.glob("inventory.json*"):
        path.unlink()


def as_1_0(folder: Path) -> None:
    (folder / "0=ocfl_object_1.1").unlink()
    write(folder / "0=ocfl_object_1.0", "ocfl_object_1.0\n")


# What is done to the folder of an object of one version.
FOLDER: dict[str, Callable[[Path], object]] = {
    "E001/file": lambda o: write(o / "notes.txt"),
    "E001/folder": lambda o: write(o / "notes/x"),
    "E003": lambda o: (o / "0=ocfl_object_1.1").unlink(),
    "E003/several": lambda o: write(o / "0=ocfl_object_1.0", "ocfl_object_1.0\n"),
    "E004": lambda o: (o / "0=ocfl_object_1.1").rename(o / "0=ocfl_object_9.0"),
    "E005": lambda o: write(o / "1=ocfl_object_1.1", "ocfl_object_1.1\n"),
    "E006": lambda o: write(o / "0=ocfl_thing", "ocfl_thing\n"),
    "E007": lambda o: write(o / "0=ocfl_object_1.1", "ocfl_object_1.1"),
    "E015": lambda o: write(o / "v1/x"),
    "E016": lambda o: (o / "v1/content").rename(o / "v1/inhalt"),
    "E023": lambda o: write(o / "v1/content/x"),
    "E024": lambda o: (o / "v1/content/x").mkdir(),
    "E033": lambda o: write(o / "inventory.json", "{"),
    "E046/unknown": lambda o: write(o / "v2/content/x"),
    "E058": lambda o: (o / "inventory.json.sha512").unlink(),
    "E059": lambda o: (o / "inventory.json.sha512").rename(o / "inventory.json.sha256"),
    "E060": lambda o: write(o / "inventory.json.sha512", "ab" * 64 + " inventory.json"),
    "E061": lambda o: write(o / "inventory.json.sha512", "ab" * 64),
    "E063": lambda o: (o / "inventory.json").unlink(),
    "E064": lambda o: write(o / "v1/inventory.json", (o / "inventory.json").read_bytes() + b" "),
    "E067": lambda o: write(o / "extensions/x"),
    "E090": lambda o: (o / "v1/content/link").symlink_to("METS.xml"),
    "E092": lambda o: write(o / METS),
    "E092/missing": lambda o: (o / METS).unlink(),
    "E093": lambda o: write(o / METS),
    "E093/missing": lambda o: (o / METS).unlink(),
    "W002": lambda o: write(o / "v1/other/x"),
    "W010": lambda o: no_inventory(o / "v1"),
    "W013": lambda o: write(o / "extensions/ours/x"),
}

# What is done to the inventory, in the root and in version 1 alike.
INVENTORY: dict[str, Callable[[Words], object]] = {
    "E008": lambda v: v.update(versions={}),
    "E009": lambda v: v.update(versions={"v2": block(v)}),
    "E010": lambda v: v["versions"].update(v3=block(v)),
    "E011": lambda v: v.update(versions={"v01": block(v), "v2": block(v)}),
    "E012": lambda v: v.update(versions={"v01": block(v), "v002": block(v)}),
    "E013": lambda v: v.update(versions={"v01": block(v), "v002": block(v)}),
    "E014": lambda v: v["manifest"].update({FIRST: ["v01/content/METS.xml"]}),
    "E017": lambda v: v.update(contentDirectory="a/b"),
    "E018": lambda v: v.update(contentDirectory=".."),
    "E025": lambda v: v.update(digestAlgorithm="md5"),
    "E029": lambda v: v.update(fixity={"sha1": {"xy": [METS]}}),
    "E030": lambda v: v.update(fixity={"sha256": {"xy": [METS]}}),
    "E031": lambda v: swap(v, "xy"),
    "E032": lambda v: v.update(fixity={"blake2b-512": {"xy": [METS]}}),
    "E035": lambda v: v["manifest"].update({FIRST: ["v1\\content\\METS.xml"]}),
    "E036": lambda v: v.pop("id"),
    "E037/empty": lambda v: v.update(id=""),
    "E038": lambda v: v.update(type="https://ocfl.io/1.0/spec/#inventory"),
    "E038/unknown": lambda v: v.update(type="https://ocfl.io/7.0/spec/#inventory"),
    "E039": lambda v: swap(v, "ab" * 32),
    "E040": lambda v: v.update(head="v7"),
    "E041": lambda v: v.pop("manifest"),
    "E042": lambda v: v["manifest"].update({FIRST: ["METS.xml"]}),
    "E043": lambda v: v.pop("versions"),
    "E044": lambda v: v.update(versions=[]),
    "E045": lambda v: v.update(versions=[]),
    "E046/no-folder": lambda v: v["versions"].update(v2=block(v)),
    "E047": lambda v: v["versions"].update(v1=[]),
    "E048": lambda v: block(v).pop("created"),
    "E049": lambda v: block(v).update(created="1 March"),
    "E049/seconds": lambda v: block(v).update(created="2026-03-01T08:30Z"),
    "E049/zone": lambda v: block(v).update(created="2026-03-01T08:30:00"),
    "E050": lambda v: block(v)["state"].update({"ab" * 64: ["x"]}),
    "E050/not-an-object": lambda v: block(v).update(state=[]),
    "E050/not-a-list": lambda v: block(v)["state"].update({FIRST: "METS.xml"}),
    "E052": lambda v: block(v)["state"][FIRST].append("a//b"),
    "E053": lambda v: block(v)["state"][FIRST].append("/a"),
    "E054": lambda v: block(v).update(user={}),
    "E054/address": lambda v: block(v).update(user={"name": "A", "address": 1}),
    "E056": lambda v: v.update(fixity={"crc32": {}}),
    "E057/not-an-object": lambda v: v.update(fixity={"md5": []}),
    "E057/not-a-list": lambda v: v.update(fixity={"md5": {"ab" * 16: METS}}),
    "E057/digest": lambda v: v.update(fixity={"md5": {"xy": [METS]}}),
    "E057/not-in-manifest": lambda v: v.update(fixity={"md5": {"ab" * 16: ["v1/content/x"]}}),
    "E092/not-a-list": lambda v: v["manifest"].update({FIRST: METS}),
    "E093/twice": lambda v: v.update(fixity={"md5": {"ab" * 16: [METS], "cd" * 16: [METS]}}),
    "E094": lambda v: block(v).update(message=1),
    "E095/twice": lambda v: block(v)["state"][FIRST].append("METS.xml"),
    "E095/conflict": lambda v: block(v)["state"][FIRST].append("data"),
    "E096": lambda v: v["manifest"].update({FIRST.upper(): [METS]}),
    "E097": lambda v: v.update(fixity={"md5": {"ab" * 16: [METS], "AB" * 16: [METS]}}),
    "E099": lambda v: v["manifest"][FIRST].append("v1/content/./x"),
    "E100": lambda v: v["manifest"][FIRST].append("/v1/content/x"),
    "E101/twice": lambda v: v["manifest"][FIRST].append(METS),
    "E101/conflict": lambda v: v["manifest"][FIRST].append("v1/content/data"),
    "E102": lambda v: v.update(colour="red"),
    "E104": lambda v: v["versions"].update({"2": block(v)}),
    "E105": lambda v: v["versions"].update({"v0": block(v)}),
    "E106": lambda v: v.update(manifest=[]),
    "E107": lambda v: v["manifest"].update({"ab" * 64: [METS]}),
    "E108": lambda v: v.update(contentDirectory=""),
    "E111": lambda v: v.update(fixity=None),
    "W001": lambda v: v.update(versions={"v01": block(v)}),
    "W004": lambda v: v.update(digestAlgorithm="sha256"),
    "W005": lambda v: v.update(id="hồ sơ 1"),
    "W007": lambda v: block(v).pop("message"),
    "W008": lambda v: block(v).update(user={"name": "A"}),
    "W009": lambda v: block(v).update(user={"name": "A", "address": "Hà Nội"}),
}

# The same to an object of OCFL 1.0, where 1.1 has a code that 1.0 does not know.
EARLIER: dict[str, Callable[[Words], object]] = {
    "E017/empty": INVENTORY["E108"],
    "E046/name": INVENTORY["E104"],
    "E050/unused": INVENTORY["E107"],
    "E057/fixity": INVENTORY["E111"],
    "E092/not-an-object": INVENTORY["E106"],
}

# What is done to the inventory that version 1 of an object of two versions keeps.
PRIOR: dict[str, Callable[[Words], object]] = {
    "E019": lambda v: v.pop("contentDirectory"),
    "E037": lambda v: v.update(id="urn:other"),
    "E040/directory": lambda v: (v.update(head="v2"), v["versions"].update(v2=block(v))),
    "E066": lambda v: block(v)["state"][FIRST].append("more"),
    "E066/lacking": lambda v: (v.update(head="v9"), v["versions"].update(v9=block(v))),
    "E110": lambda v: v.update(id="urn:other"),
    "W011": lambda v: block(v).update(message="khác"),
}


def lay_out(root: Path, layout: str) -> None:
    write(root / "ocfl_layout.json", json.dumps({"extension": layout, "description": ""}))


def move(root: Path, archive: Archive, place: str) -> None:
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    archive.folder.rename(root / place)


def copy_of(root: Path, archive: Archive) -> None:
    for path in archive.folder.rglob("*"):
        if path.is_file():
            write(root / "copy" / path.relative_to(archive.folder), path.read_bytes())


def other_object(root: Path) -> None:
    write(root / "one/0=ocfl_object_1.1", "ocfl_object_1.1\n")


def root_1_0(root: Path) -> None:
    (root / "0=ocfl_1.1").unlink()
    write(root / "0=ocfl_1.0", "ocfl_1.0\n")


def extended_1_0(root: Path) -> None:
    root_1_0(root)
    write(root / "extensions/x")


ROOT: dict[str, Callable[[Path, Archive], object]] = {
    "E037/twice": copy_of,
    "E069": lambda r, a: (r / "0=ocfl_1.1").unlink(),
    "E070": lambda r, a: write(r / "ocfl_layout.json", "{}"),
    "E070/not-an-object": lambda r, a: write(r / "ocfl_layout.json", "["),
    "E071": lambda r, a: lay_out(r, "ours"),
    "E072": lambda r, a: write(r / "abc/notes"),
    "E073": lambda r, a: (r / "abc").mkdir(),
    "E076": lambda r, a: write(r / "0=ocfl_1.0", "ocfl_1.0\n"),
    "E077": lambda r, a: (r / "0=ocfl_1.1").rename(r / "0=ocfl_3.0"),
    "E078": lambda r, a: (r / "0=ocfl_1.1").rename(r / "1=ocfl_1.1"),
    "E079": lambda r, a: (r / "0=ocfl_1.1").rename(r / "0=ocfl_x"),
    "E080": lambda r, a: write(r / "0=ocfl_1.1", "ocfl_1.1"),
    "E081": lambda r, a: root_1_0(r),
    "E083": lambda r, a: move(r, a, "elsewhere/object"),
    "E086": lambda r, a: extended_1_0(r),
    "E112": lambda r, a: write(r / "extensions/x"),
    "W015": lambda r, a: other_object(r),
    "W016": lambda r, a: write(r / "extensions/ours/x"),
    "LUUTRU-OCFL/layout": lambda r, a: lay_out(r, "0008-schema-registry"),
}

# Those that have a test of their own below.
ALONE = {"E020", "E050/twice", "E103", "W003", "LUUTRU-OCFL/unreadable"}


def of_object(folder: Path) -> set[str]:
    report = Report(str(folder))
    validate_object(folder, report)
    for finding in report.findings:
        assert "{" not in finding.message("vi") + finding.message("en")
    return {finding.rule for finding in report.findings}


def of_root(archive: Archive) -> set[str]:
    report = Report("root")
    validate_root(archive.storage.root / "ocfl", report)
    return {finding.rule for finding in report.findings}


def test_every_rule_of_the_catalogue_is_broken_here() -> None:
    broken = [*FOLDER, *INVENTORY, *EARLIER, *PRIOR, *ROOT, *ALONE]
    rules = {rule for rule in catalogue() if rule[0] in "EW" and rule[1:4].isdigit()}
    assert set(broken) == rules | {"LUUTRU-OCFL/layout", "LUUTRU-OCFL/unreadable"}
    assert len(broken) == len(set(broken))


@pytest.mark.parametrize("rule", FOLDER)
def test_folders(archive: Archive, rule: str) -> None:
    archive.store(FILES)
    FOLDER[rule](archive.folder)
    assert rule in of_object(archive.folder)


@pytest.mark.parametrize("rule", INVENTORY)
def test_inventories(archive: Archive, rule: str) -> None:
    archive.store(FILES)
    value = json.loads((archive.folder / "inventory.json").read_bytes())
    INVENTORY[rule](value)
    seal(archive.folder, value)
    seal(archive.folder / "v1", value)
    assert rule in of_object(archive.folder)


@pytest.mark.parametrize("rule", EARLIER)
def test_inventories_of_1_0_get_codes_of_1_0(archive: Archive, rule: str) -> None:
    archive.store(FILES)
    as_1_0(archive.folder)
    value = json.loads((archive.folder / "inventory.json").read_bytes())
    value["type"] = "https://ocfl.io/1.0/spec/#inventory"
    EARLIER[rule](value)
    seal(archive.folder, value)
    seal(archive.folder / "v1", value)
    found = of_object(archive.folder)
    assert rule in found
    assert {code for code in found if code >= "E103" and code[0] == "E"} == set()


def two_versions(archive: Archive) -> Words:
    archive.store_next(archive.store(FILES), {"data/new": b"new"})
    value: Words = json.loads((archive.folder / "v1/inventory.json").read_bytes())
    return value


@pytest.mark.parametrize("rule", PRIOR)
def test_earlier_inventories(archive: Archive, rule: str) -> None:
    value = two_versions(archive)
    PRIOR[rule](value)
    seal(archive.folder / "v1", value)
    assert rule in of_object(archive.folder)


@pytest.mark.parametrize("rule", ROOT)
def test_storage_roots(archive: Archive, rule: str) -> None:
    archive.store(FILES)
    ROOT[rule](archive.storage.root / "ocfl", archive)
    assert rule in of_root(archive)


def test_the_content_folder_never_changes_its_name(archive: Archive) -> None:
    value = two_versions(archive)
    value["contentDirectory"] = "inhalt"
    newest = json.loads((archive.folder / "inventory.json").read_bytes())
    del newest["contentDirectory"]
    seal(archive.folder / "v1", value)
    seal(archive.folder / "v2", newest)
    seal(archive.folder, newest)
    assert "E020" in of_object(archive.folder)


def test_a_later_version_follows_no_earlier_specification(archive: Archive) -> None:
    two_versions(archive)
    as_1_0(archive.folder)
    newest = json.loads((archive.folder / "inventory.json").read_bytes())
    newest["type"] = "https://ocfl.io/1.0/spec/#inventory"
    seal(archive.folder / "v2", newest)
    seal(archive.folder, newest)
    assert "E103" in of_object(archive.folder)


def test_a_digest_twice_in_a_state(archive: Archive) -> None:
    archive.store(FILES)
    text = (archive.folder / "inventory.json").read_text()
    head, mark, tail = text.partition('"state"')
    twice = tail.replace("{", f'{{"{FIRST}": ["twice.xml"], ', 1)
    (archive.folder / "inventory.json").write_text(head + mark + twice)
    assert "E050/twice" in of_object(archive.folder)


def test_a_version_without_files_has_no_content_folder(archive: Archive) -> None:
    archive.store_next(archive.store(FILES), {}, removed=["data/empty"])
    assert of_object(archive.folder) == set()
    (archive.folder / "v2/content").mkdir()
    assert of_object(archive.folder) == {"W003"}


@pytest.mark.parametrize("what", ["inventory.json", METS])
def test_a_file_that_cannot_be_read_is_told_once(
    archive: Archive, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.store(FILES)
    plain_open, plain_path_open = os.open, Path.open

    def refuse(path: Any, *rest: Any, **more: Any) -> int:
        if str(path).endswith(f"{archive.folder.name}/{what}"):
            raise PermissionError(13, "Permission denied")
        return plain_open(path, *rest, **more)

    def refuse_path(path: Path, *rest: Any, **more: Any) -> Any:
        if str(path).endswith(f"{archive.folder.name}/{what}"):
            raise PermissionError(13, "Permission denied")
        return plain_path_open(path, *rest, **more)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(Path, "open", refuse_path)
    report = Report("object")
    validate_object(archive.folder, report)
    assert report.count("LUUTRU-OCFL/unreadable") == 1 and not report.valid


def test_a_layout_is_configured_by_its_own_file(archive: Archive) -> None:
    archive.store(FILES)
    root = archive.storage.root / "ocfl"
    for path, data in layout_files(flat_omit_prefix("urn:uuid:")).items():
        write(root / path, data)
    assert "E083" in of_root(archive)
    place = archive.object_id.removeprefix("urn:uuid:")
    move(root, archive, place)
    assert of_root(archive) - {"E073"} == set()  # the folders it left behind
    config = root / "extensions/0006-flat-omit-prefix-storage-layout/config.json"
    for broken in (b"[", b'{"extensionName": "0002-flat-direct-storage-layout"}', b'{"delimiter": ""}'):
        config.write_bytes(broken)
        assert "LUUTRU-OCFL/layout" in of_root(archive)
