"""What the archive holds, as the catalogue knows it: pages by key, never by offset."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from luutru.repository.archive import Archive
from luutru.repository.catalog import reading
from luutru.repository.errors import NotFound
from luutru.repository.models import Copy, Event, File, Object, Version


@dataclass(frozen=True, slots=True)
class Summary:
    """One AIP in a list: its object, the size of its head version, its copies by state."""

    object: Object
    files: int
    bytes: int
    copies: dict[str, int]


def full_id(object_id: str) -> str:
    """The ``urn:uuid:`` form of an identifier that may be given as a bare UUID."""
    return object_id if object_id.startswith("urn:") else f"urn:uuid:{object_id}"


def get_object(session: Session, object_id: str) -> Object:
    """One AIP.  Raises NotFound."""
    found = session.get(Object, full_id(object_id))
    if found is None:
        raise NotFound(f"there is no object {object_id}; «luutru list» shows what there is")
    return found


def list_objects(
    session: Session, *, agency: str | None = None, title: str = "", after: str = "", limit: int = 100
) -> Sequence[Object]:
    """Objects in the order of their identifiers (which is that of their making), from ``after`` on."""
    query = select(Object).where(Object.id > after)
    if agency is not None:
        query = query.where(Object.agency == agency)
    if title:
        query = query.where(col(Object.title).icontains(title, autoescape=True))
    return session.exec(query.order_by(col(Object.id)).limit(limit)).all()


def summaries(session: Session, objects: Sequence[Object]) -> list[Summary]:
    """The same objects with sizes and the state of their copies; two queries for a page."""
    ids = [item.id for item in objects]
    versions = session.exec(select(Version).where(col(Version.object_id).in_(ids)))
    sizes = {(v.object_id, v.number): (v.files, v.bytes) for v in versions}
    states: dict[str, dict[str, int]] = {}
    counted = select(Copy.object_id, Copy.state, func.count()).where(col(Copy.object_id).in_(ids))
    for object_id, state, count in session.exec(counted.group_by(col(Copy.object_id), col(Copy.state))):
        states.setdefault(object_id, {})[state] = count
    return [
        Summary(item, *sizes.get((item.id, item.head), (0, 0)), states.get(item.id, {})) for item in objects
    ]


def versions_of(session: Session, object_id: str) -> Sequence[Version]:
    """The versions of an AIP, oldest first."""
    query = select(Version).where(Version.object_id == object_id)
    return session.exec(query.order_by(func.length(Version.number), col(Version.number))).all()


def files_of(session: Session, object_id: str, *, after: str = "", limit: int = 100) -> Sequence[File]:
    """The files of an AIP in the order of their paths, from ``after`` on."""
    query = select(File).where(File.object_id == object_id, File.path > after)
    return session.exec(query.order_by(col(File.path)).limit(limit)).all()


def submitted_files(session: Session, object_id: str) -> Sequence[tuple[str, str, int]]:
    """Name as submitted, SHA-512 and size of every file the producer sent."""
    query = select(File.original_name, File.sha512, File.size)
    return session.exec(query.where(File.object_id == object_id, File.original_name != "")).all()


def copies_of(session: Session, object_id: str) -> Sequence[Copy]:
    """The copies of an AIP, by location."""
    return session.exec(select(Copy).where(Copy.object_id == object_id).order_by(col(Copy.location))).all()


def events_of(session: Session, object_id: str, *, after: int = 0, limit: int = 100) -> Sequence[Event]:
    """The events of an AIP in the order they were recorded, from ``after`` on."""
    query = select(Event).where(Event.object_id == object_id, col(Event.sequence) > after)
    return session.exec(query.order_by(col(Event.sequence)).limit(limit)).all()


def due_copies(session: Session, before: datetime, *, limit: int = 1000) -> list[Copy]:
    """The copies whose last check is the longest ago, and before a moment; first those that were never checked."""
    # The databases put what is empty to different ends of an order: so it is asked for apart.
    order = (col(Copy.checked), col(Copy.object_id), col(Copy.location))
    never = select(Copy).where(col(Copy.checked).is_(None)).order_by(*order)
    found = list(session.exec(never.limit(limit)))
    if len(found) < limit:
        earlier = select(Copy).where(col(Copy.checked) < before).order_by(*order)
        found += session.exec(earlier.limit(limit - len(found)))
    return found


def object_ids(archive: Archive) -> Sequence[str]:
    """The identifiers of everything held, in order."""
    with reading(archive.engine) as session:
        return session.exec(select(Object.id).order_by(col(Object.id))).all()


def next_objects(archive: Archive, after: str, *, limit: int) -> list[str]:
    """The identifiers of the next objects in their order, from ``after`` on."""
    query = select(Object.id).where(Object.id > after).order_by(col(Object.id)).limit(limit)
    with reading(archive.engine) as session:
        return list(session.exec(query))
