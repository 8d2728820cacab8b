"""The root METS that we write is valid, lists every file once, and passes our independent validator."""

import hashlib
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.schemas import schema
from luutru.packaging.contents import Contents
from luutru.packaging.eark import validate_eark
from luutru.packaging.mets_writer import METS, PROFILES, MetsFile, MetsHeader, PackageType, write_mets

HREF = "{http://www.w3.org/1999/xlink}href"
OBJECT_ID = "urn:uuid:0192f0c1-0000-7000-8000-000000000001"
NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=20
).filter(lambda name: name not in (".", "..") and len(name.encode()) < 200)
FOLDERS = st.sampled_from(
    [
        "representations/rep1/data",
        "representations/Bản gốc/data",
        "documentation",
        "schemas",
        "metadata/descriptive",
        "metadata/preservation",
        "submission/bagit",
        "submission/eark/metadata",
    ]
)


def header(kind: PackageType = "AIP", label: str = "Hồ sơ <1> & “2”") -> MetsHeader:
    made = datetime(2026, 4, 3, tzinfo=UTC)
    return MetsHeader(OBJECT_ID, kind, label, made, ("Luutru", "0.1"), ("Sở Nội vụ", "H99.08"))


def written(files: list[MetsFile], kind: PackageType = "AIP") -> bytes:
    out = io.BytesIO()
    write_mets(out, header(kind), files)
    return out.getvalue()


def hrefs(document: bytes) -> list[str]:
    root = etree.fromstring(document)
    names = (f"{{{METS}}}FLocat", f"{{{METS}}}mdRef")
    return [unquote(element.get(HREF, "")) for element in root.iter(*names)]


@given(st.lists(st.tuples(FOLDERS, NAMES), max_size=12, unique=True))
def test_every_file_is_listed_once_in_a_valid_document(places: list[tuple[str, str]]) -> None:
    paths = [f"{folder}/{name}" for folder, name in places]
    document = written([MetsFile(path, 1, "ab" * 32) for path in paths])
    schema("mets").assertValid(etree.fromstring(document))
    assert sorted(hrefs(document)) == sorted(paths)


@pytest.mark.parametrize("kind", sorted(PROFILES))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(places=st.dictionaries(st.tuples(FOLDERS, NAMES), st.binary(max_size=64), max_size=6))
def test_a_package_under_our_mets_passes_the_validator(
    kind: PackageType, places: dict[tuple[str, str], bytes]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = [MetsFile("documentation/Ghi chú.txt", 0, hashlib.sha256().hexdigest())]
        folded: set[str] = set()
        (root / "documentation").mkdir()
        (root / "documentation/Ghi chú.txt").touch()
        (root / "metadata").mkdir()
        (root / "representations").mkdir()
        for (place, name), data in places.items():
            path = f"{place}/{name}"
            if path == files[0].path or path.casefold() in folded or not name.isprintable():
                continue
            folded.add(path.casefold())
            (root / place).mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
            files.append(MetsFile(path, len(data), hashlib.sha256(data).hexdigest()))
        (root / "METS.xml").write_bytes(written(files, kind))
        report = Report("package")
        validate_eark(Contents(root, list_files(root).sizes), report)
        errors = [
            f"{f.code} {f.location} {f.message('en')}" for f in report.findings if f.severity == "error"
        ]
        assert errors == []


def test_a_representation_with_a_mets_of_its_own_is_pointed_to() -> None:
    document = written([MetsFile("representations/rep1/METS.xml", 1, "ab" * 32)])
    pointers = etree.fromstring(document).findall(f".//{{{METS}}}mptr")
    assert [pointer.get(HREF) for pointer in pointers] == ["representations/rep1/METS.xml"]


def test_a_mets_that_is_only_a_record_is_not_pointed_to() -> None:
    document = written([MetsFile("documentation/METS.xml", 1, "ab" * 32)])
    assert b"mptr" not in document
    assert hrefs(document) == ["documentation/METS.xml"]


def test_of_a_sip_the_agency_is_the_creator() -> None:
    root = etree.fromstring(written([], "SIP"))
    agents = [(agent.get("ROLE"), agent.get("TYPE")) for agent in root.iter(f"{{{METS}}}agent")]
    assert agents == [("CREATOR", "OTHER"), ("CREATOR", "ORGANIZATION")]
