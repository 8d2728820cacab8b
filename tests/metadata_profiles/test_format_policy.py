"""Rule sets on formats as data: what is misspelt, missing or senseless is refused by name."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.metadata_profiles.format_policy import load_format_policy
from luutru.metadata_profiles.premis import Format
from luutru.metadata_profiles.rules import catalogue

PROFILES = files("luutru.metadata_profiles") / "profiles"
SETS = {
    name: tomllib.loads((PROFILES / f"{name}.toml").read_text("utf-8"))
    for name in ("tt05-formats", "tt02-formats")
}
DATA: dict[str, Any] = SETS["tt05-formats"]
PNG: dict[str, Any] = {"id": "p", "name": "PNG", "puids": ["fmt/11"], "extensions": ["png"], "mark": "I"}
DPI: dict[str, Any] = {
    "id": "d",
    "of": "pdf",
    "check": "dpi",
    "least": 200,
    "severity": "info",
    "article": "Điều 8",
    "mark": "I",
}


def without(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}


FAULTS: dict[str, tuple[Mapping[str, Any], str]] = {
    "no weight": (DATA | {"weights": without(DATA["weights"], "locked")}, "locked"),
    "a weight of nothing": (DATA | {"weights": DATA["weights"] | {"virus": "error"}}, "virus"),
    "no limits": (without(DATA, "limits"), "seconds"),
    "no time": (DATA | {"limits": DATA["limits"] | {"seconds": 0}}, "seconds"),
    "memory too short for the tools": (DATA | {"limits": DATA["limits"] | {"memory": 1}}, "memory"),
    "formats without identifiers": (DATA | {"accepted": [without(PNG, "puids")]}, "puids"),
    "formats without extension": (DATA | {"accepted": [without(PNG, "extensions")]}, "extensions"),
    "a reader that is none": (DATA | {"accepted": [PNG | {"reader": "word"}]}, "reader"),
    "a measure of the wrong thing": (DATA | {"measure": [DPI | {"of": "audio"}]}, "dpi"),
    "a measure without measure": (DATA | {"measure": [without(DPI, "least")]}, "least"),
    "a version that is none": (
        DATA | {"measure": [without(DPI, "least") | {"check": "pdf-version", "version": "new"}]},
        "version",
    ),
    "a condition that is no list": (DATA | {"measure": [DPI | {"when": {"typeName": 3}}]}, "typeName"),
    "a measure with a key too many": (DATA | {"measure": [DPI | {"most": 3}]}, "most"),
    "documents without a name": (DATA | {"described": DATA["described"] | {"documents": ".*"}}, "stem"),
    "no articles": (without(DATA, "article"), "article"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_rule_set_is_refused_by_name(name: str) -> None:
    data, word = FAULTS[name]
    with pytest.raises(ValueError, match="tt05-formats") as refused:
        load_format_policy(data)
    assert word in str(refused.value)


@pytest.mark.parametrize("name", SETS)
def test_a_rule_set_is_whole(name: str) -> None:
    policy = load_format_policy(SETS[name])
    assert policy.status == "draft" and policy.measures
    puids = [puid for kind in policy.accepted for puid in kind.puids]
    assert len(puids) == len(set(puids)), "one format, one kind"
    assert not policy.locked & set(puids)
    for kind in policy.accepted:
        assert kind.extensions and all(name == name.casefold() for name in kind.extensions)
    assert {measure.mark for measure in policy.measures} <= {"S", "N", "I"}
    contradicted = [measure for measure in policy.measures if measure.of in ("video", "audio")]
    assert all(measure.severity == "warning" for measure in contradicted)


def test_a_format_is_found_by_puid_or_by_media_type() -> None:
    policy = load_format_policy(DATA)
    for found, expected in (
        (Format("fmt/354", "PDF/A", "1b", "application/pdf"), "pdfa"),
        (Format("fmt/18", "PDF", "1.4", "application/pdf"), "pdf"),
        (Format("fmt/9999", "new", "", "image/png"), "png"),
        (Format("fmt/3", "GIF", "87a", "image/gif"), None),
        (Format("", "unknown", "", ""), None),
    ):
        kind = policy.find(found)
        assert (kind.id if kind else None) == expected


def test_the_page_names_every_rule_weight_and_measure() -> None:
    text = (Path(__file__).parents[2] / "docs/conformance/format-policy.md").read_text("utf-8")
    rules = {rule for rule in catalogue() if rule.startswith("FORMAT-")}
    assert set(re.findall(r"`(FORMAT-[A-Z/a-z-]+)`", text)) == rules
    measures = {measure.check for name in SETS for measure in load_format_policy(SETS[name]).measures}
    assert measures - {"bits", "pdfa"} and all(f"| `{check}` |" in text for check in measures)
    assert all(f"| `{name}` |" in text for name in SETS)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(DATA)), ANY)
def test_a_rule_set_of_any_content_is_loaded_or_refused(key: str, value: Any) -> None:
    try:
        load_format_policy(DATA | {key: value})
    except ValueError as error:
        assert str(error)
