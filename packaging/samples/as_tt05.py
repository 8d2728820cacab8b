"""Sample records in the package form of Circular 05/2025/TT-BNV: a *SIP hồ sơ* with one document for each file.

CSIP 2.0.4 with the circular's own names, identifiers and ``simpledc`` descriptions.  Written
apart from the METS writer: what the archive hands out has another form.
"""

import mimetypes
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from luutru.fixity.digest import digest_file
from luutru.fixity.walk import list_files
from luutru.metadata_profiles.schemas import folder as schema_folder
from luutru.packaging.samples.described import describe_document, describe_file
from luutru.packaging.samples.records import FILE_CODE, OFFICE, OFFICE_CODE, TITLE
from luutru.packaging.xml_text import DECLARATION, element, text

_MADE = "2026-06-12T09:00:00+07:00"
_PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"
_NAMESPACES = {
    "xmlns": "http://www.loc.gov/METS/",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    "xmlns:csip": "https://DILCIS.eu/XML/METS/CSIPExtensionMETS",
}
_XSD = DECLARATION + element("xs:schema", {"xmlns:xs": "http://www.w3.org/2001/XMLSchema"})


def _uuid(name: str, prefix: str = "uuid-") -> str:
    return f"{prefix}{str(uuid5(NAMESPACE_URL, f'https://example.org/{FILE_CODE}/{name}')).upper()}"


OBJECT_ID = _uuid("package")


def make_tt05_sip(records: Path, folder: Path) -> Path:
    """Make a *SIP hồ sơ* of the files directly in ``records``, in a new folder of its name; that folder.

    Raises FileExistsError where it is there, OSError.
    """
    package = folder / OBJECT_ID
    rep = package / "representations/rep1"
    for place in (package / "metadata/descriptive", rep / "metadata/descriptive", rep / "data"):
        place.mkdir(parents=True, exist_ok=place.name != "descriptive")
    (package / "schemas").mkdir()
    shutil.copyfile(schema_folder() / "mets.xsd", package / "schemas/METS.xsd")
    for name in ("EAD.xsd", "EAD_doc.xsd"):
        (package / "schemas" / name).write_text(_XSD, encoding="utf-8")
    sources = sorted(path for path in records.iterdir() if path.is_file())
    for number, source in enumerate(sources, 1):
        stem = f"{FILE_CODE}.{number}"
        shutil.copyfile(source, rep / "data" / f"{stem}{source.suffix}")
        described = _describe(describe_document(number, source.stem))
        (rep / f"metadata/descriptive/EAD_doc_{stem}.xml").write_text(described, encoding="utf-8")
    (package / "metadata/descriptive/EAD.xml").write_text(
        _describe(describe_file(len(sources))), encoding="utf-8"
    )
    (rep / "METS.xml").write_text(_mets(rep, "rep1"), encoding="utf-8")
    (package / "METS.xml").write_text(_mets(package, OBJECT_ID), encoding="utf-8")
    return package


def _describe(fields: dict[str, str]) -> str:
    return DECLARATION + element(
        "simpledc", None, *(element(name, None, text(value)) for name, value in fields.items())
    )


def _mets(folder: Path, object_id: str) -> str:
    root = object_id == OBJECT_ID
    paths = sorted(path for path in list_files(folder).sizes if path != "METS.xml")
    described = [path for path in paths if path.startswith("metadata/descriptive/")]
    head = _NAMESPACES | {
        "OBJID": object_id,
        "LABEL": TITLE,
        "TYPE": "Mixed",
        "PROFILE": _PROFILE,
        "csip:CONTENTINFORMATIONTYPE": "MIXED",
    }
    return DECLARATION + element(
        "mets",
        head,
        _header(root),
        *(_description(folder, path) for path in described),
        element("amdSec", {"ID": _uuid(f"{object_id}/amd")}),
        _files(folder, paths, object_id),
        _struct_map(paths, described, object_id),
    )


def _header(root: bool) -> str:
    said = {
        "CREATEDATE": _MADE,
        "LASTMODDATE": _MADE,
        "RECORDSTATUS": "NEW",
        "csip:OAISPACKAGETYPE": "SIP",
    }
    software = _agent(
        {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}, "Luutru", "SOFTWARE VERSION", "1"
    )
    office = _agent({"ROLE": "CREATOR", "TYPE": "ORGANIZATION"}, OFFICE, "IDENTIFICATIONCODE", OFFICE_CODE)
    agreement = element("altRecordID", {"TYPE": "SUBMISSIONAGREEMENT"}, text("NL.SNV.2026.01"))
    return element("metsHdr", said, software, office, agreement if root else "")


def _agent(said: dict[str, str], name: str, kind: str, note: str) -> str:
    return element(
        "agent",
        said,
        element("name", None, text(name)),
        element("note", {"csip:NOTETYPE": kind}, text(note)),
    )


def _description(folder: Path, path: str) -> str:
    reference = _facts(folder, path) | {"LOCTYPE": "URL", "MDTYPE": "EAD", **_link(path)}
    said = {"ID": _uuid(f"{folder.name}/{path}/dmd"), "CREATED": _MADE, "STATUS": "CURRENT"}
    return element("dmdSec", said, element("mdRef", reference))


def _files(folder: Path, paths: Iterable[str], object_id: str) -> str:
    grouped = "".join(_groups(folder, paths, object_id))
    return element("fileSec", {"ID": _uuid(f"{object_id}/files")}, grouped)


_GROUPS = {"schemas/": "Schemas", "representations/rep1/": "Representations/rep1", "data/": "Data"}


def _groups(folder: Path, paths: Iterable[str], object_id: str) -> Iterator[str]:
    paths = list(paths)
    for prefix, use in _GROUPS.items():
        inside = [p for p in paths if p.startswith(prefix) and (use != "Representations/rep1" or "METS" in p)]
        if inside:
            said = {"ID": _uuid(f"{object_id}/{use}"), "USE": use, "csip:CONTENTINFORMATIONTYPE": "MIXED"}
            yield element("fileGrp", said, *(_one_file(folder, path) for path in inside))


def _one_file(folder: Path, path: str) -> str:
    said = {"ID": _uuid(f"{folder.name}/{path}", "ID-")} | _facts(folder, path)
    return element("file", said, element("FLocat", {"LOCTYPE": "URL", **_link(path)}))


def _facts(folder: Path, path: str) -> dict[str, str]:
    found = digest_file(folder / path, ("sha256",))
    return {
        "MIMETYPE": mimetypes.guess_type(path)[0] or "application/octet-stream",
        "SIZE": str(found.size),
        "CREATED": _MADE,
        "CHECKSUM": found.digests[0].hex(),
        "CHECKSUMTYPE": "SHA-256",
    }


def _link(path: str) -> dict[str, str]:
    return {"xlink:type": "simple", "xlink:href": path}


def _struct_map(paths: Iterable[str], described: list[str], object_id: str) -> str:
    metadata = {
        "ID": _uuid(f"{object_id}/div/metadata"),
        "LABEL": "Metadata",
        "DMDID": " ".join(_uuid(f"{object_id}/{path}/dmd") for path in described),
        "ADMID": _uuid(f"{object_id}/amd"),
    }
    parts = [element("div", metadata)]
    if object_id == OBJECT_ID:
        parts.append(_division("Schemas", object_id))
        pointer = {"LOCTYPE": "URL", "xlink:title": _uuid(f"{object_id}/Representations/rep1")}
        pointer |= _link("representations/rep1/METS.xml")
        rep = {"ID": _uuid(f"{object_id}/div/rep1"), "LABEL": "Representations/rep1", "TYPE": "ORIGINAL"}
        parts.append(element("div", rep, element("mptr", pointer)))
    else:
        parts.append(_division("Data", object_id))
        parts.append(_metadata_link(paths, described, object_id))
    whole = element("div", {"ID": _uuid(f"{object_id}/div"), "LABEL": object_id}, *parts)
    return element("structMap", {"ID": _uuid(f"{object_id}/map"), "LABEL": "CSIP", "TYPE": "PHYSICAL"}, whole)


def _division(use: str, object_id: str) -> str:
    pointer = element("fptr", {"FILEID": _uuid(f"{object_id}/{use}")})
    return element("div", {"ID": _uuid(f"{object_id}/div/{use}"), "LABEL": use}, pointer)


def _metadata_link(paths: Iterable[str], described: list[str], object_id: str) -> str:
    """Each description with the file that it describes."""
    data = [path for path in paths if path.startswith("data/")]
    links = (
        element(
            "div",
            {"ID": _uuid(f"{object_id}/link/{path}"), "DMDID": _uuid(f"{object_id}/{about}/dmd")},
            element("fptr", {"FILEID": _uuid(f"{object_id}/{path}", "ID-")}),
        )
        for path, about in zip(data, described, strict=True)
    )
    return element("div", {"ID": _uuid(f"{object_id}/div/links"), "LABEL": "MetadataLink"}, *links)
