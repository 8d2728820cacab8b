"""Every rule of the BagIt catalogue is broken by a bag, and by it alone as far as it can be."""

import hashlib
from pathlib import Path

import pytest

from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.rules import catalogue
from luutru.packaging.bag import validate_bag
from luutru.packaging.contents import Contents

Files = dict[str, bytes | None]

X, Y = b"Quyet dinh", b"To trinh"
NFD = "data/ve\u0302\u0323.txt"
DECLARED = "BagIt-Version: {}\nTag-File-Character-Encoding: {}\n"


def sha(data: bytes, name: str = "sha256") -> str:
    return hashlib.new(name, data).hexdigest()


def line(path: str, data: bytes, name: str = "sha256") -> bytes:
    return f"{sha(data, name)}  {path}\n".encode()


def declared(version: str = "1.0", encoding: str = "UTF-8") -> bytes:
    return DECLARED.format(version, encoding).encode()


MANIFEST = line("data/x", X) + line("data/y", Y)
GOOD: Files = {
    "bagit.txt": declared(),
    "bag-info.txt": b"Payload-Oxum: 18.2\n",
    "data/x": X,
    "data/y": Y,
    "manifest-sha256.txt": MANIFEST,
}
TAGS = (
    line("bagit.txt", declared())
    + line("bag-info.txt", b"Payload-Oxum: 18.2\n")
    + line("manifest-sha256.txt", MANIFEST)
)
OLD: Files = {"bagit.txt": declared("0.97")}
URL = b"https://example.org/z"

# What is changed in a good bag (None: taken away), and other rules that this breaks of necessity.
CASES: dict[str, tuple[Files, set[str]]] = {
    "RFC8493-2.1.1/missing": ({"bagit.txt": None}, set()),
    "RFC8493-2.1.1/form": ({"bagit.txt": declared() + b"\n"}, set()),
    "RFC8493-2.1.1/bom": ({"bagit.txt": b"\xef\xbb\xbf" + declared()}, set()),
    "RFC8493-2.1.1/version": ({"bagit.txt": declared("1.1")}, set()),
    "RFC8493-2.1.1/encoding": ({"bagit.txt": declared(encoding="VNI")}, set()),
    "RFC8493-2.1.1/not-decodable": ({"bag-info.txt": b"Contact-Name: \xff\n"}, set()),
    "RFC8493-2.1.1/not-utf-8": ({"bagit.txt": declared(encoding="ISO-8859-1")}, set()),
    "RFC8493-2.1.2/missing": (
        {"data/x": None, "data/y": None, "manifest-sha256.txt": b"", "bag-info.txt": None},
        set(),
    ),
    "RFC8493-2.1.3/no-manifest": ({"manifest-sha256.txt": None}, set()),
    "RFC8493-2.1.3/syntax": ({"manifest-sha256.txt": MANIFEST + b"data/x\n"}, set()),
    "RFC8493-2.1.3/digest-length": ({"manifest-sha256.txt": MANIFEST + b"00  data/x\n"}, set()),
    "RFC8493-2.1.3/asterisk": ({"manifest-sha256.txt": MANIFEST.replace(b"  ", b" *")}, set()),
    "RFC8493-2.1.3/dot-slash": ({"manifest-sha256.txt": MANIFEST.replace(b"  ", b"  ./")}, set()),
    "RFC8493-2.1.3/percent": (
        {"data/%25": X, "manifest-sha256.txt": MANIFEST + line("data/%25", X), "bag-info.txt": None},
        set(),
    ),
    "RFC8493-2.1.3/folder": (
        {"data/a/b/c": b"", "manifest-sha256.txt": MANIFEST + line("data/a/b/c", b"") + line("data/a/", b"")}
        | {"bag-info.txt": None},
        set(),
    ),
    "RFC8493-2.1.3/separator": ({"manifest-sha256.txt": MANIFEST.replace(b"data/x", b"data\\x")}, set()),
    "RFC8493-2.1.3/listed-twice": ({**OLD, "manifest-sha256.txt": MANIFEST * 2}, set()),
    "RFC8493-2.1.3/not-exactly-once": ({"manifest-sha256.txt": MANIFEST * 2}, set()),
    "RFC8493-2.1.3/listed-twice-differently": (
        {"manifest-sha256.txt": MANIFEST + line("data/x", Y)},
        set(),
    ),
    "RFC8493-2.2.1/payload": ({"tagmanifest-sha256.txt": TAGS + line("data/x", X)}, set()),
    "RFC8493-2.2.1/manifest-not-listed": (
        {"tagmanifest-sha256.txt": b"".join(TAGS.splitlines(keepends=True)[:2])},
        set(),
    ),
    "RFC8493-2.2.1/lists-itself": (
        {
            "tagmanifest-sha256.txt": TAGS + line("tagmanifest-sha1.txt", b""),
            "tagmanifest-sha1.txt": b"",
        },
        {"RFC8493-2.2.1/manifest-not-listed", "RFC8493-2.2.1/tag-not-listed"},
    ),
    "RFC8493-2.2.1/tag-not-listed": ({"tagmanifest-sha256.txt": TAGS, "notes.txt": b""}, set()),
    "RFC8493-2.2.1/algorithms": (
        {
            "tagmanifest-sha256.txt": TAGS
            + line("manifest-sha512.txt", line("data/x", X, "sha512") + line("data/y", Y, "sha512")),
            "manifest-sha512.txt": line("data/x", X, "sha512") + line("data/y", Y, "sha512"),
        },
        set(),
    ),
    "RFC8493-2.2.2/oxum-repeated": ({"bag-info.txt": b"Payload-Oxum: 18.2\n" * 2}, set()),
    "RFC8493-2.2.2/syntax": ({"bag-info.txt": b"no label\n"}, set()),
    "RFC8493-2.2.2/separator": ({"bag-info.txt": b"Payload-Oxum:18.2\n"}, set()),
    "RFC8493-2.2.2/repeated": ({"bag-info.txt": b"Bag-Size: 1 MB\n" * 2}, set()),
    "RFC8493-2.2.2/oxum-form": ({"bag-info.txt": b"Payload-Oxum: 18\n"}, set()),
    "RFC8493-2.2.2/date": ({"bag-info.txt": b"Bagging-Date: 2 January 2026\n"}, set()),
    "RFC8493-2.2.2/count": ({"bag-info.txt": b"Bag-Count: one\n"}, set()),
    "RFC8493-2.2.2/oxum": ({"bag-info.txt": b"Payload-Oxum: 18.3\n"}, set()),
    "RFC8493-2.2.3/syntax": ({"fetch.txt": URL + b" data/x\n"}, set()),
    "RFC8493-2.2.3/not-listed": ({"fetch.txt": URL + b" 3 data/z\n"}, set()),
    "RFC8493-2.2.3/not-fetched": (
        {"fetch.txt": URL + b" 3 data/z\n", "manifest-sha256.txt": MANIFEST + line("data/z", b"z")},
        set(),
    ),
    "RFC8493-2.2.3/listed-twice": ({"fetch.txt": URL + b" - data/x\n" + URL + b"z - data/x\n"}, set()),
    "RFC8493-2.2.3/length": ({"fetch.txt": URL + b" 11 data/x\n"}, set()),
    "RFC8493-2.2.3/url": ({"fetch.txt": b"x/z 10 data/x\n"}, set()),
    "RFC8493-2.3/bom": ({"bag-info.txt": b"\xef\xbb\xbfPayload-Oxum: 18.2\n"}, set()),
    "RFC8493-2.3/line-end": ({"manifest-sha256.txt": MANIFEST[:-1]}, set()),
    "RFC8493-2.3/too-large": (
        {"bagit.txt": declared() + b" " * 5000},
        {"RFC8493-2.1.1/form", "RFC8493-2.1.1/version", "RFC8493-2.1.1/encoding"},
    ),
    "RFC8493-2.3/too-many-lines": ({"manifest-sha256.txt": b"\r\n" * 1_100_000}, {"RFC8493-3/not-listed"}),
    "RFC8493-2.4/unknown-algorithm": ({"manifest-crc32.txt": b""}, set()),
    "RFC8493-2.4/algorithm-name": (
        {"manifest-sha256.txt": None, "manifest-SHA-256.txt": MANIFEST},
        set(),
    ),
    "RFC8493-2.4/weak": (
        {"manifest-md5.txt": line("data/x", X, "md5") + line("data/y", Y, "md5")},
        set(),
    ),
    "RFC8493-3/missing-file": ({"manifest-sha256.txt": MANIFEST + line("data/z", b"")}, set()),
    "RFC8493-3/missing-tag-file": ({"tagmanifest-sha256.txt": TAGS + line("gone.txt", b"")}, set()),
    "RFC8493-3/not-listed": ({"data/z": b"", "bag-info.txt": None}, set()),
    "RFC8493-3/not-in-every-manifest": ({"manifest-sha512.txt": line("data/x", X, "sha512")}, set()),
    "RFC8493-3/not-in-one-manifest": ({**OLD, "manifest-sha512.txt": line("data/x", X, "sha512")}, set()),
    "RFC8493-3/altered": ({"data/x": b"Quyet dlnh"}, set()),
    "RFC8493-3/unreadable": ({}, set()),
    "RFC8493-5.1/outside": ({"manifest-sha256.txt": MANIFEST + line("data/../../x", X)}, set()),
    "RFC8493-5.1/fetch-outside": ({"fetch.txt": URL + b" 3 data/../../x\n"}, set()),
    "RFC8493-6.1.1/alike": (
        {"manifest-sha256.txt": MANIFEST + line("data/X", X)},
        {"RFC8493-3/missing-file"},
    ),
    "RFC8493-6.1.1/normalization": (
        {NFD: X, "manifest-sha256.txt": MANIFEST + line("data/v\u1ec7.txt", X), "bag-info.txt": None},
        set(),
    ),
}


CASES["LUUTRU-BAG/system-file"] = (
    {
        "data/Thumbs.db": b"t",
        "manifest-sha256.txt": MANIFEST + line("data/Thumbs.db", b"t"),
        "bag-info.txt": None,
    },
    set(),
)


def write(changes: Files, folder: Path) -> Contents:
    for path, data in {**GOOD, **changes}.items():
        if data is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
    listing = list_files(folder)
    return Contents(folder, listing.sizes, folders=listing.folders)


def test_every_rule_of_the_catalogue_has_a_bag_that_breaks_it() -> None:
    assert set(CASES) == {rule for rule in catalogue() if rule.startswith(("RFC8493-", "LUUTRU-BAG/"))}


def test_the_good_bag_breaks_none(tmp_path: Path) -> None:
    sealed: Files = {"tagmanifest-sha256.txt": TAGS}
    for number, changes in enumerate((Files(), sealed, OLD)):
        report = Report("x")
        validate_bag(write(changes, tmp_path / str(number)), report)
        assert not report.findings


@pytest.mark.parametrize("rule", CASES)
def test_a_bag_breaks_its_rule_and_no_other(rule: str, tmp_path: Path) -> None:
    changes, besides = CASES[rule]
    contents = write(changes, tmp_path / "bag")
    if rule == "RFC8493-3/unreadable":
        (tmp_path / "bag/data/x").unlink()
        (tmp_path / "bag/data/x").symlink_to("y")
    report = Report("x")
    validate_bag(contents, report)
    assert {finding.rule for finding in report.findings} == {rule, *besides}
    errors = {finding.rule for finding in report.findings if finding.severity == "error"}
    assert report.valid is not bool(errors)
    for finding in report.findings:
        assert "{" not in finding.message("vi") + finding.message("en")


def test_tag_files_in_an_encoding_that_lets_anything_through(tmp_path: Path) -> None:
    """UTF-7 can spell half a surrogate pair, which no report could be written with."""
    changes: Files = {
        "bagit.txt": declared(encoding="UTF-7"),
        "manifest-sha256.txt": MANIFEST + b"0" * 64 + b"  data/+2AA-\n",
    }
    report = Report("x")
    validate_bag(write(changes, tmp_path), report)
    assert "RFC8493-2.1.1/not-decodable" in {finding.rule for finding in report.findings}
    assert not report.valid
