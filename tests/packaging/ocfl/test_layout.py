"""Storage layouts: the mappings that the extensions themselves give as examples."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.packaging.ocfl.layout import (
    OURS,
    Layout,
    LayoutError,
    flat_direct,
    flat_omit_prefix,
    hash_and_id,
    hashed_n_tuple,
    layout_files,
    layout_from_config,
    n_tuple_omit_prefix,
    object_path,
)

LONG = "abcdefghij" * 10 + "a"
LONG_DIGEST = "5cc73e648fbcff136510e330871180922ddacf193b68fdeff855683a01464220"

EXAMPLES = [
    (flat_direct(), "object-01", "object-01"),
    (flat_direct(), "..hor_rib:lé-$id", "..hor_rib:lé-$id"),
    (hash_and_id(), "object-01", "3c0/ff4/240/object-01"),
    (hash_and_id(), "..hor/rib:le-$id", "487/326/d8c/%2e%2ehor%2frib%3ale-%24id"),
    (hash_and_id(), "..Hor/rib:lè-$id", "373/529/21a/%2e%2eHor%2frib%3al%c3%a8-%24id"),
    (hash_and_id(), LONG, f"5cc/73e/648/{LONG[:100]}-{LONG_DIGEST}"),
    (hash_and_id("md5", 5, 2), "object-01", "ff755/34492/object-01"),
    (hash_and_id("sha256", 0, 0), "object-01", "object-01"),
    (
        hashed_n_tuple(),
        "object-01",
        "3c0/ff4/240/3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4",
    ),
    (hashed_n_tuple("md5", 2, 15, True), "object-01", "ff/75/53/44/92/48/5e/ab/b3/9f/86/35/67/28/88/4e"),
    (flat_omit_prefix(":"), "namespace:12887296", "12887296"),
    (flat_omit_prefix("edu/"), "https://institution.EDU/abc/edu/f8.05v", "f8.05v"),
    (n_tuple_omit_prefix(":", 4, 2, "left", True), "namespace:12887296", "6927/8821/12887296"),
    (n_tuple_omit_prefix(":", 4, 2, "left", True), "abc123", "321c/ba00/abc123"),
    (n_tuple_omit_prefix("edu/", 3, 3, "right"), "https://institution.edu/3448793", "344/879/300/3448793"),
]


@pytest.mark.parametrize(("layout", "object_id", "path"), EXAMPLES)
def test_the_examples_of_the_extensions(layout: Layout, object_id: str, path: str) -> None:
    assert layout.object_path(object_id) == path


@pytest.mark.parametrize(("layout", "object_id", "path"), EXAMPLES)
def test_a_layout_is_read_back_from_its_files(layout: Layout, object_id: str, path: str) -> None:
    files = layout_files(layout)
    extension = json.loads(files.pop("ocfl_layout.json"))["extension"]
    config = json.loads(files.pop(f"extensions/{extension}/config.json"))
    assert not files
    assert config["extensionName"] == extension
    assert layout_from_config(extension, config).object_path(object_id) == path


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_identifier_has_a_place_that_every_file_system_takes(object_id: str) -> None:
    path = object_path(object_id)
    assert re.fullmatch(r"([0-9a-f]{3}/){3}[A-Za-z0-9%_-]{1,165}", path)
    assert OURS.object_path(object_id) == path


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_identifiers_never_share_a_place(one: str, other: str) -> None:
    try:
        places = {object_path(one), object_path(other)}
    except LayoutError:  # half a surrogate pair
        return
    assert len(places) == len({one, other})


@pytest.mark.parametrize(
    ("layout", "object_id"),
    [
        (hash_and_id(), ""),
        (hash_and_id(), "\ud800"),
        (flat_direct(), "a/b"),
        (flat_direct(), ".."),
        (flat_direct(), "x" * 256),
        (flat_direct(), "a\0b"),
        (flat_omit_prefix(":"), "namespace:"),
        (flat_omit_prefix(":"), "a:.."),
        (n_tuple_omit_prefix(":"), "a:Hồ"),
        (n_tuple_omit_prefix(":", 1, 3), "a:..x"),
    ],
)
def test_identifiers_that_have_no_safe_place_are_refused(layout: Layout, object_id: str) -> None:
    with pytest.raises(LayoutError):
        layout.object_path(object_id)


@pytest.mark.parametrize(
    ("extension", "config"),
    [
        ("0001-unknown", {}),
        ("0003-something-else", {}),
        ("0003-hash-and-id-n-tuple-storage-layout", {"tupleSize": "3"}),
        ("0003-hash-and-id-n-tuple-storage-layout", {"tupleSize": 1.5}),
        ("0003-hash-and-id-n-tuple-storage-layout", {"tupleSize": True}),
        ("0003-hash-and-id-n-tuple-storage-layout", {"tupleSize": 0}),
        ("0003-hash-and-id-n-tuple-storage-layout", {"tupleSize": 32, "numberOfTuples": 3}),
        ("0003-hash-and-id-n-tuple-storage-layout", {"tupleSize": float("inf")}),
        ("0004-hashed-n-tuple-storage-layout", {"digestAlgorithm": "crc32"}),
        ("0004-hashed-n-tuple-storage-layout", {"digestAlgorithm": 4}),
        ("0004-hashed-n-tuple-storage-layout", {"shortObjectRoot": "yes"}),
        (
            "0004-hashed-n-tuple-storage-layout",
            {"digestAlgorithm": "md5", "tupleSize": 2, "numberOfTuples": 16, "shortObjectRoot": True},
        ),
        ("0006-flat-omit-prefix-storage-layout", {"delimiter": ""}),
        ("0007-n-tuple-omit-prefix-storage-layout", {"zeroPadding": "middle"}),
        ("0007-n-tuple-omit-prefix-storage-layout", {"tupleSize": 0}),
    ],
)
def test_a_configuration_that_is_not_sound_is_refused(extension: str, config: dict[str, object]) -> None:
    with pytest.raises(LayoutError):
        layout_from_config(extension, config)
