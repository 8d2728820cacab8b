"""The sample records are what they say they are: real files, valid packages, and one that is broken on purpose."""

import csv
import io
import re
import xml.dom.minidom
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import bagit
import pytest
from lxml import etree
from PIL import Image

from luutru.fixity.verdict import Outcome
from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Severity
from luutru.metadata_profiles.schemas import schema
from luutru.packaging.package import validate_path
from luutru.packaging.samples.as_bag import break_bag, make_bag
from luutru.packaging.samples.as_eark import make_eark_sip
from luutru.packaging.samples.letter import PAGE, lay_out
from luutru.packaging.samples.records import REPLY, SUBMISSION, make_records
from luutru.packaging.samples.typeface import typeface
from luutru.packaging.unpack import Limits


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "records"
    make_records(folder)
    return folder


def only(records: Path, suffix: str) -> Path:
    (path,) = records.rglob(f"*{suffix}")
    return path


def tree_of(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in list_files(folder).sizes}


def test_the_same_bytes_are_made_each_time(records: Path, tmp_path: Path) -> None:
    made = make_records(tmp_path / "again")
    assert tree_of(tmp_path / "again") == tree_of(records)
    assert len(made) == len(tree_of(records)) >= 7


def test_nothing_is_written_over(records: Path) -> None:
    with pytest.raises(FileExistsError):
        make_records(records)


def test_images_can_be_opened_and_hold_ink(records: Path) -> None:
    for suffix in (".png", ".jpg"):
        with Image.open(only(records, suffix)) as image:
            darkest, lightest = image.convert("L").getextrema()
            assert isinstance(darkest, int) and isinstance(lightest, int)
            assert darkest < 80
            assert lightest > 200


def test_lines_of_a_letter_stay_on_the_page() -> None:
    for letter in (SUBMISSION, REPLY):
        for line in lay_out(letter):
            assert line.x > 40 and line.x + typeface(line.style).width(line.text, line.size) < PAGE[0] - 40
            assert 40 < line.y < PAGE[1] - 40


def pdf_streams(data: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"/Length (\d+) >>\nstream\n", data):
        yield zlib.decompress(data[found.end() : found.end() + int(found[1])])


def test_the_text_of_the_pdf_can_be_read_back_through_its_own_maps(records: Path) -> None:
    data = only(records, ".pdf").read_bytes()
    streams = list(pdf_streams(data))
    maps = [s.decode() for s in streams if b"beginbfchar" in s]
    characters = [
        {
            code: bytes.fromhex(char).decode("utf-16-be")
            for code, char in re.findall("<(.{4})> <(.{4})>", text)
        }
        for text in maps
    ]
    page = next(s.decode() for s in streams if b" Tj ET" in s)
    read = [
        "".join(characters[int(font)][code] for code in re.findall("....", codes))
        for font, codes in re.findall(r"/F(\d) .*? Td <(.*?)> Tj", page)
    ]
    assert read == [line.text for line in lay_out(SUBMISSION)]


def test_every_object_of_the_pdf_lies_where_its_table_says(records: Path) -> None:
    data = only(records, ".pdf").read_bytes()
    table = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", data[table:])]
    assert data[table:].startswith(b"xref\n") and len(places) > 10
    for number, place in enumerate(places, 1):
        assert data[place:].startswith(b"%d 0 obj\n" % number)


def test_office_files_hold_well_formed_parts(records: Path) -> None:
    for suffix in (".odt", ".xlsx"):
        with zipfile.ZipFile(only(records, suffix)) as office:
            assert office.testzip() is None
            parts = [name for name in office.namelist() if name != "mimetype"]
            for name in parts:
                xml.dom.minidom.parseString(office.read(name))
    with zipfile.ZipFile(only(records, ".odt")) as office:
        first = office.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_the_table_is_utf8_with_a_mark(records: Path) -> None:
    rows = list(csv.reader(io.StringIO(only(records, ".csv").read_text("utf-8-sig"), newline="")))
    assert rows[0][3] == "Trích yếu nội dung"
    assert {len(row) for row in rows} == {5}


def test_the_bag_is_valid_without_a_warning_and_by_bagit_python(records: Path, tmp_path: Path) -> None:
    bag = make_bag(records, tmp_path / "Hồ sơ")
    report = validate_path(bag, limits=Limits())
    assert (report.kind, report.findings) == ("bagit", [])
    assert bagit.Bag(str(bag)).validate()
    assert tree_of(bag / "data") == tree_of(records)


def test_the_sip_is_valid_without_a_warning(records: Path, tmp_path: Path) -> None:
    sip = make_eark_sip(records, tmp_path / "Hồ sơ")
    report = validate_path(sip, limits=Limits())
    told = [f"{f.code} {f.location}" for f in report.findings if f.severity is not Severity.INFO]
    assert (report.kind, report.valid, told) == ("eark", True, [])
    assert tree_of(sip / "representations/rep1/data") == tree_of(records)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("mets", "METS.xml"),
        ("mets", "representations/rep1/METS.xml"),
        ("ead3", "metadata/descriptive/ead3.xml"),
        ("premis", "metadata/preservation/premis.xml"),
        ("premis", "representations/rep1/metadata/preservation/premis.xml"),
    ],
)
def test_the_documents_of_the_sip_follow_their_schemas(
    records: Path, tmp_path: Path, name: str, path: str
) -> None:
    sip = make_eark_sip(records, tmp_path / "sip")
    schema(name).assertValid(etree.parse(str(sip / path)))


def test_the_broken_bag_is_broken_as_told(records: Path, tmp_path: Path) -> None:
    whole = tree_of(make_bag(records, tmp_path / "whole"))
    bag = make_bag(records, tmp_path / "bag")
    done = break_bag(bag)
    broken = tree_of(bag)
    found = {path: Outcome.MISSING for path in whole.keys() - broken.keys()}
    found |= {path: Outcome.UNEXPECTED for path in broken.keys() - whole.keys()}
    found |= {path: Outcome.ALTERED for path in whole.keys() & broken.keys() if whole[path] != broken[path]}
    assert found == done and len(done) == 3
    report = validate_path(bag, limits=Limits())
    assert not report.valid
    assert set(done) <= {finding.location for finding in report.findings}


def test_a_bag_too_small_to_break_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records/a").write_text("a")
    with pytest.raises(ValueError, match="too few"):
        break_bag(make_bag(tmp_path / "records", tmp_path / "bag"))
