"""Jobs asked for through the service: on one object, or on all."""

from fastapi import Request

from luutru.api.schemas import JobOut
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading
from luutru.repository.holdings import get_object


def start_on(request: Request, archive: Archive, kind: str, object_id: str | None) -> JobOut:
    """Start a job of a kind on an object or, where none is named, on all.  Raises NotFound."""
    argument = {}
    if object_id:
        with reading(archive.engine) as session:
            argument["object"] = get_object(session, object_id).id
    jobs = request.app.state.jobs
    return JobOut.model_validate(jobs.status(jobs.start(kind, argument, agency=None)), from_attributes=True)
