"""What the sample records are described by: the fields of a file and of its documents, by Circular 05/2025/TT-BNV."""

import csv
import io
from collections.abc import Sequence
from pathlib import PurePosixPath

from luutru.packaging.samples.records import FILE_CODE, OFFICE, TITLE

Fields = dict[str, str]

TABLE = "metadata.csv"
"""Where a bag carries the descriptions: beside its payload."""


def describe_file(documents: int) -> Fields:
    """A file of records (*hồ sơ*)."""
    return {
        "fileCode": FILE_CODE,
        "title": TITLE,
        "maintenance": "01",
        "mode": "01",
        "language": "01",
        "startDate": "03/04/2020",
        "endDate": "02/06/2020",
        "totalDoc": str(documents),
        "numberOfPaper": str(documents),
        "numberOfPage": str(documents),
        "confidenceLevel": "01",
        "riskRecovery": "0",
    }


def describe_document(number: int, subject: str) -> Fields:
    """A document (*tài liệu*)."""
    return {
        "docId": f"{FILE_CODE}.{number}",
        "docCode": f"{FILE_CODE}.{number:07}",
        "maintenance": "01",
        "typeName": "32",
        "issuedDate": "02/06/2020",
        "organName": OFFICE,
        "subject": subject,
        "language": "01",
        "numberOfPage": "1",
        "mode": "01",
        "confidenceLevel": "01",
        "riskRecovery": "0",
        "process": "0",
    }


def described_in_a_table(paths: Sequence[str]) -> bytes:
    """The file and the documents of these paths as a table (UTF-8 with a mark), a row each."""
    rows: list[Fields] = [{"cấp": "hồ sơ"} | describe_file(len(paths))]
    for number, path in enumerate(paths, 1):
        document = describe_document(number, PurePosixPath(path).stem)
        rows.append({"cấp": "tài liệu", "đường dẫn": path} | document)
    columns = list(dict.fromkeys(name for row in rows[::-1] for name in row))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")  # spreadsheets take the mark for "this is UTF-8"
