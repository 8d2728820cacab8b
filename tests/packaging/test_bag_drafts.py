"""Bags of the drafts before RFC 8493: what they let pass, and what only 1.0 forbids."""

import hashlib
from pathlib import Path

import pytest

from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Report
from luutru.packaging.bag import validate_bag
from luutru.packaging.contents import Contents

RECORD = b"B\xc3\xa1o c\xc3\xa1o\n"


def line(name: str, data: bytes) -> bytes:
    return f"{hashlib.sha256(data).hexdigest()}  {name}\n".encode()


def findings(folder: Path, version: str, files: dict[str, bytes]) -> dict[str, str]:
    """The rules that a bag of one record and these further files breaks, with their severities."""
    declaration = f"BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n".encode()
    whole = {
        "bagit.txt": declaration,
        "data/record.txt": RECORD,
        "manifest-sha256.txt": line("data/record.txt", RECORD),
        **files,
    }
    for path, data in whole.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    listing = list_files(folder)
    report = Report(str(folder))
    validate_bag(Contents(folder, listing.sizes, folders=listing.folders), report)
    return {finding.rule: str(finding.severity) for finding in report.findings}


LISTED = line("data/record.txt", RECORD)
TAG_MANIFEST = line("manifest-sha256.txt", LISTED)

# What is added to a bag; what it is in 0.97; what it is in 1.0.
CASES: dict[str, tuple[dict[str, bytes], dict[str, str], dict[str, str]]] = {
    "listed twice with one digest": (
        {"manifest-sha256.txt": LISTED * 2},
        {"RFC8493-2.1.3/listed-twice": "warning"},
        {"RFC8493-2.1.3/not-exactly-once": "error"},
    ),
    "algorithm's name not plain": (
        {"manifest-SHA-256.txt": LISTED},
        {"RFC8493-2.4/algorithm-name": "warning"},
        {"RFC8493-2.4/algorithm-name": "error"},
    ),
    "space before the colon": (
        {"bag-info.txt": b"Contact-Name : An\n"},
        {},
        {"RFC8493-2.2.2/separator": "error"},
    ),
    "no space after the colon": (
        {"bag-info.txt": b"Contact-Name:An\n"},
        {},
        {"RFC8493-2.2.2/separator": "error"},
    ),
    "no line end at the end": (
        {"bag-info.txt": b"Contact-Name: An"},
        {},
        {"RFC8493-2.3/line-end": "warning"},
    ),
    "file in one manifest only": (
        {"data/x": b"x", "manifest-sha512.txt": f"{hashlib.sha512(b'x').hexdigest()}  data/x\n".encode()},
        {"RFC8493-3/not-in-one-manifest": "info"},
        {"RFC8493-3/not-in-every-manifest": "error"},
    ),
    "tag manifest lists a tag manifest": (
        {
            "tagmanifest-sha256.txt": TAG_MANIFEST
            + line("bagit.txt", b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n")
            + line("tagmanifest-sha1.txt", b""),
            "tagmanifest-sha1.txt": b"",
        },
        {},
        {
            "RFC8493-2.2.1/lists-itself": "error",
            "RFC8493-2.2.1/manifest-not-listed": "error",
            "RFC8493-2.2.1/tag-not-listed": "warning",
            "RFC8493-3/altered": "error",  # bagit.txt is the one of 0.97
        },
    ),
    "tag manifest lists a payload file": (
        {"tagmanifest-sha256.txt": TAG_MANIFEST + LISTED},
        {"RFC8493-2.2.1/payload": "error"},
        {"RFC8493-2.2.1/payload": "error", "RFC8493-2.2.1/tag-not-listed": "warning"},
    ),
    "URL that is not absolute": (
        {"fetch.txt": b"example.org/x - data/record.txt\n"},
        {},
        {"RFC8493-2.2.3/url": "error"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_rule_weighs_in_each_version(case: str, tmp_path: Path) -> None:
    files, in_drafts, in_rfc = CASES[case]
    assert findings(tmp_path / "draft", "0.97", files) == in_drafts
    assert findings(tmp_path / "rfc", "1.0", files) == in_rfc


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "utf-16"])
def test_utf_16_with_and_without_a_mark(encoding: str, tmp_path: Path) -> None:
    files = {
        "bagit.txt": b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-16\n",
        "manifest-sha256.txt": LISTED.decode().encode(encoding),
    }
    assert findings(tmp_path, "0.97", files) == {}
