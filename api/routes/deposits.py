"""Deposits: create, upload, submit, follow, read the report and the receipt."""

from asyncio import to_thread
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlmodel import col, select

from luutru.api.auth import TheArchive, TheCaller, may_see
from luutru.api.problems import language_of
from luutru.api.report_html import report_page
from luutru.api.schemas import DepositState, NewDeposit, Page, ReportOut
from luutru.metadata_profiles.finding import Report
from luutru.repository.admission import admit
from luutru.repository.agencies import Caller
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading
from luutru.repository.errors import NotFound
from luutru.repository.models import Deposit, Upload
from luutru.repository.receipts import read_receipt_file
from luutru.repository.submission import submit_upload
from luutru.repository.uploads import create_upload, receive_content

router = APIRouter(prefix="/deposits", tags=["deposits"])


def _state(upload: Upload | None, deposit: Deposit | None) -> DepositState:
    if deposit is not None:
        return DepositState(
            id=deposit.id,
            agency=deposit.agency,
            name=deposit.source,
            status=deposit.status,  # type: ignore[arg-type]
            size=upload.size if upload else None,
            received=deposit.received,
            finished=deposit.finished,
            object=deposit.object_id if deposit.status == "stored" else None,
        )
    assert upload is not None
    return DepositState(
        id=upload.id,
        agency=upload.agency,
        name=upload.name,
        status=upload.state,  # type: ignore[arg-type]
        size=upload.size,
    )


def _find(archive: Archive, caller: Caller, deposit_id: str) -> tuple[Upload | None, Deposit | None]:
    """A deposit the caller may see; another agency's is as good as none."""
    with reading(archive.engine) as session:
        upload, deposit = session.get(Upload, deposit_id), session.get(Deposit, deposit_id)
    owner = (deposit or upload).agency if (deposit or upload) else None  # type: ignore[union-attr]
    if owner is None or not may_see(caller, owner):
        raise NotFound(f"there is no deposit {deposit_id}")
    return upload, deposit


@router.post("", status_code=201)
def create(archive: TheArchive, caller: TheCaller, new: NewDeposit, response: Response) -> DepositState:
    """Open a deposit; send its package to ``/deposits/{id}/content`` next."""
    admit(archive)
    agency = caller.agency or new.agency
    if agency is None:
        raise HTTPException(422, "Staff must say for which agency the deposit is.")
    if not may_see(caller, new.agency or agency):
        raise HTTPException(403, "An agency deposits for itself only.")
    upload = create_upload(archive, agency, new.name)
    response.headers["Location"] = f"/api/v1/deposits/{upload.id}"
    return _state(upload, None)


@router.put(
    "/{deposit_id}/content", openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}}}
)
async def upload(archive: TheArchive, caller: TheCaller, deposit_id: str, request: Request) -> DepositState:
    """Send the package file (zip, tar, tar.gz) as the request's body; written as it comes."""
    _find(archive, caller, deposit_id)
    length = request.headers.get("content-length", "")
    await to_thread(admit, archive, int(length) if length.isdecimal() else 0)
    return _state(await receive_content(archive, deposit_id, request.stream()), None)


@router.post("/{deposit_id}/submit", status_code=202)
def submit(archive: TheArchive, caller: TheCaller, deposit_id: str, request: Request) -> DepositState:
    """Hand the uploaded package over for ingest; the answer comes with the deposit's status."""
    _find(archive, caller, deposit_id)
    admit(archive)
    return _state(submit_upload(archive, request.app.state.jobs, deposit_id), None)


@router.get("")
def listing(
    archive: TheArchive,
    caller: TheCaller,
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    status: str | None = None,
) -> Page[DepositState]:
    """Submitted deposits, newest last."""
    query = select(Deposit).where(Deposit.id > cursor)
    if caller.agency is not None:
        query = query.where(Deposit.agency == caller.agency)
    if status:
        query = query.where(Deposit.status == status)
    with reading(archive.engine) as session:
        found = session.exec(query.order_by(col(Deposit.id)).limit(limit)).all()
    following = found[-1].id if len(found) == limit else None
    return Page(items=[_state(None, deposit) for deposit in found], next=following)


@router.get("/{deposit_id}")
def status(archive: TheArchive, caller: TheCaller, deposit_id: str) -> DepositState:
    """Where a deposit stands."""
    return _state(*_find(archive, caller, deposit_id))


@router.get("/{deposit_id}/report", response_model=ReportOut, responses={200: {"content": {"text/html": {}}}})
def report(archive: TheArchive, caller: TheCaller, deposit_id: str, request: Request) -> ReportOut | Response:
    """The findings, in Vietnamese or English as the Accept-Language asks; a page for ``Accept: text/html``."""
    _, deposit = _find(archive, caller, deposit_id)
    if deposit is None or deposit.report is None:
        raise NotFound(f"deposit {deposit_id} has no report yet")
    found, language = Report.restored(deposit.report), language_of(request)
    if "text/html" in request.headers.get("accept", ""):
        page = report_page([found], language, made=datetime.now().astimezone())
        return Response(page.encode("utf-8", "backslashreplace"), media_type="text/html; charset=utf-8")
    return ReportOut.model_validate(found.as_json(language))


@router.get("/{deposit_id}/receipt", response_class=Response)
def receipt(archive: TheArchive, caller: TheCaller, deposit_id: str) -> Response:
    """The signed receipt: issued once every copy is proven; check it with ``luutru verify``."""
    _find(archive, caller, deposit_id)
    return Response(read_receipt_file(archive, deposit_id), media_type="application/json")
