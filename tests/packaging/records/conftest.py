"""Small packages with descriptions made by hand, and what a record profile says of them."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.profile_registry import find_profile
from luutru.metadata_profiles.record_profile import RecordProfile, load_record_profile
from luutru.packaging.assessment import Assessment
from luutru.packaging.bag import Bag
from luutru.packaging.eark import EarkPackage
from luutru.packaging.recognise import Recognised
from luutru.packaging.record_check import check_records
from luutru.packaging.samples.described import describe_document, describe_file
from luutru.packaging.unpack import Limits, look

Files = Mapping[str, bytes]
Fields = Mapping[str, str] | Sequence[tuple[str, str]]
REP = "representations/rep1"


class Desk:
    """Where packages are made by hand, each in a folder of its own, and judged."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.tt02 = load_record_profile(find_profile("tt02-records").data)
        self.tt05 = replace(load_record_profile(find_profile("tt05-records").data), older=self.tt02)

    def file(self, documents: int = 1, /, **changed: str) -> dict[str, str]:
        """A file's fields, some of them changed (those that are empty left out)."""
        fields = describe_file(documents) | changed
        return {name: text for name, text in fields.items() if text}

    def document(self, number: int = 1, /, **changed: str) -> dict[str, str]:
        """A document's fields, some of them changed (those that are empty left out)."""
        fields = describe_document(number, "Tờ trình") | changed
        return {name: text for name, text in fields.items() if text}

    def xml(self, fields: Fields, root: str = "simpledc") -> bytes:
        """The circular's XML."""
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        inner = "".join(f"<{name}>{text}</{name}>\n" for name, text in pairs)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>\n{inner}</{root}>'.encode()

    def sip(self, file: Fields, *documents: Fields) -> dict[str, bytes]:
        """A package in the circular's form, as far as descriptions go."""
        files = {"metadata/descriptive/EAD.xml": self.xml(file)}
        for number, document in enumerate(documents, 1):
            files[f"{REP}/metadata/descriptive/EAD_doc_{number}.xml"] = self.xml(document)
            files[f"{REP}/data/{number}.pdf"] = b"%PDF-1.4"
        return files

    def table(self, *rows: Mapping[str, str], separator: str = ",") -> bytes:
        """A table of these rows."""
        columns = list(dict.fromkeys(name for row in rows for name in row))
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, columns, restval="", delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue().encode()

    def bag(self, content: bytes, *payload: str) -> dict[str, bytes]:
        """A bag with a table and a payload."""
        return {"metadata.csv": content, **{f"data/{path}": b"x" for path in payload}}

    def judge(self, files: Files, profile: RecordProfile | None = None, *, package: str = "SIP") -> Report:
        """The report on a package of these files."""
        folder = self._folder / str(sum(1 for _ in self._folder.iterdir()))
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        report = Report(str(folder))
        contents = look(folder, report, limits=Limits(), scratch=folder.parent / "unpacked")
        if any(path.startswith(("metadata/", "representations/")) for path in files):
            eark = EarkPackage("uuid-1", package, "", ("rep1",), ())
            assessment = Assessment(Recognised("eark"), None, eark)
        else:
            assessment = Assessment(Recognised("bagit"), Bag("1.0", "UTF-8", (), (), ()), None)
        check_records(profile or self.tt05, contents, assessment, report)
        return report


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of the test's own."""
    (tmp_path / "packages").mkdir()
    return Desk(tmp_path / "packages")
