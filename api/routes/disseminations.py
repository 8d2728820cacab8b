"""Disseminations: a copy is asked for, made, and downloaded as a zip that proves itself."""

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from luutru.api.auth import TheArchive, TheCaller, may_see
from luutru.api.schemas import JobOut, NewDissemination
from luutru.repository.agencies import Caller
from luutru.repository.catalog import reading
from luutru.repository.errors import Conflict, NotFound
from luutru.repository.holdings import get_object
from luutru.repository.identifiers import new_uuid
from luutru.repository.models import Job

router = APIRouter(prefix="/disseminations", tags=["disseminations"])


@router.post("", status_code=202)
def request_copy(archive: TheArchive, caller: TheCaller, new: NewDissemination, request: Request) -> JobOut:
    """Ask for a DIP of an AIP version, as a BagIt bag or an E-ARK DIP."""
    with reading(archive.engine) as session:
        found = get_object(session, new.object)
    if not may_see(caller, found.agency):
        raise NotFound(f"there is no object {new.object}")
    dissemination = str(new_uuid())
    argument = {**new.model_dump(), "id": dissemination, "object": found.id}
    jobs = request.app.state.jobs
    jobs.start("dissemination", argument, agency=caller.agency, job_id=dissemination)
    return JobOut.model_validate(jobs.status(dissemination), from_attributes=True)


def _find(caller: Caller, dissemination_id: str, request: Request) -> Job:
    job: Job = request.app.state.jobs.status(dissemination_id)
    if job.kind != "dissemination" or not may_see(caller, job.agency):
        raise NotFound(f"there is no dissemination {dissemination_id}")
    return job


@router.get("/{dissemination_id}")
def status(caller: TheCaller, dissemination_id: str, request: Request) -> JobOut:
    """How a dissemination stands."""
    return JobOut.model_validate(_find(caller, dissemination_id, request), from_attributes=True)


@router.get("/{dissemination_id}/content", response_class=FileResponse)
def download(archive: TheArchive, caller: TheCaller, dissemination_id: str, request: Request) -> FileResponse:
    """The DIP as a zip."""
    job = _find(caller, dissemination_id, request)
    if job.status != "done":
        raise Conflict(f"dissemination {dissemination_id} is {job.status}")
    path = archive.folder("disseminations") / f"{job.id}.zip"
    if not path.exists():
        raise NotFound(f"dissemination {dissemination_id} has expired; ask for it again")
    return FileResponse(path, media_type="application/zip", filename=f"{job.id}.zip")
