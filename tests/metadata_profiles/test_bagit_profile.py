"""BagIt profiles themselves: each fault is found, with its place, and no JSON upsets the reader."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.metadata_profiles.bagit_profile import KEYS, load_bagit_profile
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.path_patterns import Patterns
from luutru.metadata_profiles.profile_registry import find_profile

Profile = dict[str, Any]


def profile(**more: Any) -> Profile:
    """A profile without a fault, and what is to be otherwise; a key's underscores are hyphens."""
    return {
        "BagIt-Profile-Info": {
            "BagIt-Profile-Identifier": "https://example.org/profile-1.json",
            "BagIt-Profile-Version": "1.4.0",
            "Source-Organization": "Chi cục Văn thư - Lưu trữ",
            "External-Description": "Túi thử",
            "Version": "1",
        },
        "Manifests-Required": ["sha256"],
        "Accept-Serialization": ["application/zip"],
        "Accept-BagIt-Version": ["1.0"],
        **{key.replace("_", "-"): value for key, value in more.items()},
    }


def test_a_profile_without_a_fault_has_no_finding() -> None:
    report = Report("p")
    load_bagit_profile(profile(), "p", report)
    assert report.findings == []


def _profile_info(**more: Any) -> Profile:
    return {
        **profile()["BagIt-Profile-Info"],
        **{key.replace("_", "-"): value for key, value in more.items()},
    }


def _without(whole: Profile, key: str) -> Profile:
    return {name: value for name, value in whole.items() if name != key}


FAULTY: dict[str, tuple[Profile, str, str]] = {
    "no info": (_without(profile(), "BagIt-Profile-Info"), "missing", "/BagIt-Profile-Info"),
    "no identifier": (
        profile(BagIt_Profile_Info=_profile_info(BagIt_Profile_Identifier="")),
        "missing",
        "/BagIt-Profile-Info/BagIt-Profile-Identifier",
    ),
    "no version of BagIt": (_without(profile(), "Accept-BagIt-Version"), "missing", "/Accept-BagIt-Version"),
    "a number": (profile(Accept_BagIt_Version=[0.97, "1.0"]), "type", "/Accept-BagIt-Version"),
    "no list": (profile(Manifests_Required="sha256"), "type", "/Manifests-Required"),
    "no boolean": (
        profile(Bag_Info={"a/b": {"required": "yes"}}),
        "type",
        "/Bag-Info/a~1b/required",
    ),
    "no object": (profile(Bag_Info={"Contact-Name": True}), "type", "/Bag-Info/Contact-Name"),
    "no such serialization": (profile(Serialization=["zip"]), "type", "/Serialization"),
    "a description of another type": (
        profile(Bag_Info={"Contact-Name": {"description": 1}}),
        "type",
        "/Bag-Info/Contact-Name/description",
    ),
    "misspelt": (profile(Manifest_Required=["sha512"]), "unknown-key", "/Manifest-Required"),
    "misspelt below": (
        profile(Bag_Info={"Contact-Name": {"requierd": True}}),
        "unknown-key",
        "/Bag-Info/Contact-Name/requierd",
    ),
    "a key of a later version": (
        profile(BagIt_Profile_Info=_profile_info(BagIt_Profile_Version="1.3.0"), Data_Empty=False),
        "later-key",
        "/Data-Empty",
    ),
    "another specification": (
        profile(BagIt_Profile_Info=_profile_info(BagIt_Profile_Version="2.0.0")),
        "version",
        "/BagIt-Profile-Info/BagIt-Profile-Version",
    ),
    "an identifier that is no URI": (
        profile(BagIt_Profile_Info=_profile_info(BagIt_Profile_Identifier="profile 1")),
        "no-uri",
        "/BagIt-Profile-Info/BagIt-Profile-Identifier",
    ),
    "a file of every bag": (
        profile(Tag_Files_Required=["bag-info.txt"], Tag_Files_Allowed=["*.xml"]),
        "own-file",
        "/Tag-Files-Required",
    ),
    "the identifier among the tags": (
        profile(Bag_Info={"BagIt-Profile-Identifier": {"required": True}}),
        "identifier-listed",
        "/Bag-Info/BagIt-Profile-Identifier",
    ),
    "required and not allowed": (
        profile(Manifests_Allowed=["sha512"]),
        "not-allowed",
        "/Manifests-Required",
    ),
    "a required file is not allowed": (
        profile(Payload_Files_Required=["data/a"], Payload_Files_Allowed=["data/b*"]),
        "not-allowed",
        "/Payload-Files-Required",
    ),
    "fetch required and forbidden": (
        profile(**{"Allow-Fetch.txt": False, "Fetch.txt-Required": True}),
        "fetch",
        "/Fetch.txt-Required",
    ),
    "files in an empty payload": (
        profile(Data_Empty=True, Payload_Files_Required=["data/a", "data/b"]),
        "empty-data",
        "/Data-Empty",
    ),
    "no serialization is named": (
        profile(Accept_Serialization=[]),
        "no-serialization",
        "/Accept-Serialization",
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_profile_says_what_is_wrong_and_where(name: str) -> None:
    asked, case, pointer = FAULTY[name]
    report = Report("asked.json")
    load_bagit_profile(asked, "asked.json", report)
    assert (f"BP-Profile/{case}", f"asked.json#{pointer}") in {(f.rule, f.location) for f in report.findings}
    weak = case in ("unknown-key", "later-key", "identifier-listed", "no-serialization", "no-uri", "own-file")
    assert report.valid is weak


def test_a_profile_without_a_version_is_of_1_1() -> None:
    info = _without(_profile_info(), "BagIt-Profile-Version")
    report = Report("p")
    loaded = load_bagit_profile(profile(BagIt_Profile_Info=info, Tag_Files_Allowed=["*"]), "p", report)
    assert loaded.specification == "1.1"
    assert {finding.rule for finding in report.findings} == {"BP-Profile/later-key"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), JSON))
def test_no_json_upsets_the_reader(data: Profile) -> None:
    report = Report("p")
    load_bagit_profile(data, "p", report)
    assert not report.valid or {"BagIt-Profile-Info", "Accept-BagIt-Version"} <= data.keys()
    report.as_json()


@given(st.lists(st.text("ab*?[]!-/\n", max_size=12), max_size=4), st.text("ab*?[]!-/\n", max_size=12))
def test_patterns_take_anything_and_each_path_matches_itself(patterns: list[str], path: str) -> None:
    assert Patterns([*patterns, path]).match(path)
    assert Patterns(["*"]).match(path)
    assert not Patterns([]).match(path)


def test_a_pattern_of_many_stars_costs_no_time() -> None:
    assert not Patterns(["*a" * 300 + "b"]).match("a" * 20_000)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "asked.json").write_text(json.dumps(profile()), encoding="utf-8-sig")
    assert find_profile(tmp_path / "asked.json").kind == "bagit"
