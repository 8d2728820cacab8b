"""Small office files, real enough for any office suite: OpenDocument Text 1.3 and Office Open XML spreadsheets."""

import io
import zipfile
from collections.abc import Iterable, Sequence

from luutru.packaging.xml_text import DECLARATION, element, text

_ODT = "application/vnd.oasis.opendocument.text"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_OFFICE_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WHEN = (2024, 4, 15, 8, 0, 0)


def write_odt(title: str, paragraphs: Iterable[str]) -> bytes:
    """An OpenDocument text of a heading and paragraphs."""
    names = {"xmlns:office": f"{_ODF}office:1.0", "xmlns:text": f"{_ODF}text:1.0", "office:version": "1.3"}
    body = [element("text:h", {"text:outline-level": "1"}, text(title))]
    body += [element("text:p", None, text(paragraph)) for paragraph in paragraphs]
    content = element(
        "office:document-content", names, element("office:body", None, element("office:text", None, *body))
    )
    parts = (("/", _ODT), ("content.xml", "text/xml"))
    manifest = element(
        "manifest:manifest",
        {"xmlns:manifest": f"{_ODF}manifest:1.0", "manifest:version": "1.3"},
        *(
            element("manifest:file-entry", {"manifest:full-path": path, "manifest:media-type": kind})
            for path, kind in parts
        ),
    )
    # The standard asks that the type comes first and is not compressed (ODF 1.3, part 2, 3.3).
    return _zip({"mimetype": _ODT, "content.xml": content, "META-INF/manifest.xml": manifest})


def write_xlsx(sheet: str, rows: Iterable[Sequence[str | int]]) -> bytes:
    """An Office Open XML workbook of one sheet; its texts stand in the cells themselves."""
    cells = element("sheetData", None, *(element("row", None, *map(_cell, row)) for row in rows))
    part = {"name": sheet, "sheetId": "1", "r:id": "rId1"}
    workbook = {"xmlns": _SHEET, "xmlns:r": _OFFICE_RELATIONS}
    overrides = {"/xl/workbook.xml": "sheet.main", "/xl/worksheets/sheet1.xml": "worksheet"}
    types = [
        element("Default", {"Extension": "rels", "ContentType": _RELATIONS_TYPE}),
        *(
            element("Override", {"PartName": path, "ContentType": f"{_MAIN}.{kind}+xml"})
            for path, kind in overrides.items()
        ),
    ]
    return _zip(
        {
            "[Content_Types].xml": element("Types", {"xmlns": _TYPES}, *types),
            "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": element("workbook", workbook, element("sheets", None, element("sheet", part))),
            "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": element("worksheet", {"xmlns": _SHEET}, cells),
        }
    )


def _cell(value: str | int) -> str:
    if isinstance(value, int):
        return element("c", None, element("v", None, str(value)))
    return element("c", {"t": "inlineStr"}, element("is", None, element("t", None, text(value))))


def _relation(kind: str, target: str) -> str:
    of = {"Id": "rId1", "Type": f"{_OFFICE_RELATIONS}/{kind}", "Target": target}
    return element("Relationships", {"xmlns": _RELATIONS}, element("Relationship", of))


def _zip(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            packed = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = packed
            archive.writestr(entry, content if name == "mimetype" else DECLARATION + content)
    return out.getvalue()
