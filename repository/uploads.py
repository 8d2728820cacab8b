"""Uploads: package files on their way in, kept untouched for a term after the decision.

An upload is operational, not archival: it is not in storage and is not rebuilt.  It lies in
``uploads/<id>/package`` of the home, whatever name the producer gave it.
"""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from luutru.repository.agencies import ensure_agency
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading, writing
from luutru.repository.errors import Conflict, NotFound, StorageShort
from luutru.repository.events import now
from luutru.repository.identifiers import new_uuid
from luutru.repository.models import Deposit, Upload

_FILE = "package"


def create_upload(archive: Archive, agency: str, name: str) -> Upload:
    """Open a place for one package file; its id is the deposit's id.  Raises NotAnAgencyCode."""
    upload = Upload(id=str(new_uuid()), agency=agency, name=name, state="created", created=now())
    with writing(archive.engine) as session:
        ensure_agency(session, agency)
        session.add(upload)
        session.flush()
        session.refresh(upload)
        session.expunge(upload)
    return upload


def get_upload(archive: Archive, upload_id: str) -> Upload:
    """One upload.  Raises NotFound."""
    with reading(archive.engine) as session:
        upload = session.get(Upload, upload_id)
    if upload is None:
        raise NotFound(f"there is no deposit {upload_id}")
    return upload


def uploaded_file(archive: Archive, upload_id: str) -> Path:
    """Where the bytes of an upload lie."""
    return archive.folder("uploads") / upload_id / _FILE


async def receive_content(archive: Archive, upload_id: str, chunks: AsyncIterator[bytes]) -> Upload:
    """Write the uploaded bytes to the medium as they come; they count once all of them are there.

    Raises NotFound, Conflict for an upload that was submitted, StorageShort when the disk
    would be left with less than the reserve or the package is over the archive's limit.
    """
    upload = get_upload(archive, upload_id)
    if upload.state == "submitted":
        raise Conflict("this deposit was submitted; its content can no longer change")
    path = uploaded_file(archive, upload_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{new_uuid()}")
    try:
        size = await _write(archive, draft, chunks)
        os.replace(draft, path)
    except OSError as error:
        raise StorageShort(f"the upload could not be written ({error}); try again later") from error
    finally:
        draft.unlink(missing_ok=True)
    return _set(archive, upload_id, state="uploaded", size=size)


async def _write(archive: Archive, path: Path, chunks: AsyncIterator[bytes]) -> int:
    size = 0
    with path.open("xb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > archive.settings.limit_bytes:
                raise StorageShort(f"the package is over the limit of {archive.settings.limit_bytes} bytes")
            if shutil.disk_usage(path.parent).free < archive.settings.reserve_bytes + len(chunk):
                raise StorageShort("the archive is short of disk space now; try again later")
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return size


def close_upload(session: Session, upload_id: str) -> Upload:
    """Close an upload for the decision, in the caller's transaction.

    Raises NotFound, Conflict unless its content is there.
    """
    upload = session.get(Upload, upload_id, with_for_update=True)
    if upload is None:
        raise NotFound(f"there is no deposit {upload_id}")
    if upload.state != "uploaded":
        told = "was submitted already" if upload.state == "submitted" else "has no content yet"
        raise Conflict(f"deposit {upload_id} {told}")
    return _changed(session, upload, state="submitted", size=upload.size)


def _set(archive: Archive, upload_id: str, *, state: str, size: int) -> Upload:
    with writing(archive.engine) as session:
        return _changed(session, session.get_one(Upload, upload_id), state=state, size=size)


def _changed(session: Session, upload: Upload, *, state: str, size: int) -> Upload:
    upload.state, upload.size = state, size
    session.add(upload)
    session.flush()
    session.refresh(upload)
    session.expunge(upload)
    return upload


def purge_expired(archive: Archive) -> list[str]:
    """Remove the uploads whose deposit was decided longer ago than the settable term; returns their ids."""
    before = now() - timedelta(days=archive.settings.upload_keep_days)
    decided = select(Deposit.id).where(
        Deposit.id == Upload.id, col(Deposit.finished) < before, col(Deposit.status) != "failed"
    )
    with reading(archive.engine) as session:
        expired = list(session.exec(select(Upload.id).where(decided.exists())))
    for upload_id in expired:
        shutil.rmtree(archive.folder("uploads") / upload_id, ignore_errors=True)
        with writing(archive.engine) as session:
            session.delete(session.get_one(Upload, upload_id))
    return expired
