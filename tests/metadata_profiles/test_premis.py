"""PREMIS as written is PREMIS as read, valid by the schema; other documents are refused."""

import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from luutru.metadata_profiles.premis import (
    Agent,
    Entity,
    Event,
    FileObject,
    Format,
    IntellectualEntity,
    NotPremis,
    escape_name,
    read_premis,
    unescape_name,
)
from luutru.metadata_profiles.schemas import schema
from luutru.packaging.premis_writer import write_premis

PACKAGE = IntellectualEntity("urn:uuid:0192f0c1-0000-7000-8000-000000000001", {"title": "Hồ sơ & <phụ lục>"})
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1, max_size=40)


def written(files: list[FileObject], events: list[Event] | None = None) -> bytes:
    out = io.BytesIO()
    agents = [Agent("agency:SNV", "organization", "Sở Nội vụ"), Agent("sw", "software", "Luutru", "0.1")]
    write_premis(out, entity=PACKAGE, files=files, events=events or [], agents=agents)
    return out.getvalue()


def read(document: bytes) -> list[Entity]:
    return list(read_premis(io.BytesIO(document)))


@given(NAMES)
def test_any_name_survives_escaping(name: str) -> None:
    assert unescape_name(escape_name(name)) == name


def test_vietnamese_names_stay_legible() -> None:
    name = "Phụ lục/Tờ trình số 12 (bản sao).pdf"
    assert escape_name(name) == name


@given(st.lists(NAMES, max_size=5, unique=True), st.integers(0, 2**60))
def test_files_come_back_as_they_were_written(names: list[str], size: int) -> None:
    kind = Format("fmt/276", "Acrobat PDF 1.7", "1.7", "application/pdf")
    digests = {"md5": "aa", "sha1": "bb", "sha256": "cc", "sha512": "dd"}
    files = [FileObject(f"representations/rep1/{n}", size, digests, kind, f"data/{n}") for n in names]
    document = written(files)
    schema("premis").assertValid(etree.fromstring(document))
    assert [entity for entity in read(document) if isinstance(entity, FileObject)] == files


def test_an_unidentified_format_comes_back_as_unknown() -> None:
    file = FileObject("a", 0, {"sha256": "cc"}, Format())
    assert file in read(written([file]))


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=7))])
@pytest.mark.parametrize("outcome", ["success", "fail", "warning"])
def test_events_come_back_as_they_were_written(zone: timezone, outcome: str) -> None:
    event = Event(
        "urn:uuid:0192f0c1-0000-7000-8000-000000000002",
        "fixity check",
        datetime(2026, 4, 3, 9, 30, 15, 250_000, tzinfo=zone),
        "khớp với giá trị băm của đơn vị nộp lưu",
        outcome,
        "2 tệp" if outcome != "success" else "",
        (("agency:SNV", "implementer"), ("sw", "executing program")),
        (PACKAGE.id,),
    )
    document = written([], [event])
    schema("premis").assertValid(etree.fromstring(document))
    entities = read(document)
    assert entities[0] == PACKAGE
    assert event in entities
    assert Agent("sw", "software", "Luutru", "0.1") in entities


def test_comments_between_and_inside_entities_are_passed_over() -> None:
    file = FileObject("a", 1, {"sha256": "cc"}, Format())
    document = (
        written([file]).replace(b"<size>", b"<!-- bytes --><size>").replace(b"<agent>", b"<!--x--><agent>")
    )
    assert file in read(document)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no XML at all",
        b"<mets xmlns='http://www.loc.gov/METS/'/>",
        written([FileObject("a", 1, {"sha256": "cc"}, Format())])[:-30],
        written([FileObject("a", 1, {"sha256": "cc"}, Format())]).replace(b"<size>1<", b"<size>many<"),
        written([FileObject("a", 1, {"sha256": "cc"}, Format())]).replace(b"<size>1</size>", b""),
        b"<!DOCTYPE premis [<!ENTITY a 'b'>]><premis xmlns='http://www.loc.gov/premis/v3' version='3.0'/>",
    ],
    ids=["empty", "text", "mets", "truncated", "size in words", "no size", "dtd"],
)
def test_what_is_not_whole_premis_is_refused(document: bytes) -> None:
    with pytest.raises(NotPremis):
        read(document)


@given(st.data())
def test_a_damaged_document_is_read_or_refused_but_never_crashes(data: st.DataObject) -> None:
    document = bytearray(written([FileObject("a%b", 1, {"sha256": "cc"}, Format("fmt/1", "x"))]))
    place = data.draw(st.integers(0, len(document) - 1))
    document[place] = data.draw(st.integers(0, 255))
    try:
        read(bytes(document))
    except NotPremis:
        return
