"""Sample records as an E-ARK SIP (CSIP and SIP 2.x): METS, EAD3, PREMIS, schemas and documentation."""

import mimetypes
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from uuid import NAMESPACE_URL, uuid5

from luutru.fixity.digest import digest_file
from luutru.fixity.walk import list_files
from luutru.metadata_profiles.premis import Agent, Event, FileObject, Format, IntellectualEntity
from luutru.metadata_profiles.schemas import folder as schema_folder
from luutru.packaging.mets_writer import MetsFile, MetsHeader, write_mets
from luutru.packaging.premis_writer import write_premis
from luutru.packaging.samples.described import describe_document, describe_file
from luutru.packaging.samples.records import FILE_CODE, OFFICE, OFFICE_CODE, TITLE
from luutru.packaging.xml_text import DECLARATION, element, text

OBJECT_ID = uuid5(NAMESPACE_URL, f"https://example.org/{FILE_CODE}").urn
_EVENT_ID = uuid5(NAMESPACE_URL, f"https://example.org/{FILE_CODE}/event").urn
_MADE = datetime(2024, 4, 15, 8, 0, tzinfo=UTC)
_SOFTWARE = ("Luutru samples", version("luutru"))
_REPRESENTATION = "representations/rep1"
_FOLDERS = (
    "metadata/descriptive",
    "metadata/preservation",
    f"{_REPRESENTATION}/metadata/descriptive",
    f"{_REPRESENTATION}/metadata/preservation",
    "schemas",
    "documentation",
)
_SCHEMAS = ("mets.xsd", "xlink.xsd", "DILCISExtensionMETS.xsd", "premis-v3-0.xsd", "ead3.xsd")
_EAD = "http://ead3.archivists.org/schema/"
_README = "Gói tin hồ sơ nộp lưu được tạo để minh họa; cơ quan và cá nhân nêu trong hồ sơ là hư cấu.\n"


def make_eark_sip(records: Path, target: Path) -> Path:
    """Make an E-ARK SIP of the files in a folder, as the new folder ``target``.

    Raises FileExistsError where the target is there, OSError.
    """
    target.mkdir(parents=True)
    shutil.copytree(records, target / _REPRESENTATION / "data")
    for folder in _FOLDERS:
        (target / folder).mkdir(parents=True)
    paths = sorted(list_files(records).sizes)
    (target / "metadata/descriptive/ead3.xml").write_text(_ead(paths), encoding="utf-8")
    (target / _REPRESENTATION / "metadata/descriptive/dc.xml").write_text(_dc(), encoding="utf-8")
    (target / "documentation/Đọc trước.txt").write_text(_README, encoding="utf-8")
    for name in _SCHEMAS:
        shutil.copyfile(schema_folder() / name, target / "schemas" / name)
    _premis(target, "", [])
    _premis(target, f"{_REPRESENTATION}/", _premis_files(target / _REPRESENTATION))
    _mets(target / _REPRESENTATION, "rep1", "Bản gốc")
    _mets(target, OBJECT_ID, TITLE)
    return target


def _mets(folder: Path, object_id: str, label: str) -> None:
    header = MetsHeader(object_id, "SIP", label, _MADE, _SOFTWARE, (OFFICE, OFFICE_CODE))
    files = list(_mets_files(folder))
    with (folder / "METS.xml").open("xb") as out:
        write_mets(out, header, files)


def _mets_files(folder: Path) -> Iterator[MetsFile]:
    for path in sorted(list_files(folder).sizes):
        digest = digest_file(folder / path, ("sha256",))
        yield MetsFile(path, digest.size, digest.digests[0].hex(), mimetypes.guess_type(path)[0] or "")


def _premis(target: Path, below: str, files: Iterable[FileObject]) -> None:
    producer, software = Agent(OFFICE_CODE, "organization", OFFICE), Agent("software", "software", *_SOFTWARE)
    made = Event(
        _EVENT_ID,
        "information package creation",
        _MADE,
        "Tạo gói tin hồ sơ nộp lưu",
        agents=((OFFICE_CODE, "implementer"), ("software", "executing program")),
        objects=(OBJECT_ID,),
    )
    with (target / f"{below}metadata/preservation/premis.xml").open("xb") as out:
        write_premis(
            out,
            entity=IntellectualEntity(OBJECT_ID, {"title": TITLE}),
            files=files,
            events=[made],
            agents=[producer, software],
        )


def _premis_files(representation: Path) -> Iterator[FileObject]:
    for path in sorted(list_files(representation / "data").sizes):
        digest = digest_file(representation / "data" / path, ("sha256",))
        kind = Format(mime=mimetypes.guess_type(path)[0] or "")
        yield FileObject(f"data/{path}", digest.size, {"sha256": digest.digests[0].hex()}, kind, path)


def _dc() -> str:
    """The representation in Dublin Core."""
    said = {
        "title": TITLE,
        "creator": OFFICE,
        "identifier": FILE_CODE,
        "date": "2020-04-03/2020-06-02",
        "language": "vie",
    }
    parts = (element(f"dc:{name}", None, text(value)) for name, value in said.items())
    return DECLARATION + element("dublincore", {"xmlns:dc": "http://purl.org/dc/elements/1.1/"}, *parts)


def _ead(paths: Sequence[str]) -> str:
    """The finding aid of one file of records (*hồ sơ*) and of the documents of these paths."""
    history = element(
        "maintenanceevent",
        None,
        element("eventtype", {"value": "created"}),
        element("eventdatetime", {"standarddatetime": _MADE.isoformat()}),
        element("agenttype", {"value": "machine"}),
        element("agent", None, text(_SOFTWARE[0])),
    )
    control = element(
        "control",
        None,
        element("recordid", None, text(OBJECT_ID)),
        element("filedesc", None, element("titlestmt", None, element("titleproper", None, text(TITLE)))),
        element("maintenancestatus", {"value": "new"}),
        element("maintenanceagency", None, element("agencyname", None, text(OFFICE))),
        element("maintenancehistory", None, history),
    )
    identification = element(
        "did",
        None,
        element("unitid", None, text(FILE_CODE)),
        element("unittitle", None, text(TITLE)),
        element(
            "unitdatestructured",
            None,
            element("daterange", None, _day("fromdate", "2020-04-03"), _day("todate", "2020-06-02")),
        ),
        element("origination", None, element("corpname", None, element("part", None, text(OFFICE)))),
        element("langmaterial", None, element("language", {"langcode": "vie"}, text("Tiếng Việt"))),
    )
    said = describe_file(len(paths))
    parts = (_item(number, path) for number, path in enumerate(paths, 1))
    described = (identification, *_other(said, _IN_EAD_OF_FILE), element("dsc", None, *parts))
    description = element("archdesc", {"level": "file"}, *described)
    return DECLARATION + element("ead", {"xmlns": _EAD}, control, description)


_IN_EAD_OF_FILE = frozenset({"fileCode", "title", "startDate", "endDate", "language"})
_IN_EAD_OF_DOCUMENT = frozenset({"docId", "docCode", "subject", "issuedDate", "organName", "language"})


def _item(number: int, path: str) -> str:
    """A document of the file."""
    said = describe_document(number, PurePosixPath(path).stem)
    day, month, year = said["issuedDate"].split("/")
    identification = element(
        "did",
        None,
        *(element("unitid", {"localtype": name}, text(said[name])) for name in ("docId", "docCode")),
        element("unittitle", None, text(said["subject"])),
        element("unitdatestructured", None, _day("datesingle", f"{year}-{month}-{day}")),
        element("origination", None, element("corpname", None, element("part", None, text(OFFICE)))),
        element("langmaterial", None, element("language", {"langcode": "vie"}, text("Tiếng Việt"))),
        element("dao", {"daotype": "borndigital", "href": f"{_REPRESENTATION}/data/{path}"}),
    )
    return element("c", {"level": "item"}, identification, *_other(said, _IN_EAD_OF_DOCUMENT))


def _other(said: Mapping[str, str], known: Collection[str]) -> Iterator[str]:
    """What EAD3 has no element for, under the code that the circular gives it."""
    for code, value in said.items():
        if code not in known:
            yield element("odd", {"localtype": code}, element("p", None, text(value)))


def _day(tag: str, day: str) -> str:
    year, month, date = day.split("-")
    return element(tag, {"standarddate": day}, text(f"{date}/{month}/{year}"))
