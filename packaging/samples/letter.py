"""An administrative letter as Vietnamese offices write them (Decree 30/2020/NĐ-CP, appendix I), laid out on A4."""

from collections.abc import Iterator
from dataclasses import dataclass

from luutru.packaging.samples.typeface import typeface

PAGE = (595.0, 842.0)
_LEFT, _RIGHT = 85.0, 545.0
_MIDDLE = (_LEFT + _RIGHT) / 2


@dataclass(frozen=True, slots=True)
class Letter:
    """The parts of an administrative letter, in the order in which they stand on the page."""

    authority: str
    office: str
    number: str
    place_and_date: str
    kind: str
    subject: str
    paragraphs: tuple[str, ...]
    recipients: tuple[str, ...]
    signer_role: str
    signer: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on the page: the start of its base line in points from the top left."""

    x: float
    y: float
    text: str
    size: float
    style: str = "Regular"


def lay_out(letter: Letter) -> list[Line]:
    """The lines of a one-page letter."""
    lines = [
        _centred(190, 70, letter.authority.upper(), 10),
        _centred(190, 86, letter.office.upper(), 10, "Bold"),
        _centred(190, 108, f"Số: {letter.number}", 10.5),
        _centred(420, 70, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 10, "Bold"),
        _centred(420, 86, "Độc lập - Tự do - Hạnh phúc", 10.5, "Bold"),
        _centred(420, 108, letter.place_and_date, 10.5, "Italic"),
        _centred(_MIDDLE, 150, letter.kind.upper(), 13, "Bold"),
    ]
    y = 170.0
    for text in _wrapped(letter.subject, 360, 11.5, "Bold"):
        lines.append(_centred(_MIDDLE, y, text, 11.5, "Bold"))
        y += 17
    for paragraph in letter.paragraphs:
        y += 10
        for number, text in enumerate(_wrapped(paragraph, _RIGHT - _LEFT - 24, 11.5)):
            lines.append(Line(_LEFT if number else _LEFT + 24, y, text, 11.5))
            y += 17
    y += 24
    lines += [
        Line(_LEFT, y, "Nơi nhận:", 10, "BoldItalic"),
        _centred(440, y, letter.signer_role.upper(), 11, "Bold"),
        _centred(440, y + 84, letter.signer, 11.5, "Bold"),
    ]
    last = len(letter.recipients) - 1
    for number, text in enumerate(letter.recipients):
        y += 15
        lines.append(Line(_LEFT, y, f"- {text}{'.' if number == last else ';'}", 9.5))
    return lines


def lay_out_cover(office: str, code: str, title: str) -> list[Line]:
    """The lines of the cover (*bìa hồ sơ*) of a file of records."""
    lines = [
        _centred(_MIDDLE, 90, office.upper(), 13, "Bold"),
        _centred(_MIDDLE, 250, "HỒ SƠ", 26, "Bold"),
        _centred(_MIDDLE, 280, f"Số, ký hiệu: {code}", 12),
    ]
    for number, text in enumerate(_wrapped(title, 380, 13)):
        lines.append(_centred(_MIDDLE, 330 + 22 * number, text, 13))
    return lines


def _centred(middle: float, y: float, text: str, size: float, style: str = "Regular") -> Line:
    return Line(middle - typeface(style).width(text, size) / 2, y, text, size, style)


def _wrapped(text: str, width: float, size: float, style: str = "Regular") -> Iterator[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and typeface(style).width(longer, size) > width:
            yield line
            line = word
        else:
            line = longer
    yield line
