"""The values in a METS: each wrong one is told once with its count, whatever the METS holds; attachments."""

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from luutru.metadata_profiles.finding import Severity
from luutru.metadata_profiles.package_form import FormRule, Values
from luutru.packaging.form_check_mets import attached_files, check_values, root_attributes
from luutru.packaging.xml_text import element

IDS = Values("any", "file", "ID", frozenset(), re.compile("ID-.+"), "ID-{UUID}", (), True)


@given(values=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), max_size=40))
def test_whatever_a_mets_says_is_bounded(values: list[str]) -> None:
    mets = element("mets", None, *(element("file", {"ID": value}) for value in values))
    rule = FormRule("ids", Severity.INFO, "Điều 1", "I", frozenset(), frozenset(), IDS)
    told: list[tuple[str, int]] = []

    def on_breach(rule: FormRule, case: str, place: str, words: dict[str, str]) -> None:
        told.append((case, int(words["count"])))

    check_values(io.BytesIO(mets.encode()), "METS.xml", [(rule, IDS)], on_breach)
    assert sum(count for _, count in told) == sum(not IDS.admits(value) for value in values)
    assert len(told) <= min(20, len(set(values)))


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"<mets>{text}</mets>".encode()))
def test_what_is_no_mets_says_nothing(data: bytes) -> None:
    said = root_attributes(io.BytesIO(data), "METS.xml")
    assert isinstance(said, dict)
    assert attached_files(io.BytesIO(data), "METS.xml", "AttachmentFile") == frozenset()


def test_attachments_are_found_by_file_and_by_group() -> None:
    mets = """<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"><fileSec>
      <fileGrp ID="g1"><file ID="f1"><FLocat xlink:href="data/a.json"/></file>
        <file ID="f2"><FLocat xlink:href="data/b.json"/></file></fileGrp>
      <fileGrp ID="g2"><file ID="f3"><FLocat xlink:href="data/c.json"/></file></fileGrp></fileSec>
      <structMap><div LABEL="x"><div LABEL="Data"><fptr FILEID="f2"/></div>
        <div LABEL="AttachmentFile"><fptr FILEID="g2"/><div><fptr FILEID="f1"/></div></div></div></structMap></mets>"""
    found = attached_files(io.BytesIO(mets.encode()), "METS.xml", "AttachmentFile")
    assert found == {"data/a.json", "data/c.json"}
