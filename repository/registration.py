"""Registers an AIP in the catalogue from what lies in storage, not from what we meant to store.

Ingest and rebuild use the same code, so that a catalogue made anew is the one that was lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from luutru.metadata_profiles import premis
from luutru.metadata_profiles.premis import Entity, FileObject, IntellectualEntity, NotPremis, read_premis
from luutru.packaging.aip import METS_PATH, PREMIS_PATH
from luutru.packaging.ocfl.commit import read_object, stored_digest
from luutru.packaging.ocfl.inventory import FILE_NAME, Inventory, InventoryError
from luutru.repository.catalog import insert_many
from luutru.repository.errors import RepositoryError
from luutru.repository.events import EventRecord, Result, record
from luutru.repository.location import Location
from luutru.repository.models import Event, File, Object, Version


class NotAnAip(RepositoryError):
    """An OCFL object that is damaged or was not made by this archive: it cannot be registered."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What was registered."""

    object_id: str
    agency: str
    files: int


def register(session: Session, storage: Location, object_path: str) -> Registered:
    """Read one AIP's inventory and PREMIS and insert its rows, in the caller's transaction.

    Raises NotAnAip, StorageError.
    """
    try:
        inventory = read_object(storage, object_path)
        digest = stored_digest(storage, f"{object_path}/{FILE_NAME}")
        return _Registration(session, storage, object_path, inventory, digest).run()
    except (InventoryError, NotPremis, KeyError) as error:
        raise NotAnAip(f"{storage.name}: {object_path} cannot be registered: {error}") from error


class _Registration:
    """One registration under way: counts what passes while it is inserted."""

    def __init__(
        self, session: Session, storage: Location, object_path: str, inventory: Inventory, digest: str
    ) -> None:
        self._session = session
        self._storage = storage
        self._path = object_path
        self._inventory = inventory
        self._digest = digest
        self._content = dict(inventory.content_paths())
        self._bytes = 0
        self._entity: IntellectualEntity | None = None

    def run(self) -> Registered:
        inventory = self._inventory
        files = insert_many(self._session, File, self._rows())
        if self._entity is None or self._entity.id != inventory.id:
            raise NotPremis(f"the PREMIS document does not describe {inventory.id}")
        said = self._entity.properties
        first = min(inventory.versions.values(), key=lambda version: version.created)
        head = inventory.versions[inventory.head]
        row: dict[str, Any] = {
            "id": inventory.id,
            "agency": said["agency"],
            "title": said.get("title", ""),
            "kind": said.get("package", ""),
            "path": self._path,
            "head": inventory.head,
            "created": first.created,
        }
        insert_many(self._session, Object, [row])
        version = {
            "object_id": inventory.id,
            "number": inventory.head,
            "created": head.created,
            "message": head.message,
            "inventory_digest": self._digest,
            "files": files,
            "bytes": self._bytes,
        }
        insert_many(self._session, Version, [version])
        return Registered(inventory.id, said["agency"], files)

    def _rows(self) -> Iterator[dict[str, Any]]:
        described = set(self._content)
        for entity in self._entities():
            if isinstance(entity, IntellectualEntity):
                self._entity = entity
            elif isinstance(entity, FileObject):
                described.discard(entity.path)
                yield self._row(entity.path, entity.size, entity)
            elif isinstance(entity, premis.Event):
                self._record(entity)
        for path in sorted(described):
            size = self._storage.size(f"{self._path}/{self._content[path]}")
            yield self._row(path, size, None)

    def _entities(self) -> Iterator[Entity]:
        with self._storage.read(f"{self._path}/{self._content[PREMIS_PATH]}") as stream:
            yield from read_premis(stream)

    def _record(self, event: premis.Event) -> None:
        """An event of the AIP's making belongs in the catalogue too, once."""
        if self._session.exec(select(Event.id).where(Event.id == event.id)).first() is not None:
            return
        said = self._entity.properties if self._entity else {}
        outcome: Result = "success" if event.outcome == "success" else "fail"
        record(
            self._session,
            EventRecord(
                event.type,
                outcome,
                event.detail,
                object_id=self._inventory.id,
                deposit_id=said.get("deposit"),
                date_time=event.date_time,
                id=event.id,
            ),
        )

    def _row(self, path: str, size: int, described: FileObject | None) -> dict[str, Any]:
        self._bytes += size
        own = {METS_PATH: "application/xml", PREMIS_PATH: "application/xml"}
        return {
            "object_id": self._inventory.id,
            "path": path,
            "version": self._inventory.head,
            "size": size,
            "sha512": self._inventory.manifest[self._content[path]].hex(),
            "puid": described.format.puid if described else "",
            "mime": described.format.mime if described else own.get(path, ""),
            "original_name": described.original_name if described else "",
        }
