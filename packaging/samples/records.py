"""A *hồ sơ* of an office that does not exist, made on the spot: real files with real Vietnamese names and texts.

Each run makes the same bytes.  Decision 458/QĐ-TTg is real; the province, the people and
what they write are not.
"""

import csv
import io
from pathlib import Path

from luutru.packaging.samples.letter import Letter, lay_out, lay_out_cover
from luutru.packaging.samples.office_files import write_odt, write_xlsx
from luutru.packaging.samples.pdf_page import write_pdf
from luutru.packaging.samples.scan import draw_scan

TITLE = (
    "Hồ sơ về việc triển khai thực hiện Quyết định số 458/QĐ-TTg ngày 03/4/2020 của Thủ tướng Chính phủ "
    "phê duyệt Đề án “Lưu trữ tài liệu điện tử của các cơ quan nhà nước giai đoạn 2020 - 2025”"
)
OFFICE = "Sở Nội vụ tỉnh Sông Lam"
OFFICE_CODE = "H99.08"
FILE_CODE = "H99.08.2020.15"

_PROVINCE = "Ủy ban nhân dân tỉnh Sông Lam"

SUBMISSION = Letter(
    authority=_PROVINCE,
    office="Sở Nội vụ",
    number="215/TTr-SNV",
    place_and_date="Sông Lam, ngày 20 tháng 5 năm 2020",
    kind="Tờ trình",
    subject="Về việc ban hành Kế hoạch triển khai thực hiện Quyết định số 458/QĐ-TTg trên địa bàn tỉnh",
    paragraphs=(
        f"Kính gửi: {_PROVINCE}.",
        (
            "Thực hiện Quyết định số 458/QĐ-TTg ngày 03 tháng 4 năm 2020 của Thủ tướng Chính phủ, "
            "Sở Nội vụ đã chủ trì, phối hợp với các sở, ban, ngành xây dựng dự thảo Kế hoạch lưu trữ "
            "tài liệu điện tử của các cơ quan nhà nước trên địa bàn tỉnh giai đoạn 2020 - 2025."
        ),
        (
            "Dự thảo đã được gửi lấy ý kiến 32 cơ quan, đơn vị; 30 ý kiến nhất trí, 02 ý kiến đề nghị bổ sung "
            "nội dung về số hóa tài liệu giấy. Sở Nội vụ đã tiếp thu, hoàn thiện dự thảo."
        ),
        "Sở Nội vụ kính trình Ủy ban nhân dân tỉnh xem xét, ban hành./.",
    ),
    recipients=("Như trên", "Giám đốc, các Phó Giám đốc Sở", "Lưu: VT, QLVTLT"),
    signer_role="Giám đốc",
    signer="Nguyễn Thị Hải Yến",
)

REPLY = Letter(
    authority=_PROVINCE,
    office="Sở Thông tin và Truyền thông",
    number="478/STTTT-CNTT",
    place_and_date="Sông Lam, ngày 11 tháng 5 năm 2020",
    kind="Công văn",
    subject="V/v góp ý dự thảo Kế hoạch lưu trữ tài liệu điện tử giai đoạn 2020 - 2025",
    paragraphs=(
        "Kính gửi: Sở Nội vụ.",
        (
            "Phúc đáp Công văn số 196/SNV-QLVTLT ngày 04 tháng 5 năm 2020 của Sở Nội vụ, Sở Thông tin và "
            "Truyền thông cơ bản nhất trí với dự thảo Kế hoạch."
        ),
        (
            "Đề nghị bổ sung nội dung kiểm tra định kỳ tính toàn vẹn của dữ liệu lưu trữ, có ít nhất hai bản "
            "sao trên hai phương tiện độc lập và phương án khôi phục khi xảy ra sự cố./."
        ),
    ),
    recipients=("Như trên", "Lưu: VT, CNTT"),
    signer_role="Phó Giám đốc",
    signer="Đỗ Quốc Khánh",
)

_PLAN_TITLE = "Kế hoạch triển khai thực hiện Quyết định số 458/QĐ-TTg trên địa bàn tỉnh Sông Lam"
_PLAN = (
    "I. MỤC ĐÍCH, YÊU CẦU",
    (
        "Bảo đảm tài liệu điện tử hình thành trong hoạt động của các cơ quan nhà nước được thu thập, bảo quản "
        "an toàn, toàn vẹn và tổ chức sử dụng hiệu quả."
    ),
    "II. NỘI DUNG",
    "1. Xây dựng kho lưu trữ số dùng chung của tỉnh.",
    "2. Giao nộp hồ sơ, tài liệu điện tử vào Lưu trữ lịch sử đúng thời hạn.",
    "3. Kiểm tra tính toàn vẹn của gói tin lưu trữ theo định kỳ.",
    "III. TỔ CHỨC THỰC HIỆN",
    "Sở Nội vụ chủ trì, hướng dẫn, kiểm tra và báo cáo Ủy ban nhân dân tỉnh trước ngày 15 tháng 12 hằng năm.",
)
_INDEX: tuple[tuple[str, ...], ...] = (
    ("STT", "Số, ký hiệu", "Ngày tháng", "Trích yếu nội dung", "Số tờ"),
    ("1", REPLY.number, "11/5/2020", REPLY.subject, "1"),
    ("2", SUBMISSION.number, "20/5/2020", SUBMISSION.subject, "1"),
    ("3", "88/KH-UBND", "02/6/2020", _PLAN_TITLE, "6"),
)
_PROGRESS: tuple[tuple[str | int, ...], ...] = (
    ("Cơ quan", "Hồ sơ đã số hóa", "Hồ sơ phải số hóa"),
    ("Sở Nội vụ", 1240, 1500),
    ("Sở Tư pháp", 860, 1120),
    ("Sở Giáo dục và Đào tạo", 2315, 2400),
)
_NOTE = (
    "Hồ sơ gồm 03 văn bản và các tài liệu kèm theo, đã kiểm tra đủ thành phần trước khi giao nộp.\n"
    "Bản giấy của Công văn số 478/STTTT-CNTT được quét ở độ phân giải 120 dpi.\n"
)


def make_records(folder: Path) -> list[Path]:
    """Write the files of one *hồ sơ* into a folder; the paths written.

    Raises FileExistsError where one is there already, OSError.
    """
    written = []
    for name, data in _records().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
        written.append(path)
    return written


def _records() -> dict[str, bytes]:
    return {
        "00. Bìa hồ sơ (bản quét).png": draw_scan(lay_out_cover(OFFICE, FILE_CODE, TITLE), "PNG"),
        "01. Công văn 478-STTTT-CNTT góp ý dự thảo (bản quét).jpg": draw_scan(lay_out(REPLY), "JPEG"),
        "02. Tờ trình 215-TTr-SNV.pdf": write_pdf(lay_out(SUBMISSION), title=SUBMISSION.subject),
        "03. Kế hoạch 88-KH-UBND.odt": write_odt(_PLAN_TITLE, _PLAN),
        "Phụ lục/Mục lục văn bản.csv": _csv(_INDEX),
        "Phụ lục/Tiến độ số hóa năm 2020.xlsx": write_xlsx("Tiến độ", _PROGRESS),
        "Ghi chú bàn giao.txt": _NOTE.encode("utf-8"),
    }


def _csv(rows: tuple[tuple[str, ...], ...]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")  # spreadsheets take the mark for "this is UTF-8"
