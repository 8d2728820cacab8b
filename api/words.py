"""The command line's own words in Vietnamese and English, by key."""

from luutru.api.console import Language

_WORDS: dict[str, tuple[str, str]] = {
    "valid": ("hợp lệ", "valid"),
    "invalid": ("không hợp lệ", "invalid"),
    "error": ("lỗi", "error"),
    "warning": ("cảnh báo", "warning"),
    "info": ("thông tin", "info"),
    "code": ("Mã", "Code"),
    "severity": ("Mức", "Severity"),
    "location": ("Vị trí", "Location"),
    "message": ("Nội dung", "Message"),
    "no-findings": ("không có phát hiện nào", "no findings"),
    "stored": ("đã lưu trữ", "stored"),
    "rejected": ("bị từ chối", "rejected"),
    "failed": ("thất bại", "failed"),
    "deposit": ("Lần giao nộp", "Deposit"),
    "object": ("Gói lưu trữ", "Object"),
    "agency": ("Cơ quan", "Agency"),
    "title": ("Tiêu đề", "Title"),
    "created": ("Ngày tạo", "Created"),
    "files": ("Số tệp", "Files"),
    "bytes": ("Dung lượng", "Size"),
    "copies": ("Bản sao", "Copies"),
    "versions": ("Phiên bản", "Versions"),
    "events": ("Sự kiện", "Events"),
    "state": ("Trạng thái", "State"),
    "checked": ("Kiểm tra lần cuối", "Last checked"),
    "path": ("Đường dẫn", "Path"),
    "outcome": ("Kết quả", "Outcome"),
    "intact": ("nguyên vẹn", "intact"),
    "damaged": ("hư hỏng", "damaged"),
    "altered": ("bị thay đổi", "altered"),
    "missing": ("bị mất", "missing"),
    "unexpected": ("không mong đợi", "unexpected"),
    "unreadable": ("không đọc được", "unreadable"),
    "unknown": ("chưa rõ", "unknown"),
    "repaired": ("đã khôi phục", "repaired"),
    "unrepairable": ("không thể khôi phục", "unrepairable"),
    "time": ("Thời gian", "Time"),
    "event": ("Sự kiện", "Event"),
    "detail": ("Chi tiết", "Detail"),
    "empty-holdings": ("Kho chưa có gói nào.", "The archive holds nothing yet."),
    "read": ("đã đọc", "read"),
    "seconds": ("giây", "seconds"),
    "quarantined": ("Đã cách ly vào", "Quarantined in"),
    "from": ("từ", "from"),
    "genuine": ("xác thực", "genuine"),
    "not-genuine": ("không xác thực", "not genuine"),
}


def word(key: str, language: Language) -> str:
    """One word or phrase.  Raises KeyError for an unknown key."""
    vietnamese, english = _WORDS[key]
    return vietnamese if language == "vi" else english
