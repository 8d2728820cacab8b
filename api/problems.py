"""Problem details for HTTP (RFC 9457): one table from the repository's errors to status and title."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from luutru.api.console import Language
from luutru.packaging.ocfl.storage import StorageError
from luutru.repository.agencies import NotAnAgencyCode
from luutru.repository.errors import (
    CatalogueBehindStorage,
    CatalogueOutdated,
    CatalogueUnavailable,
    Conflict,
    NoIntactCopy,
    NotFound,
    NotText,
    NotYetStored,
    ProfileNotUsable,
    QueueFull,
    RepositoryError,
    SourceChanged,
    StorageShort,
    UnderWay,
    WriterFault,
)

MEDIA_TYPE = "application/problem+json"

# What passes by itself: the caller may send the same again.
_PASSING = {503, 507}
_RETRY_SECONDS = 60

_TABLE: dict[type[Exception], tuple[int, str, str, str]] = {
    NotFound: (404, "not-found", "Không tìm thấy", "Not found"),
    NotAnAgencyCode: (422, "agency-code", "Mã cơ quan không đúng", "Not an agency code"),
    Conflict: (409, "conflict", "Không phù hợp với trạng thái hiện tại", "Does not fit the present state"),
    NotText: (422, "not-text", "Ký tự không lưu được", "A character that cannot be kept"),
    ProfileNotUsable: (422, "profile", "Không dùng được bộ quy định", "The profile cannot be used"),
    NoIntactCopy: (500, "no-intact-copy", "Không còn bản sao nguyên vẹn", "No intact copy is left"),
    StorageShort: (507, "storage-short", "Kho tạm thời hết chỗ", "Storage is short at present"),
    QueueFull: (
        503,
        "queue-full",
        "Có quá nhiều gói đang chờ tiếp nhận",
        "Too many deposits wait to be taken in",
    ),
    UnderWay: (
        409,
        "under-way",
        "Gói này đang được tiếp nhận trong một lần giao nộp khác",
        "Another deposit of this package is being taken in",
    ),
    NotYetStored: (
        503,
        "not-yet-stored",
        "Chưa lưu đủ các bản sao; kho sẽ tự hoàn tất",
        "Not all copies are stored yet; the archive completes it",
    ),
    SourceChanged: (
        409,
        "source-changed",
        "Tệp nguồn thay đổi khi đang đọc",
        "The source changed while read",
    ),
    CatalogueBehindStorage: (
        503,
        "catalogue-behind",
        "Danh mục cũ hơn kho",
        "The catalogue is behind storage",
    ),
    CatalogueOutdated: (
        503,
        "catalogue-outdated",
        "Danh mục chưa được nâng cấp",
        "The catalogue is not of this version",
    ),
    CatalogueUnavailable: (
        503,
        "catalogue-unavailable",
        "Danh mục tạm thời không truy cập được",
        "The catalogue is not available at present",
    ),
    WriterFault: (500, "writer-fault", "Lỗi nội bộ khi lập gói", "A package could not be written rightly"),
    RepositoryError: (500, "repository", "Kho lưu trữ gặp lỗi", "The archive could not do its work"),
    StorageError: (503, "storage", "Vị trí lưu trữ không sẵn sàng", "A storage location is not available"),
}
_BY_STATUS = {
    400: ("Yêu cầu không đúng", "Bad request"),
    401: ("Cần mã truy cập", "A bearer token is needed"),
    403: ("Không được phép", "Not allowed"),
    404: ("Không tìm thấy", "Not found"),
    405: ("Phương thức không được hỗ trợ", "Method not allowed"),
    409: ("Không phù hợp với trạng thái hiện tại", "Does not fit the present state"),
    422: ("Dữ liệu gửi lên không đúng", "The request does not fit its schema"),
}


def language_of(request: Request) -> Language:
    """Vietnamese unless the request's Accept-Language prefers English."""
    best: tuple[float, Language] = (0.0, "vi")
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        primary = tag.split("-")[0].lower()
        if primary in ("vi", "en") and weight > best[0]:
            best = (weight, "vi" if primary == "vi" else "en")
    return best[1]


def problem(
    request: Request, status: int, kind: str, title: tuple[str, str], detail: str = "", **more: Any
) -> JSONResponse:
    """A problem document; ``kind`` completes the problem type's URN."""
    body = {
        "type": f"urn:luutru:problem:{kind}",
        "title": title[0] if language_of(request) == "vi" else title[1],
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **more,
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status in _PASSING:
        headers["Retry-After"] = str(_RETRY_SECONDS)
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of this service as a problem document."""
    for error, (status, kind, *titles) in _TABLE.items():
        app.add_exception_handler(error, _handler(status, kind, (titles[0], titles[1])))
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)


def _handler(status: int, kind: str, titles: tuple[str, str]) -> Callable[[Request, Exception], JSONResponse]:
    return lambda request, error: problem(request, status, kind, titles, str(error))


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    titles = _BY_STATUS.get(error.status_code, ("Lỗi", "Error"))
    return problem(request, error.status_code, f"http-{error.status_code}", titles, str(error.detail))


def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"pointer": "/" + "/".join(str(part) for part in item["loc"]), "detail": item["msg"]}
        for item in error.errors()
    ]
    return problem(
        request, 422, "schema", _BY_STATUS[422], "The request does not fit its schema.", errors=errors
    )
