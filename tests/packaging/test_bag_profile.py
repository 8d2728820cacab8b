"""Bags held against BagIt profiles: each key is broken by a real bag."""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luutru.metadata_profiles.finding import Report, Severity
from luutru.metadata_profiles.profile_registry import find_profile
from luutru.packaging.package import validate_path
from luutru.packaging.unpack import Limits

URI = "https://example.org/profile-1.json"
Profile = dict[str, Any]


def profile(**more: Any) -> Profile:
    """A profile that the bag below follows; a key's underscores are hyphens."""
    return {
        "BagIt-Profile-Info": {
            "BagIt-Profile-Identifier": URI,
            "BagIt-Profile-Version": "1.4.0",
            "Source-Organization": "Chi cục Văn thư - Lưu trữ",
            "External-Description": "Túi thử",
            "Version": "1",
        },
        "Bag-Info": {"Source-Organization": {"required": True, "values": ["Sở Nội vụ"], "repeatable": False}},
        "Manifests-Required": ["sha256"],
        "Accept-Serialization": ["application/zip"],
        "Accept-BagIt-Version": ["1.0"],
        **{key.replace("_", "-"): value for key, value in more.items()},
    }


class Draft:
    """A valid bag that follows the profile, as a dict of files, to be broken and then written."""

    def __init__(self) -> None:
        self.payload = {"data/công văn.txt": "Kính gửi\n".encode(), "data/ảnh/1.bin": bytes(range(9))}
        self.info = [("BagIt-Profile-Identifier", URI), ("Source-Organization", "Sở Nội vụ")]
        self.files = {"bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"}
        self.algorithms = ["sha256"]
        self.tag_algorithms: list[str] = []
        self.fetch = ""

    def written(self) -> dict[str, bytes]:
        files = {**self.payload, **self.files}
        if self.info:
            files["bag-info.txt"] = "".join(f"{key}: {value}\n" for key, value in self.info).encode()
        if self.fetch:
            files["fetch.txt"] = self.fetch.encode()
        for name in self.algorithms:
            files[f"manifest-{name}.txt"] = manifest(self.payload, name)
        tags = {path: data for path, data in files.items() if not path.startswith("data/")}
        for name in self.tag_algorithms:
            files[f"tagmanifest-{name}.txt"] = manifest(tags, name)
        return files

    def write(self, folder: Path) -> Path:
        (folder / "bag" / "data").mkdir(parents=True)
        for path, data in self.written().items():
            place = folder / "bag" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return folder / "bag"


def manifest(files: dict[str, bytes], algorithm: str) -> bytes:
    lines = (f"{hashlib.new(algorithm, data).hexdigest()}  {path}\n" for path, data in files.items())
    return "".join(lines).encode()


def judged(bag: Path, asked: Profile, folder: Path) -> Report:
    path = folder / "asked.json"
    path.write_text(json.dumps(asked), encoding="utf-8")
    return validate_path(bag, limits=Limits(), profiles=[find_profile(path)])


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings if finding.rule.startswith("BP-")}


def test_a_bag_that_follows_its_profile_is_valid_and_says_by_what_it_was_judged(tmp_path: Path) -> None:
    report = judged(Draft().write(tmp_path), profile(), tmp_path)
    assert report.valid and not report.findings
    (said,) = report.as_json()["profiles"]
    assert (said["id"], said["version"], said["status"]) == ("asked", "1", "official")
    assert said["sha256"] == hashlib.sha256((tmp_path / "asked.json").read_bytes()).hexdigest()


def _info(*pairs: tuple[str, str]) -> Callable[[Draft], None]:
    return lambda draft: draft.info.extend(pairs)


def _set(name: str, value: object) -> Callable[[Draft], None]:
    return lambda draft: setattr(draft, name, value)


def _file(path: str, data: bytes = b"x") -> Callable[[Draft], None]:
    return lambda draft: (draft.payload if path.startswith("data/") else draft.files).update({path: data})


NOTHING = _info()

BREAKAGES: dict[str, tuple[Callable[[Draft], None], Profile, str]] = {
    "no bag-info": (_set("info", []), profile(), "BP-Bag-Info"),
    "no identifier": (
        _set("info", [("Source-Organization", "Sở Nội vụ")]),
        profile(),
        "BP-Identifier/missing",
    ),
    "another identifier": (
        _set("info", [("BagIt-Profile-Identifier", URI + "x"), ("Source-Organization", "Sở Nội vụ")]),
        profile(),
        "BP-Identifier/other",
    ),
    "a tag is missing": (_set("info", [("BagIt-Profile-Identifier", URI)]), profile(), "BP-Required"),
    "a tag is empty": (
        _info(("Contact-Name", "")),
        profile(Bag_Info={"Contact-Name": {"required": True}}),
        "BP-Required/empty",
    ),
    "a tag is recommended": (
        NOTHING,
        profile(Bag_Info={"Contact-Email": {"recommended": True}}),
        "BP-Recommended",
    ),
    "another value": (NOTHING, profile(Bag_Info={"Source-Organization": {"values": ["Sở"]}}), "BP-Values"),
    "one of two values": (
        _info(("Contact-Name", "An"), ("Contact-Name", "Bình")),
        profile(Bag_Info={"Contact-Name": {"values": ["An"]}}),
        "BP-Values",
    ),
    "repeated": (_info(("source-organization", "Sở Nội vụ")), profile(), "BP-Repeatable"),
    "no manifest of the kind": (
        NOTHING,
        profile(Manifests_Required=["sha256", "sha512"]),
        "BP-Manifests-Required",
    ),
    "a manifest too many": (
        _set("algorithms", ["sha256", "md5"]),
        profile(Manifests_Allowed=["sha256", "sha512"]),
        "BP-Manifests-Allowed",
    ),
    "no tag manifest": (NOTHING, profile(Tag_Manifests_Required=["sha256"]), "BP-Tag-Manifests-Required"),
    "a tag manifest too many": (
        _set("tag_algorithms", ["md5"]),
        profile(Tag_Manifests_Allowed=["sha256"]),
        "BP-Tag-Manifests-Allowed",
    ),
    "no tag manifest may be": (
        _set("tag_algorithms", ["sha256"]),
        profile(Tag_Manifests_Allowed=[]),
        "BP-Tag-Manifests-Allowed",
    ),
    "fetch": (
        _set("fetch", "https://example.org/1.bin 9 data/ảnh/1.bin\n"),
        profile(**{"Allow-Fetch.txt": False}),
        "BP-Allow-Fetch.txt",
    ),
    "no fetch": (NOTHING, profile(**{"Fetch.txt-Required": True}), "BP-Fetch.txt-Required"),
    "a payload": (NOTHING, profile(Data_Empty=True), "BP-Data-Empty"),
    "one file that is not empty": (
        _set("payload", {"data/a": b"x"}),
        profile(Data_Empty=True),
        "BP-Data-Empty",
    ),
    "a folder": (NOTHING, profile(Serialization="required"), "BP-Serialization/required"),
    "another version of BagIt": (
        NOTHING,
        profile(Accept_BagIt_Version=["0.97"]),
        "BP-Accept-BagIt-Version",
    ),
    "no tag file": (NOTHING, profile(Tag_Files_Required=["EAD.xml"]), "BP-Tag-Files-Required"),
    "a tag file in a folder": (
        _file("meta/a.xml"),
        profile(Tag_Files_Required=["meta/b/"]),
        "BP-Tag-Files-Required",
    ),
    "a tag file too many": (
        _file("meta/ghi chú.md"),
        profile(Tag_Files_Allowed=["*.xml"]),
        "BP-Tag-Files-Allowed",
    ),
    "no payload file": (
        NOTHING,
        profile(Payload_Files_Required=["data/mục lục.csv"]),
        "BP-Payload-Files-Required",
    ),
    "no payload folder": (
        NOTHING,
        profile(Payload_Files_Required=["data/phim/"]),
        "BP-Payload-Files-Required",
    ),
    "a payload file too many": (
        _file("data/x.exe"),
        profile(Payload_Files_Allowed=["data/*.txt", "data/ảnh/*"]),
        "BP-Payload-Files-Allowed",
    ),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_each_key_is_held(name: str, tmp_path: Path) -> None:
    break_it, asked, rule = BREAKAGES[name]
    draft = Draft()
    break_it(draft)
    report = judged(draft.write(tmp_path), asked, tmp_path)
    assert rules(report) == {rule}
    weak = rule in ("BP-Recommended", "BP-Required/empty")
    (first, *_) = [finding for finding in report.findings if finding.rule == rule]
    assert first.severity is (Severity.WARNING if weak else Severity.ERROR)


FOLLOWED: dict[str, tuple[Callable[[Draft], None], Profile]] = {
    "several profiles": (_info(("BagIt-Profile-Identifier", "urn:x:other")), profile()),
    "labels in any case": (
        _set("info", [("bagit-profile-identifier", URI), ("SOURCE-ORGANIZATION", "Sở Nội vụ")]),
        profile(),
    ),
    "any value": (NOTHING, profile(Bag_Info={"Source-Organization": {"required": True, "values": []}})),
    "algorithms written otherwise": (
        NOTHING,
        profile(Manifests_Required=["SHA-256"], Manifests_Allowed=["Sha256"]),
    ),
    "the bag's own tag files": (
        _set("tag_algorithms", ["sha256"]),
        profile(Tag_Files_Allowed=[]),
    ),
    "a star is any path": (_file("meta/sâu/a.xml"), profile(Tag_Files_Allowed=["*"])),
    "a name with brackets": (_file("[1].xml"), profile(Tag_Files_Allowed=["[1].xml"])),
    "a payload file asked for as profiles before 1.4 do": (
        NOTHING,
        profile(Tag_Files_Required=["data/công văn.txt"]),
    ),
    "no payload": (_set("payload", {}), profile(Data_Empty=True)),
    "one empty file": (_set("payload", {"data/.keep": b""}), profile(Data_Empty=True)),
    "files and folders that are there": (
        _file("meta/a.xml"),
        profile(
            Tag_Files_Required=["meta/a.xml"],
            Payload_Files_Required=["data/ảnh/", "data/công văn.txt"],
            Payload_Files_Allowed=["data/*"],
        ),
    ),
    "another Unicode form": (
        _file("data/A\u0302.txt"),
        profile(Payload_Files_Required=["data/\u00c2.txt"], Payload_Files_Allowed=["data/*"]),
    ),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_a_profile_allows_is_not_told(name: str, tmp_path: Path) -> None:
    prepare, asked = FOLLOWED[name]
    draft = Draft()
    prepare(draft)
    report = judged(draft.write(tmp_path), asked, tmp_path)
    assert rules(report) == set() and report.valid, report.findings


def test_what_is_still_to_be_fetched_counts_as_there(tmp_path: Path) -> None:
    draft = Draft()
    draft.fetch = "https://example.org/1.bin 9 data/ảnh/1.bin\n"
    bag = draft.write(tmp_path)
    (bag / "data/ảnh/1.bin").unlink()
    asked = profile(Payload_Files_Required=["data/ảnh/1.bin"], **{"Fetch.txt-Required": True})
    report = judged(bag, asked, tmp_path)
    assert not report.valid and rules(report) == set()


def test_a_bag_can_follow_the_profile_for_agencies(tmp_path: Path) -> None:
    draft = Draft()
    draft.algorithms = draft.tag_algorithms = ["sha256", "sha512"]
    size = sum(map(len, draft.payload.values()))
    draft.info = [
        ("BagIt-Profile-Identifier", "urn:luutru:bagit-profile:agency-bag:1"),
        ("Source-Organization", "Sở Nội vụ"),
        ("External-Identifier", "H99.08.2024.01"),
        ("External-Description", "Hồ sơ về việc sắp xếp tổ chức bộ máy"),
        ("Bagging-Date", "2026-01-02"),
        ("Payload-Oxum", f"{size}.{len(draft.payload)}"),
        ("Contact-Name", "Phòng Quản lý văn thư, lưu trữ"),
        ("Contact-Email", "vanthu@example.vn"),
    ]
    bag = draft.write(tmp_path)
    packed = Path(shutil.make_archive(str(tmp_path / "bag"), "gztar", tmp_path, "bag"))
    for package in (bag, packed):
        report = validate_path(package, limits=Limits(), profiles=[find_profile("agency-bag")])
        assert report.valid and report.findings == []


def test_the_carrier_is_held(tmp_path: Path) -> None:
    bag = Draft().write(tmp_path)
    packed = Path(shutil.make_archive(str(tmp_path / "bag"), "zip", tmp_path, "bag"))
    gzipped = Path(shutil.make_archive(str(tmp_path / "bag"), "gztar", tmp_path, "bag"))
    assert judged(packed, profile(), tmp_path).valid
    assert judged(packed, profile(Serialization="required"), tmp_path).valid
    assert rules(judged(gzipped, profile(), tmp_path)) == {"BP-Accept-Serialization"}
    assert judged(gzipped, profile(Accept_Serialization=["application/x-tar+gzip"]), tmp_path).valid
    forbidden = profile(Serialization="forbidden")
    assert rules(judged(packed, forbidden, tmp_path)) == {"BP-Serialization/forbidden"}
    assert judged(bag, forbidden, tmp_path).valid


def test_the_carrier_is_told_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    Draft().write(tmp_path)
    with tarfile.open(tmp_path / "bag.zip", "w") as tar:
        tar.add(tmp_path / "bag", "bag")
    assert rules(judged(tmp_path / "bag.zip", profile(), tmp_path)) == {"BP-Accept-Serialization"}


def test_another_package_follows_no_bagit_profile(tmp_path: Path) -> None:
    (tmp_path / "sip" / "representations").mkdir(parents=True)
    (tmp_path / "sip" / "METS.xml").write_text("<mets/>")
    assert rules(judged(tmp_path / "sip", profile(), tmp_path)) == {"BP-Bag/none"}


def test_a_faulty_profile_makes_no_package_good(tmp_path: Path) -> None:
    report = judged(Draft().write(tmp_path), profile(Manifests_Required="sha256"), tmp_path)
    assert rules(report) == {"BP-Profile/type"} and not report.valid


# The peer knows the specification up to 1.3, reads labels by their exact case and holds a repeated label's
# values against the list as one; on what is left we must agree.
COMPARED = [
    name
    for name, (_, asked, rule) in BREAKAGES.items()
    if not rule.startswith(("BP-Payload", "BP-Data", "BP-Fetch", "BP-Recommended", "BP-Required/empty"))
    and name not in ("a folder", "repeated", "a tag file in a folder")
]


@pytest.mark.peer
@pytest.mark.parametrize("name", ["followed", *COMPARED])
def test_the_peer_says_the_same(name: str, tmp_path: Path) -> None:
    bagit = pytest.importorskip("bagit")
    bagit_profile = pytest.importorskip("bagit_profile", reason="bagit_profile is not installed")
    break_it, asked, _ = BREAKAGES.get(name, (NOTHING, profile(), ""))
    draft = Draft()
    break_it(draft)
    bag = draft.write(tmp_path)
    said = bagit_profile.Profile(URI, json.loads(json.dumps(asked))).validate(bagit.Bag(str(bag)))
    assert said is judged(bag, asked, tmp_path).valid is (name == "followed")
