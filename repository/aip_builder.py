"""Builds the AIP of an assessed submission in staging: E-ARK layout, PREMIS, METS, OCFL inventory.

Everything is known already: bytes lie in staging, digests were taken when they came.  What
is written here is read back by the independent validator before anything is committed.
"""

import mimetypes
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from luutru.fixity.digest import Digester
from luutru.metadata_profiles import premis
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.profile_registry import judged_by
from luutru.packaging.aip import METS_PATH, PREMIS_PATH, aip_path, arrange
from luutru.packaging.contents import Contents
from luutru.packaging.eark import validate_eark
from luutru.packaging.formats import TOOL, identify
from luutru.packaging.mets_writer import MetsFile, MetsHeader, write_mets
from luutru.packaging.ocfl.inventory import User
from luutru.packaging.ocfl.object import ObjectFile, first_version
from luutru.packaging.premis_writer import write_premis
from luutru.repository.archive import Archive
from luutru.repository.errors import WriterFault
from luutru.repository.events import EventRecord, now
from luutru.repository.stages import Assessed, Built

CONTENT = "v1/content"
SOFTWARE_AGENT = "software:luutru"
FORMAT_AGENT = "software:siegfried"


@dataclass(frozen=True, slots=True)
class _Draft:
    """An AIP under construction: where its content lies, its contents, each file's own path and MIME type."""

    content: Path
    contents: Contents
    original: dict[str, str]
    mime: dict[str, str]


def build_aip(archive: Archive, assessed: Assessed, *, object_id: str) -> Built:
    """Make the staged object of a new AIP.

    Raises WriterFault when our own validation finds an error in it, OSError when staging
    cannot be written.
    """
    unpacked = assessed.unpacked
    staged = unpacked.folder / "object"
    draft = _arrange(assessed, staged / CONTENT)
    events = _events(assessed, object_id, draft)
    _write_own(draft, PREMIS_PATH, lambda out: _premis(out, archive, assessed, object_id, draft, events))
    created = now()
    header = MetsHeader(
        object_id,
        "AIP",
        assessed.assessment.title,
        created,
        ("Luutru", version("luutru")),
        (unpacked.received.agency, unpacked.received.agency),
    )
    _write_own(draft, METS_PATH, lambda out: write_mets(out, header, _mets_files(draft)))
    _validate(draft)
    inventory = first_version(
        staged,
        object_id=object_id,
        files=_object_files(draft),
        message=f"Ingest of deposit {unpacked.received.deposit_id}",
        user=User(archive.settings.archive_name, f"urn:luutru:key:{archive.key.public.id}"),
        created=created,
    )
    return Built(assessed, object_id, staged, inventory, events)


def _arrange(assessed: Assessed, content: Path) -> _Draft:
    source = assessed.unpacked.contents
    recognised = assessed.assessment.recognised
    places = {path: aip_path(recognised, path) for path in source.sizes}
    _remove_empty(source)
    arrange(source.root, content, places)
    moved = Contents(
        root=content,
        sizes={places[path]: size for path, size in source.sizes.items()},
        algorithms=source.algorithms,
        digests={places[path]: digests for path, digests in source.digests.items()},
    )
    return _Draft(content, moved, {place: path for path, place in places.items()}, {})


def _remove_empty(contents: Contents) -> None:
    """OCFL keeps files only; folders that hold none are not carried over."""
    for folder in sorted(contents.folders, key=len, reverse=True):
        place = contents.root / folder
        while place != contents.root:
            try:
                place.rmdir()
            except OSError:
                break
            place = place.parent


def _events(assessed: Assessed, object_id: str, draft: _Draft) -> tuple[EventRecord, ...]:
    """What was done to the submission until now, as it will stand in the AIP and in the catalogue."""
    received, report = assessed.unpacked.received, assessed.unpacked.report
    count = len(draft.contents.sizes)
    warnings = len(report.findings)
    told = [
        ("message digest calculation", f"{', '.join(draft.contents.algorithms)} of {count} files"),
        ("fixity check", "all files agree with the digests the producer gave"),
        (
            "validation",
            f"as {report.kind}{judged_by(report.profiles)}: valid, {warnings} findings that are no errors",
        ),
        ("format identification", f"{count} files by {TOOL}"),
        ("information package creation", "AIP made of the SIP"),
    ]
    return tuple(
        EventRecord(kind, detail=detail, object_id=object_id, deposit_id=received.deposit_id)
        for kind, detail in told
    )


def _premis(
    out: BinaryIO,
    archive: Archive,
    assessed: Assessed,
    object_id: str,
    draft: _Draft,
    events: Iterable[EventRecord],
) -> None:
    received = assessed.unpacked.received
    agency = f"agency:{received.agency}"
    entity = premis.IntellectualEntity(
        object_id,
        {
            "title": assessed.assessment.title,
            "agency": received.agency,
            "package": assessed.assessment.recognised.kind,
            "deposit": received.deposit_id,
            "fingerprint": assessed.fingerprint,
        },
    )
    agents = [
        premis.Agent(agency, "organization", received.agency),
        premis.Agent(SOFTWARE_AGENT, "software", "Luutru", version("luutru")),
        premis.Agent(FORMAT_AGENT, "software", "siegfried", TOOL),
    ]
    written = [
        _premis_event(received.event, object_id, (agency, "implementer")),
        *(_premis_event(event, object_id, (_agent_of(event), "executing program")) for event in events),
    ]
    files = _file_objects(draft, identified=archive.settings.identify_formats)
    write_premis(out, entity=entity, files=files, events=written, agents=agents)


def _agent_of(event: EventRecord) -> str:
    return FORMAT_AGENT if event.type == "format identification" else SOFTWARE_AGENT


def _premis_event(event: EventRecord, object_id: str, agent: tuple[str, str]) -> premis.Event:
    return premis.Event(
        event.id,
        event.type,
        event.date_time,
        event.detail,
        event.outcome,
        agents=(agent,),
        objects=(object_id,),
    )


def _file_objects(draft: _Draft, *, identified: bool) -> Iterator[premis.FileObject]:
    paths = list(draft.original)
    formats = identify(draft.content, paths) if identified else ((path, premis.Format()) for path in paths)
    for path, format_ in formats:
        draft.mime[path] = format_.mime or mimetypes.guess_type(path)[0] or "application/octet-stream"
        digests = zip(draft.contents.algorithms, draft.contents.digests[path], strict=True)
        yield premis.FileObject(
            path,
            draft.contents.sizes[path],
            {name: value.hex() for name, value in digests},
            format_,
            draft.original[path],
        )


def _mets_files(draft: _Draft) -> Iterator[MetsFile]:
    column = draft.contents.algorithms.index("sha256")
    for path, digests in draft.contents.digests.items():
        yield MetsFile(path, draft.contents.sizes[path], digests[column].hex(), draft.mime.get(path, ""))


def _write_own(draft: _Draft, path: str, write: Callable[[BinaryIO], None]) -> None:
    """Write one of the archive's own files and take its digests on the way."""
    place = draft.content / path
    place.parent.mkdir(parents=True, exist_ok=True)
    digester = Digester(draft.contents.algorithms)
    with place.open("xb") as file:
        write(_Digesting(file, digester))  # type: ignore[arg-type]
    draft.contents.sizes[path] = digester.size
    draft.contents.digests[path] = digester.digests()


class _Digesting:
    """A file that digests what is written to it."""

    def __init__(self, file: BinaryIO, digester: Digester) -> None:
        self._file = file
        self._digester = digester

    def write(self, data: bytes) -> int:
        self._digester.update(data)
        return self._file.write(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self.write(line)


def _validate(draft: _Draft) -> None:
    report = Report("AIP", limit=3)
    validate_eark(draft.contents, report)
    if not report.valid:
        told: list[Any] = [f"{f.code} {f.location}: {f.message('en')}" for f in report.findings]
        raise WriterFault("the AIP does not pass our own validation, nothing was stored: " + "; ".join(told))


def _object_files(draft: _Draft) -> Iterator[ObjectFile]:
    algorithms = draft.contents.algorithms
    for path, digests in draft.contents.digests.items():
        yield ObjectFile(path, dict(zip(algorithms, digests, strict=True)))
