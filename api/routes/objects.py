"""Objects: what the archive holds, one by one and in pages."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import Session

from luutru.api.auth import TheArchive, TheCaller, may_see
from luutru.api.schemas import CopyOut, EventOut, FileOut, ObjectOut, Page, VersionOut
from luutru.repository import holdings
from luutru.repository.agencies import Caller
from luutru.repository.catalog import reading
from luutru.repository.errors import NotFound
from luutru.repository.models import Object

router = APIRouter(prefix="/objects", tags=["objects"])

Limit = Annotated[int, Query(ge=1, le=1000)]


def _seen(session: Session, caller: Caller, object_id: str) -> Object:
    found = holdings.get_object(session, object_id)
    if not may_see(caller, found.agency):
        raise NotFound(f"there is no object {object_id}")
    return found


@router.get("")
def search(
    archive: TheArchive, caller: TheCaller, q: str = "", cursor: str = "", limit: Limit = 100
) -> Page[ObjectOut]:
    """Objects whose title holds ``q``, in the order they were made."""
    with reading(archive.engine) as session:
        found = holdings.list_objects(session, agency=caller.agency, title=q, after=cursor, limit=limit)
        items = [ObjectOut.model_validate(item, from_attributes=True) for item in found]
    return Page(items=items, next=items[-1].id if len(items) == limit else None)


@router.get("/{object_id}")
def one(archive: TheArchive, caller: TheCaller, object_id: str) -> ObjectOut:
    """One object."""
    with reading(archive.engine) as session:
        return ObjectOut.model_validate(_seen(session, caller, object_id), from_attributes=True)


@router.get("/{object_id}/versions")
def versions(archive: TheArchive, caller: TheCaller, object_id: str) -> Page[VersionOut]:
    """Its versions, oldest first."""
    with reading(archive.engine) as session:
        found = holdings.versions_of(session, _seen(session, caller, object_id).id)
        return Page(items=[VersionOut.model_validate(item, from_attributes=True) for item in found])


@router.get("/{object_id}/files")
def files(
    archive: TheArchive, caller: TheCaller, object_id: str, cursor: str = "", limit: Limit = 100
) -> Page[FileOut]:
    """Its files by path."""
    with reading(archive.engine) as session:
        found = holdings.files_of(session, _seen(session, caller, object_id).id, after=cursor, limit=limit)
        items = [FileOut.model_validate(item, from_attributes=True) for item in found]
    return Page(items=items, next=items[-1].path if len(items) == limit else None)


@router.get("/{object_id}/copies")
def copies(archive: TheArchive, caller: TheCaller, object_id: str) -> Page[CopyOut]:
    """Its copies and what the last check said of each."""
    with reading(archive.engine) as session:
        found = holdings.copies_of(session, _seen(session, caller, object_id).id)
        return Page(items=[CopyOut.model_validate(item, from_attributes=True) for item in found])


@router.get("/{object_id}/events")
def events(
    archive: TheArchive, caller: TheCaller, object_id: str, cursor: int = 0, limit: Limit = 100
) -> Page[EventOut]:
    """Its PREMIS events, oldest first."""
    with reading(archive.engine) as session:
        found = holdings.events_of(session, _seen(session, caller, object_id).id, after=cursor, limit=limit)
        items = [EventOut.model_validate(item, from_attributes=True) for item in found]
    return Page(items=items, next=str(items[-1].sequence) if len(items) == limit else None)
