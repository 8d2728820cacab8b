"""Each fault of an OCFL inventory is reported under its code, and none makes the validator fail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.examine_block import conflicts
from luutru.packaging.ocfl.validate import validate_object

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


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object], version: str = "v1") -> None:
    """Change both copies of an inventory, with their sidecars: only the content is wrong then."""
    value = json.loads((folder / "inventory.json").read_bytes())
    change(value)
    data = json.dumps(value).encode()
    algorithm = value.get("digestAlgorithm", "sha512")
    for place in (folder, folder / version):
        for sidecar in place.glob("inventory.json.*"):
            sidecar.unlink()
        (place / "inventory.json").write_bytes(data)
        name = algorithm if algorithm in ("sha512", "sha256", "md5") else "sha512"
        digest = hashlib.new(name, data).hexdigest()
        (place / f"inventory.json.{algorithm}").write_text(f"{digest} inventory.json\n")


def block(value: dict[str, Any]) -> dict[str, Any]:
    version: dict[str, Any] = value["versions"]["v1"]
    return version


def first(value: dict[str, list[str]]) -> str:
    return next(iter(value))


def rename_key(value: dict[str, Any], old: str, new: str) -> None:
    value[new] = value.pop(old)


def rename_digest(value: dict[str, Any], new: str) -> None:
    old = first(value["manifest"])
    rename_key(value["manifest"], old, new)
    rename_key(block(value)["state"], old, new)


INVENTORY: dict[str, tuple[Callable[[dict[str, Any]], object], set[str]]] = {
    "no id": (lambda v: v.pop("id"), {"E036"}),
    "no type": (lambda v: v.pop("type"), {"E036"}),
    "no head": (lambda v: v.pop("head"), {"E036"}),
    "id empty": (lambda v: v.update(id=""), {"E037"}),
    "id a number": (lambda v: v.update(id=7), {"E037"}),
    "id no URI": (lambda v: v.update(id="hồ sơ 1"), {"W005"}),
    "type of no specification": (lambda v: v.update(type="inventory"), {"E038"}),
    "type of a later specification": (
        lambda v: v.update(type="https://ocfl.io/7.0/spec/#inventory"),
        {"E038"},
    ),
    "type of an earlier one": (lambda v: v.update(type="https://ocfl.io/1.0/spec/#inventory"), {"E038"}),
    "md5": (lambda v: v.update(digestAlgorithm="md5"), {"E025"}),
    "head not a version": (lambda v: v.update(head="1"), {"E040"}),
    "head a number": (lambda v: v.update(head=1), {"E040"}),
    "content folder below": (lambda v: v.update(contentDirectory="a/b"), {"E017", "E042"}),
    "content folder above": (lambda v: v.update(contentDirectory=".."), {"E018", "E042"}),
    "content folder empty": (lambda v: v.update(contentDirectory=""), {"E108", "E042"}),
    "a key of no meaning": (lambda v: v.update(colour="red"), {"E102"}),
    "no manifest": (lambda v: v.pop("manifest"), {"E041"}),
    "manifest a list": (lambda v: v.update(manifest=[]), {"E106"}),
    "no versions": (lambda v: v.pop("versions"), {"E041", "E040"}),
    "versions a list": (lambda v: v.update(versions=[]), {"E044"}),
    "no version": (lambda v: v.update(versions={}), {"E008"}),
    "fixity null": (lambda v: v.update(fixity=None), {"E111"}),
    "fixity by an unknown algorithm": (lambda v: v["fixity"].update(crc32={}), {"E056"}),
    "fixity block a list": (lambda v: v["fixity"].update(md5=[]), {"E057"}),
    "fixity digest too short": (
        lambda v: rename_key(v["fixity"]["md5"], first(v["fixity"]["md5"]), "ab"),
        {"E057"},
    ),
    "fixity of no file": (
        lambda v: v["fixity"]["md5"].update({"ab" * 16: ["v1/content/x"]}),
        {"E057", "E093"},
    ),
    "fixity path a text": (lambda v: v["fixity"]["md5"].update({"ab" * 16: "v1/content/METS.xml"}), {"E057"}),
    "fixity digest twice": (
        lambda v: v["fixity"]["md5"].update({first(v["fixity"]["md5"]).upper(): ["v1/content/METS.xml"]}),
        {"E097"},
    ),
    "fixity value wrong": (
        lambda v: rename_key(v["fixity"]["md5"], first(v["fixity"]["md5"]), "ab" * 16),
        {"E093"},
    ),
    "size of a file": (lambda v: v["fixity"].update(size={"99": ["v1/content/METS.xml"]}), {"E093"}),
    "version named badly": (lambda v: rename_key(v["versions"], "v1", "x"), {"E104", "E040", "E046"}),
    "no first version": (lambda v: rename_key(v["versions"], "v1", "v2"), {"E009", "E040", "E046"}),
    "version a list": (lambda v: v["versions"].update(v1=[]), {"E047"}),
    "no time": (lambda v: block(v).pop("created"), {"E048"}),
    "no state": (lambda v: block(v).pop("state"), {"E048", "E107"}),
    "time of no day": (lambda v: block(v).update(created="2026-02-30T00:00:00Z"), {"E049"}),
    "time a number": (lambda v: block(v).update(created=2026), {"E049"}),
    "time without zone": (lambda v: block(v).update(created="2026-02-03T00:00:00"), {"E049"}),
    "time without seconds": (lambda v: block(v).update(created="2026-02-03T00:00Z"), {"E049"}),
    "state not in manifest": (lambda v: block(v)["state"].update({"ab" * 64: ["x"]}), {"E050"}),
    "state a text": (lambda v: block(v).update(state="none"), {"E050"}),
    "state path a text": (lambda v: block(v)["state"].update({first(block(v)["state"]): "x"}), {"E050"}),
    "logical path goes up": (lambda v: block(v)["state"][first(block(v)["state"])].append("../x"), {"E052"}),
    "logical path absolute": (lambda v: block(v)["state"][first(block(v)["state"])].append("/x"), {"E053"}),
    "logical path empty": (lambda v: block(v)["state"][first(block(v)["state"])].append(""), {"E052"}),
    "logical path twice": (
        lambda v: block(v)["state"][first(block(v)["state"])].append("METS.xml"),
        {"E095"},
    ),
    "logical path a folder": (lambda v: block(v)["state"][first(block(v)["state"])].append("data"), {"E095"}),
    "user a text": (lambda v: block(v).update(user="A"), {"E054"}),
    "user without name": (lambda v: block(v).update(user={"address": "mailto:a@b"}), {"E054"}),
    "user without address": (lambda v: block(v).update(user={"name": "A"}), {"W008"}),
    "user's address no URI": (lambda v: block(v).update(user={"name": "A", "address": "Hà Nội"}), {"W009"}),
    "user's address a list": (lambda v: block(v).update(user={"name": "A", "address": []}), {"E054"}),
    "no user": (lambda v: block(v).pop("user"), {"W007"}),
    "message a list": (lambda v: block(v).update(message=[]), {"E094"}),
    "content path goes up": (
        lambda v: v["manifest"][first(v["manifest"])].append("v1/content/../x"),
        {"E099", "E092"},
    ),
    "content path absolute": (
        lambda v: v["manifest"][first(v["manifest"])].append("/x"),
        {"E100", "E042", "E092"},
    ),
    "content path twice": (
        lambda v: v["manifest"][first(v["manifest"])].append("v1/content/METS.xml"),
        {"E101"},
    ),
    "content path a folder": (
        lambda v: v["manifest"][first(v["manifest"])].append("v1/content/data"),
        {"E101", "E092"},
    ),
    "content path a number": (lambda v: v["manifest"][first(v["manifest"])].append(7), {"E092"}),
    "manifest digest twice": (
        lambda v: v["manifest"].update({first(v["manifest"]).upper(): ["v1/content/METS.xml"]}),
        {"E096"},
    ),
    "manifest digest not hexadecimal": (
        lambda v: rename_digest(v, "xy"),
        {"E031"},
    ),
    "manifest digest of no version": (
        lambda v: v["manifest"].update({"ab" * 64: ["v1/content/METS.xml"]}),
        {"E107"},
    ),
}


@pytest.mark.parametrize("case", INVENTORY)
def test_each_fault_of_an_inventory_has_its_code(archive: Archive, case: str) -> None:
    change, expected = INVENTORY[case]
    archive.store(FILES)
    rewrite(archive.folder, change)
    report = validated(archive.folder)
    assert expected <= {finding.code for finding in report.findings}
    assert report.valid == all(code.startswith("W") for code in expected)


def prior(archive: Archive, change: Callable[[dict[str, Any]], object]) -> set[str]:
    """The codes of an object whose version 1 keeps a changed inventory."""
    archive.store_next(archive.store(FILES), NEW)
    place = archive.folder / "v1/inventory.json"
    value = json.loads(place.read_bytes())
    change(value)
    data = json.dumps(value).encode()
    place.write_bytes(data)
    sidecar = f"{hashlib.sha512(data).hexdigest()} inventory.json\n"
    place.with_name("inventory.json.sha512").write_text(sidecar)
    return codes(archive.folder)


PRIOR: dict[str, tuple[Callable[[dict[str, Any]], object], set[str]]] = {
    "another identifier": (lambda v: v.update(id="urn:other"), {"E037", "E110"}),
    "another head": (
        lambda v: (v.update(head="v2"), v["versions"].update(v2=block(v))),
        {"E040", "E066", "W011"},
    ),
    "another state": (
        lambda v: block(v)["state"][first(block(v)["state"])].append("more"),
        {"E066"},
    ),
    "another message": (lambda v: block(v).update(message="khác"), {"W011"}),
    "another digest": (
        lambda v: rename_digest(v, "ab" * 64),
        {"E066", "E092"},
    ),
    "no content folder set": (lambda v: v.pop("contentDirectory"), {"E019"}),
    "a file left out": (
        lambda v: (v["manifest"].pop(k := first(v["manifest"])), block(v)["state"].pop(k), v.pop("fixity")),
        {"E023", "E066"},
    ),
    "an earlier specification": (lambda v: v.update(type="https://ocfl.io/1.0/spec/#inventory"), set()),
}


@pytest.mark.parametrize("case", PRIOR)
def test_an_earlier_inventory_may_not_contradict_the_present_one(archive: Archive, case: str) -> None:
    change, expected = PRIOR[case]
    assert prior(archive, change) == expected


@settings(max_examples=40)
@given(data=st.data())
def test_any_inventory_gives_a_report(new_archive: Callable[[Path], Archive], data: st.DataObject) -> None:
    """Whatever JSON stands in the place of the parts of an inventory, nothing is raised."""
    junk = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )
    parts = ["id", "type", "head", "manifest", "versions", "fixity", "contentDirectory", "digestAlgorithm"]
    with TemporaryDirectory() as folder:
        archive = new_archive(Path(folder))
        archive.store(FILES)

        def change(value: dict[str, Any]) -> None:
            target = data.draw(st.sampled_from([value, block(value), value["fixity"]]))
            for part in data.draw(st.lists(st.sampled_from([*parts, *target]), min_size=1, max_size=3)):
                target[part] = data.draw(junk)

        value = json.loads((archive.folder / "inventory.json").read_bytes())
        change(value)
        text = json.dumps(value).encode()
        for place in ("inventory.json", "v1/inventory.json"):
            (archive.folder / place).write_bytes(text)
        assert not validated(archive.folder).valid


@given(st.lists(st.text("ab/", min_size=1, max_size=8), max_size=12, unique=True))
def test_conflicts_are_found_alike_among_short_and_long_paths(paths: list[str]) -> None:
    plain = [path for path in paths if not path.startswith("/") and "//" not in path and path[-1] != "/"]
    expected = {path for path in plain if any(other.startswith(f"{path}/") for other in plain)}
    assert set(conflicts(plain)) == expected
    assert set(conflicts([*plain, "x" * 5000])) == expected
