"""The door for XML from outside: what cannot be read, or would take too long, is said."""

import io

import pytest

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.xml_reader import ATTRIBUTES, DEPTH, read_children, read_elements


def rules(data: io.BytesIO) -> set[str]:
    report = Report("x")
    list(read_elements(data, report, "x.xml"))
    return {finding.rule for finding in report.findings}


class Refusing(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_medium_that_fails_is_said() -> None:
    assert rules(Refusing()) == {"XML-UNREADABLE"}
    report = Report("x")
    assert list(read_children(Refusing(), report, "x.xml", ["a"])) == []
    assert {finding.rule for finding in report.findings} == {"XML-UNREADABLE"}


@pytest.mark.parametrize(("count", "expected"), [(ATTRIBUTES, set()), (ATTRIBUTES + 1, {"XML-ATTRIBUTES"})])
def test_very_many_attributes_are_refused(count: int, expected: set[str]) -> None:
    said = " ".join(f'a{number}="1"' for number in range(count))
    assert rules(io.BytesIO(f"<x {said}/>".encode())) == expected


@pytest.mark.parametrize(("depth", "expected"), [(DEPTH, set()), (DEPTH + 1, {"XML-DEPTH"})])
def test_very_deep_documents_are_refused(depth: int, expected: set[str]) -> None:
    assert rules(io.BytesIO(b"<x>" * depth + b"</x>" * depth)) == expected


def test_only_whole_children_of_the_root_are_given() -> None:
    report = Report("x")
    data = io.BytesIO(b"<r><a>1</a><b><a>2</a></b><a>3</a></r>")
    assert [element.text for element in read_children(data, report, "x.xml", ["a"])] == ["1", "3"]
    assert report.findings == []
