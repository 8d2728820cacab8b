"""Who is asking: bearer tokens (RFC 6750), and what an agency may see of another's: nothing."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from luutru.repository.agencies import Caller, caller_of
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading

_bearer = HTTPBearer(auto_error=False, description="A token from «luutru token».")


def archive_of(request: Request) -> Archive:
    """The archive this application serves."""
    archive: Archive = request.app.state.archive
    return archive


TheArchive = Annotated[Archive, Depends(archive_of)]


def caller(
    archive: TheArchive, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """Who holds the request's token; 401 without one that is known."""
    known = None
    if given is not None:
        with reading(archive.engine) as session:
            known = caller_of(session, given.credentials)
    if known is None:
        raise HTTPException(401, "Send a known token: Authorization: Bearer luutru_…")
    return known


TheCaller = Annotated[Caller, Depends(caller)]


def staff(caller: TheCaller) -> Caller:
    """The caller, if staff; 403 otherwise."""
    if not caller.is_staff:
        raise HTTPException(403, "Only staff may do this.")
    return caller


TheStaff = Annotated[Caller, Depends(staff)]


def may_see(caller: Caller, agency: str | None) -> bool:
    """Staff see everything, an agency its own."""
    return caller.is_staff or (agency is not None and caller.agency == agency)
