"""OAIS Access: disseminations of what is held, from an intact copy, each recorded and signed."""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version as installed
from pathlib import Path

from sqlmodel import select

from luutru.packaging.aip import METS_PATH, PREMIS_PATH
from luutru.packaging.bag_dip import bag_entries, payload_of
from luutru.packaging.dip import DamagedSource, Entry, Stored, is_chosen, write_folder
from luutru.packaging.dip_form import DipForm
from luutru.packaging.eark_dip import content_of, eark_entries
from luutru.packaging.mets_writer import MetsHeader
from luutru.packaging.ocfl.commit import read_object
from luutru.packaging.ocfl.inventory import Inventory, InventoryError
from luutru.packaging.ocfl.storage import StorageError
from luutru.packaging.receipt import content_digest, sign_receipt
from luutru.packaging.zip_stream import stream_zip
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, writing
from luutru.repository.errors import NoIntactCopy, NotFound
from luutru.repository.events import EventRecord, now, record
from luutru.repository.holdings import get_object
from luutru.repository.identifiers import new_urn
from luutru.repository.journal import flush
from luutru.repository.location import Location
from luutru.repository.models import File, Object
from luutru.repository.staging import remove_tree


@dataclass(frozen=True, slots=True)
class Disseminated:
    """What was handed out, and from which location its bytes came."""

    object_id: str
    version: str
    form: DipForm
    location: str


def disseminate_folder(
    archive: Archive,
    object_id: str,
    target: Path,
    *,
    form: DipForm | str = DipForm.BAG,
    version: str | None = None,
    representations: Collection[str] | None = None,
) -> Disseminated:
    """Make a DIP as a new folder, whole or not at all.

    Raises NotFound, FileExistsError when the target is there, NoIntactCopy when no location
    gives the right bytes, OSError when the target cannot be written.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already; give another folder or remove it")

    def write(entries: Iterator[Entry], draft: Path) -> None:
        write_folder(entries, draft)

    return _disseminate(archive, object_id, target, write, DipForm(form), version, representations)


def disseminate_zip(
    archive: Archive,
    object_id: str,
    target: Path,
    *,
    form: DipForm | str = DipForm.BAG,
    version: str | None = None,
    representations: Collection[str] | None = None,
) -> Disseminated:
    """Make a DIP as one zip file, whole or not at all; raises as ``disseminate_folder``."""

    def write(entries: Iterator[Entry], draft: Path) -> None:
        with draft.open("xb") as file:
            for block in stream_zip(entries, target.stem):
                file.write(block)

    return _disseminate(archive, object_id, target, write, DipForm(form), version, representations)


def _disseminate(
    archive: Archive,
    object_id: str,
    target: Path,
    write: Callable[[Iterator[Entry], Path], None],
    form: DipForm,
    version: str | None,
    representations: Collection[str] | None,
) -> Disseminated:
    with reading(archive.engine) as session:
        held = get_object(session, object_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    told = []
    for storage in archive.locations:
        try:
            plan = _Plan(archive, held, storage, version, representations)
            write(plan.entries(form), draft)
            os.replace(draft, target)
            _record(archive, plan, form)
            return Disseminated(held.id, plan.version, form, storage.name)
        except (DamagedSource, StorageError, InventoryError) as error:
            told.append(f"{storage.name}: {error}")
        finally:
            with suppress(FileNotFoundError):
                remove_tree(draft) if draft.is_dir() else draft.unlink()
    raise NoIntactCopy("no location has an intact copy to hand out; " + "; ".join(told))


class _Plan:
    """What goes into one DIP, from one location."""

    def __init__(
        self,
        archive: Archive,
        held: Object,
        storage: Location,
        version: str | None,
        representations: Collection[str] | None,
    ) -> None:
        self.archive, self.held, self.storage = archive, held, storage
        self.inventory: Inventory = read_object(storage, held.path)
        self.version = version or self.inventory.head
        if self.version not in self.inventory.versions:
            raise NotFound(f"{held.id} has no version {self.version}")
        stored = list(self._stored())
        self.provenance = [file for file in stored if file.path in (METS_PATH, PREMIS_PATH)]
        self.files = [file for file in stored if is_chosen(file.path, representations)]
        known = {file.path.split("/")[1] for file in stored if file.path.startswith("representations/")}
        if unknown := set(representations or ()) - known:
            raise NotFound(f"{held.id} has no representation {', '.join(sorted(unknown))}")

    def _stored(self) -> Iterator[Stored]:
        with reading(self.archive.engine) as session:
            rows = session.exec(select(File).where(File.object_id == self.held.id)).all()
        described = {row.path: row for row in rows}
        for path, content in self.inventory.content_paths(self.version):
            row = described[path]
            key = f"{self.held.path}/{content}"
            yield Stored(
                path,
                row.original_name,
                row.size,
                self.inventory.digest(content, "sha256") or "",
                self.inventory.manifest[content].hex(),
                partial(self.storage.read, key),
                row.mime,
            )

    def entries(self, form: DipForm) -> Iterator[Entry]:
        if form is DipForm.BAG:
            payload = payload_of(self.files, self.held.kind)
            return bag_entries(
                payload,
                self.provenance,
                self._receipt(payload, "data/"),
                object_id=self.held.id,
                title=self.held.title,
                agency=self.held.agency,
            )
        content = content_of(self.files)
        header = MetsHeader(
            new_urn(),
            "DIP",
            self.held.title,
            now(),
            ("Luutru", installed("luutru")),
            (self.held.agency, self.held.agency),
        )
        return eark_entries(content, self.provenance, self._receipt(content, ""), header)

    def _receipt(self, content: list[tuple[str, Stored]], below: str) -> bytes:
        statement = {
            "kind": "dissemination receipt",
            "archive": self.archive.settings.archive_name,
            "object": self.held.id,
            "version": self.version,
            "agency": self.held.agency,
            "title": self.held.title,
            "content": {
                "files": len(content),
                "bytes": sum(file.size for _, file in content),
                "below": below,
                "content_digest": content_digest((path, file.sha512) for path, file in content),
            },
            "issued": now().isoformat(),
        }
        return sign_receipt(statement, self.archive.key)


def _record(archive: Archive, plan: _Plan, form: DipForm) -> None:
    event = EventRecord(
        "dissemination",
        detail=f"{form} DIP of {plan.version}",
        object_id=plan.held.id,
        location=plan.storage.name,
    )
    with writing(archive.engine) as session:
        record(session, event)
    flush(archive)
