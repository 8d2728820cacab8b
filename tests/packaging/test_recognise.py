"""Packages are known by what lies in them, wherever their only folder puts it."""

from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Report
from luutru.packaging.contents import Contents
from luutru.packaging.recognise import Recognised, recognise

EARK = b'<mets xmlns:csip="https://DILCIS.eu/XML/METS/CSIPExtensionMETS" PROFILE="x"/>'
OTHER = b'<mets xmlns="http://www.loc.gov/METS/"/>'

Files = dict[str, bytes]

BAG: Files = {"bagit.txt": b"", "manifest-md5.txt": b"", "data/x": b""}
PACKAGE: Files = {"METS.xml": EARK, "representations/rep1/METS.xml": EARK}
IN_BAG: Files = {"bagit.txt": b"", "data/METS.xml": EARK, "data/metadata/x": b""}

CASES: dict[str, tuple[Files, Recognised]] = {
    "bag": (BAG, Recognised("bagit")),
    "bag without its declaration": ({"manifest-md5.txt": b"", "data/x": b""}, Recognised("bagit")),
    "package": (PACKAGE, Recognised("eark")),
    "package without METS": (
        {"representations/r/data/x": b"", "metadata/descriptive/dc.xml": b""},
        Recognised("eark"),
    ),
    "package in a bag": (IN_BAG, Recognised("bagged-eark", "", "data")),
    "package in a folder of a bag": (
        {"bagit.txt": b"", "data/sip/METS.xml": EARK, "data/sip/x": b""},
        Recognised("bagged-eark", "", "data/sip"),
    ),
    "a METS as a record in a bag": ({"bagit.txt": b"", "data/METS.xml": OTHER}, Recognised("bagit")),
    "package beside others in a bag": (
        {"bagit.txt": b"", "data/sip/METS.xml": EARK, "data/y": b""},
        Recognised("bagit"),
    ),
    "nothing": ({}, Recognised("unknown")),
    "files": ({"a": b"", "b/c": b""}, Recognised("unknown")),
    "two bags": ({f"{n}/{path}": b"" for n in "ab" for path in BAG}, Recognised("unknown")),
    "a bag two folders down": ({f"a/b/{path}": b"" for path in BAG}, Recognised("unknown")),
    "a file named as a bag's folder": ({"data": b"", "bag": b""}, Recognised("unknown")),
}


def contents(files: Files, root: Path) -> Contents:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return Contents(root, {path: len(data) for path, data in files.items()})


@pytest.mark.parametrize("case", CASES)
def test_kind_and_place(case: str, tmp_path: Path) -> None:
    files, expected = CASES[case]
    report = Report("x")
    assert recognise(contents(files, tmp_path), report) == expected
    assert not report.findings


@pytest.mark.parametrize("case", [case for case, (_, r) in CASES.items() if r.kind != "unknown"])
def test_the_same_in_the_only_folder_and_beside_junk(case: str, tmp_path: Path) -> None:
    files, expected = CASES[case]
    junk = {"__MACOSX/._gói": b"", ".DS_Store": b"", "._gói": b"", "desktop.ini": b""}
    inside = {f"gói/{path}": data for path, data in files.items()}
    report = Report("x")
    found = recognise(contents(inside | junk, tmp_path), report)
    assert (found.kind, found.root) == (expected.kind, "gói")
    if expected.kind != "bagit":
        assert found.package == f"gói/{expected.package}".rstrip("/")
    assert {finding.location for finding in report.findings} == set(junk)
    assert {finding.rule for finding in report.findings} == {"LUUTRU-UNPACK/junk"} and report.valid


def test_a_package_that_cannot_be_read_is_no_crash(tmp_path: Path) -> None:
    gone = Contents(tmp_path, {"bagit.txt": 1, "data/METS.xml": 5})
    assert recognise(gone) == Recognised("bagit")
