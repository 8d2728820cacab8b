"""Bags as written are valid: by our own validator, and by bagit-python where names allow it."""

import hashlib
import tempfile
from pathlib import Path

import bagit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Report
from luutru.packaging.bag import validate_bag
from luutru.packaging.bag_writer import write_bag_tags
from luutru.packaging.contents import Contents
from luutru.packaging.paths import collisions

PARTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=12)
TREES = st.dictionaries(
    PARTS.filter(lambda part: part not in (".", "..")), st.binary(max_size=64), max_size=6
)
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=100).map(str.strip)
LABELS = st.from_regex(r"[A-Z][a-z]{1,8}-[A-Z][a-z]{1,8}", fullmatch=True)
INFO = st.lists(st.tuples(LABELS.filter(lambda label: label != "Payload-Oxum"), VALUES), max_size=4)


def write_bag(
    bag: Path, tree: dict[str, bytes], info: list[tuple[str, str]], tags: dict[str, bytes] | None = None
) -> None:
    payload = {f"data/{path}": data for path, data in tree.items()}
    digests = {
        path: {name: hashlib.new(name, data).hexdigest() for name in ("sha256", "sha512")}
        for path, data in payload.items()
    }
    sizes = {path: len(data) for path, data in payload.items()}
    more = tags or {}
    (bag / "data").mkdir(parents=True)
    for path, data in {**payload, **more, **write_bag_tags(digests, sizes, more, info)}.items():
        (bag / path).parent.mkdir(parents=True, exist_ok=True)
        (bag / path).write_bytes(data)


@given(TREES, INFO)
@settings(max_examples=60)
def test_what_is_written_is_valid_and_says_what_was_given(
    tree: dict[str, bytes], info: list[tuple[str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bag = Path(folder) / "bag"
        write_bag(bag, tree, info)
        listing = list_files(bag)
        report = Report("")
        read = validate_bag(Contents(bag, listing.sizes, folders=listing.folders), report)
        # Names that begin like a drive are refused everywhere, by whoever they were written.
        if not any(f.rule == "RFC8493-5.1/outside" for f in report.findings):
            assert report.valid, report.findings
        assert read.info[: len(info)] == tuple(info)
        assert read.info[-1] == ("Payload-Oxum", f"{sum(map(len, tree.values()))}.{len(tree)}")
        assert read.algorithms == ("sha256", "sha512")


PLAIN = st.dictionaries(
    st.text("abcđêưệộ %-_.,()0123 ", min_size=1, max_size=12).filter(
        lambda p: p == p.strip() and p.strip(".")
    ),
    st.binary(max_size=64),
    min_size=1,
    max_size=6,
)


@pytest.mark.peer
@given(PLAIN.filter(lambda tree: not list(collisions(tree))), INFO)
@settings(max_examples=40)
def test_bagit_python_agrees(tree: dict[str, bytes], info: list[tuple[str, str]]) -> None:
    # bagit-python decodes no %25 in any version: only names without it mean the same to both.
    tree = {path.replace("%", "-"): data for path, data in tree.items()}
    with tempfile.TemporaryDirectory() as folder:
        bag = Path(folder) / "bag"
        write_bag(bag, tree, info, {"provenance/receipt.json": b"{}"})
        peer = bagit.Bag(str(bag))
        peer.validate()
        assert set(peer.payload_entries()) == {f"data/{path}" for path in tree}
        (bag / "provenance/receipt.json").write_bytes(b"[]")
        with pytest.raises(bagit.BagValidationError):
            bagit.Bag(str(bag)).validate()


def test_names_are_percent_encoded() -> None:
    digests = {"sha256": "a" * 64, "sha512": "b" * 128}
    written = write_bag_tags({"data/1%\r\n": digests}, {"data/1%\r\n": 0}, {}, [])
    assert written["manifest-sha256.txt"] == b"a" * 64 + b"  data/1%25%0D%0A\n"


def test_tag_manifests_list_every_tag_file_but_themselves() -> None:
    written = write_bag_tags({}, {}, {"a/b.xml": b"<b/>"}, [])
    listed = [line.split("  ", 1)[1] for line in written["tagmanifest-sha512.txt"].decode().splitlines()]
    names = {name for name in written if not name.startswith("tagmanifest-")}
    assert listed == sorted({"a/b.xml", *names})


@pytest.mark.parametrize("value", ["two\nlines", "two\rlines"])
def test_a_value_cannot_smuggle_a_label_in(value: str) -> None:
    with pytest.raises(ValueError, match="line end"):
        write_bag_tags({}, {}, {}, [("Contact-Name", value)])
