"""Inventories: what is written is read back, and what is not an inventory is refused."""

import io
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.packaging.ocfl.inventory import Inventory, InventoryError, User, Version, inventory_json
from luutru.packaging.ocfl.inventory_reader import read_inventory, unsafe_path

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=20)
paths = st.lists(names.filter(lambda name: name not in (".", "..")), min_size=1, max_size=4).map("/".join)
digests = st.binary(min_size=64, max_size=64)
moments = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))
users = st.none() | st.builds(
    User, st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.just("mailto:a@b.vn")
)


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Consistent inventories of one to three versions."""
    count = draw(st.integers(1, 3))
    manifest: dict[str, bytes] = {}
    versions: dict[str, Version] = {}
    for number in range(1, count + 1):
        new = draw(st.dictionaries(paths, digests, max_size=5))
        manifest |= {f"v{number}/content/{path}": digest for path, digest in new.items()}
        known = sorted(set(manifest.values()))
        state = draw(st.dictionaries(paths, st.sampled_from(known), max_size=5)) if known else {}
        message = draw(st.text(st.characters(exclude_categories=["Cs"])))
        versions[f"v{number}"] = Version(draw(moments), state, message, draw(users))
    fixity = {"sha256": {path: digest[:32] for path, digest in manifest.items()}} if manifest else {}
    return Inventory(draw(names), f"v{count}", manifest, versions, fixity)


def read(text: str | bytes) -> Inventory:
    return read_inventory(io.BytesIO(text.encode() if isinstance(text, str) else text))


@given(inventories())
def test_what_is_written_is_read_back(inventory: Inventory) -> None:
    assert read(b"".join(inventory_json(inventory))) == inventory


@given(inventories())
def test_what_is_written_is_json_as_others_read_it(inventory: Inventory) -> None:
    value = json.loads(b"".join(inventory_json(inventory)))
    assert value["head"] == inventory.head
    assert {p: bytes.fromhex(d) for d, ps in value["manifest"].items() for p in ps} == inventory.manifest
    assert set(value["versions"]) == set(inventory.versions)


@given(inventories(), st.data())
def test_a_mutated_inventory_is_read_or_refused_but_never_crashes(
    inventory: Inventory, data: st.DataObject
) -> None:
    text = bytearray(b"".join(inventory_json(inventory)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with suppress(InventoryError):
        read(bytes(text))


DIGEST = "ab" * 64
SOUND: dict[str, Any] = {
    "id": "urn:example:1",
    "type": "https://ocfl.io/1.1/spec/#inventory",
    "digestAlgorithm": "sha512",
    "head": "v1",
    "manifest": {DIGEST: ["v1/content/a.txt"]},
    "versions": {"v1": {"created": "2026-03-01T08:30:00+07:00", "state": {DIGEST: ["a.txt"]}}},
}
ABSENT = object()

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"id": ABSENT}, "id is missing"),
    "id not a text": ({"id": 1}, "id is not a text"),
    "unknown type": ({"type": "https://ocfl.io/9.9/spec/#inventory"}, "9.9"),
    "unknown algorithm": ({"digestAlgorithm": "md5"}, "md5"),
    "head not there": ({"head": "v2"}, "head"),
    "no manifest": ({"manifest": ABSENT}, "manifest is missing"),
    "manifest a list": ({"manifest": []}, "manifest is not an object"),
    "digest not hexadecimal": ({"manifest": {"xyz": ["v1/content/a.txt"]}}, "not a digest"),
    "digest too short": ({"manifest": {"ab": ["v1/content/a.txt"]}}, "wrong digest"),
    "paths not a list": ({"manifest": {DIGEST: "v1/content/a.txt"}}, "no list of paths"),
    "paths empty": ({"manifest": {DIGEST: []}}, "no list of paths"),
    "path a number": ({"manifest": {DIGEST: [7]}}, "not a safe path"),
    "path goes up": ({"manifest": {DIGEST: ["v1/content/../../../etc/passwd"]}}, "not a safe path"),
    "path absolute": ({"manifest": {DIGEST: ["/etc/passwd"]}}, "not a safe path"),
    "path with a NUL": ({"manifest": {DIGEST: ["v1/content/a\0b"]}}, "not a safe path"),
    "path outside content": ({"manifest": {DIGEST: ["v1/a.txt"]}}, "not in a version's content"),
    "path of no version": ({"manifest": {DIGEST: ["v7/content/a.txt"]}}, "not in a version's content"),
    "path twice": ({"manifest": {DIGEST: ["v1/content/a.txt", "v1/content/a.txt"]}}, "twice"),
    "content folder goes up": ({"contentDirectory": ".."}, "contentDirectory"),
    "no versions": ({"versions": {}}, "versions"),
    "version named badly": ({"versions": {"1": SOUND["versions"]["v1"]}}, "name of a version"),
    "version skipped": ({"head": "v2", "versions": {"v2": SOUND["versions"]["v1"]}}, "1, 2, 3"),
    "no state": ({"versions": {"v1": {"created": "2026-03-01T08:30:00Z"}}}, "no state"),
    "no time": ({"versions": {"v1": {"state": {}}}}, "time"),
    "time without a zone": ({"versions": {"v1": {"created": "2026-03-01T08:30:00", "state": {}}}}, "time"),
    "no such day": ({"versions": {"v1": {"created": "2026-02-30T08:30:00Z", "state": {}}}}, "not a time"),
    "state not in manifest": (
        {"versions": {"v1": {"created": "2026-03-01T08:30:00Z", "state": {"cd" * 64: ["b"]}}}},
        "does not have",
    ),
    "fixity of no file": ({"fixity": {"md5": {"cd" * 16: ["v1/content/b.txt"]}}}, "does not have"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_not_a_consistent_inventory_is_refused(case: str) -> None:
    change, words = WRONG[case]
    value = {name: v for name, v in {**SOUND, **change}.items() if v is not ABSENT}
    with pytest.raises(InventoryError, match=words):
        read(json.dumps(value))


def test_a_sound_one_is_read() -> None:
    inventory = read(json.dumps(SOUND))
    assert inventory.manifest == {"v1/content/a.txt": bytes.fromhex(DIGEST)}
    assert inventory.state == {"a.txt": bytes.fromhex(DIGEST)}
    assert inventory.versions["v1"].created.isoformat() == "2026-03-01T08:30:00+07:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '{"id": "a", "id": "b"}',
        '{"id": NaN}',
        '{"id": "\\ud800"}',
        '{"id": "a\nb"}',
        '{"id": ' + "[" * 100_000,
        '{"id": ' + '{"a": ' * 100_000,
        '{"id": "' + "x" * 2_000_000,
        '{"id": ' + "9" * 10_000 + "}",
        "{} {}",
        b"\xff\xfe{\x00}\x00",
        b'{"id": "\xe1\xba"}',
    ],
    ids=lambda text: repr(text[:20]),
)
def test_hostile_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InventoryError):
        read(text)


def test_an_inventory_longer_than_a_chunk_is_read_whatever_lies_on_the_seam() -> None:
    manifest = {f'v1/content/Tài liệu {"ữ" * (n % 7)} \\ " {n}': n.to_bytes(64, "big") for n in range(6000)}
    state = {path.removeprefix("v1/content/"): digest for path, digest in manifest.items()}
    inventory = Inventory("urn:x", "v1", manifest, {"v1": Version(datetime(2026, 1, 1, tzinfo=UTC), state)})
    data = b"".join(inventory_json(inventory))
    assert len(data) > 3 * 256 * 1024
    assert read(data) == inventory


def test_only_the_fixity_asked_for_is_kept() -> None:
    value = {**SOUND, "fixity": {"md5": {"cd" * 16: ["v1/content/a.txt"]}, "sha1": {}}}
    stream = io.BytesIO(json.dumps(value).encode())
    assert list(read_inventory(stream, fixity={"sha1"}).fixity) == ["sha1"]


def test_a_name_that_is_not_text_cannot_be_written() -> None:
    broken = Inventory("urn:x", "v1", {"v1/content/\udcff": b"\0" * 64}, {})
    with pytest.raises(InventoryError, match="not Unicode"):
        list(inventory_json(broken))


def test_content_is_found_by_logical_path_where_bytes_are_shared() -> None:
    manifest = {"v1/content/a": b"1" * 64, "v1/content/b": b"1" * 64, "v2/content/c": b"2" * 64}
    when = datetime(2026, 1, 1, tzinfo=UTC)
    state = {"b": b"1" * 64, "renamed": b"1" * 64, "c": b"2" * 64}
    inventory = Inventory("urn:x", "v2", manifest, {"v1": Version(when, {}), "v2": Version(when, state)})
    assert dict(inventory.content_paths()) == {
        "b": "v1/content/b",
        "renamed": "v1/content/a",
        "c": "v2/content/c",
    }


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", ".", "..", "a/.", "./a", "a/../b", "a/..", "a\0b"])
def test_unsafe_paths_are_told(path: str) -> None:
    assert unsafe_path(path)


@pytest.mark.parametrize("path", ["a", "a/b", "a.", "a./b", "...", "a..b/c", ".a", "..a/b", "a.b./c"])
def test_safe_paths_are_told(path: str) -> None:
    assert not unsafe_path(path)
