"""Facts on a PDF (ISO 32000), by pikepdf: PDF/A claim and its proof, page images, text, locks.

Runs in the worker of ``luutru.packaging.format_probe`` only: a PDF from outside may do
anything to a library that reads it.
"""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pikepdf
from pikepdf import Array, Name, Object, Page, Pdf
from PIL import Image

from luutru.packaging.format_facts import PdfFacts

_OPERATORS = "q Q cm Do Tj TJ ' \""
_COVERS = 0.7
"""The share of a page that images cover on a scanned page."""
_COUNTS = 0.05
"""The share of a page below which an image says nothing of the scan: a stamp, a logo."""
_DEPTH = 5
_INSTRUCTIONS = 100_000
_FIELDS = 1000
_REASON = 200
_VALIDATED = {"1": "1b", "2": "2b", "3": "3b"}


Matrix = tuple[float, float, float, float]
_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An image on a page: the share of the page it covers, its resolution and depth."""

    share: float
    dpi: float
    bits: int


def read_pdf(path: Path, *, pages: int) -> PdfFacts:
    """The facts on a PDF, at most ``pages`` of its pages looked at, evenly spread."""
    try:
        with pikepdf.open(path, access_mode=pikepdf.AccessMode.stream) as pdf:
            return _facts(pdf, path, pages)
    except pikepdf.PasswordError:
        return PdfFacts(locked="password")
    except (MemoryError, ImportError):
        raise
    except Exception as error:  # noqa: BLE001  (whatever a broken file makes the library raise)
        return PdfFacts(problem=_named(error, path))


def _facts(pdf: Pdf, path: Path, most: int) -> PdfFacts:
    count = len(pdf.pages)
    found = PdfFacts(
        version=pdf.pdf_version,
        pages=count,
        locked="restricted" if pdf.is_encrypted else "",
        signed=_signed(pdf),
    )
    found = _pages(pdf, found, _spread(count, most))
    found = _claim(pdf, path, found)
    warnings = [*pdf.get_warnings(), *pdf.check_pdf_syntax()]
    return replace(found, repaired=found.repaired or _named(warnings[0] if warnings else "", path))


def _spread(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return sorted({round(place * (count - 1) / max(most - 1, 1)) for place in range(most)})


def _pages(pdf: Pdf, found: PdfFacts, numbers: list[int]) -> PdfFacts:
    scans = dpi = dpi_page = bits = bits_page = silent = silent_page = 0
    for number in numbers:
        try:
            page = _Reading(pdf.pages[number])
        except (MemoryError, ImportError):
            raise
        except Exception as error:  # noqa: BLE001  (whatever a broken page makes a library raise)
            found = replace(found, repaired=found.repaired or f"page {number + 1}: {_short(error)}")
            continue
        if not page.scanned:
            continue
        scans += 1
        counted = [image for image in page.images if image.share >= _COUNTS] or page.images
        best = round(max(image.dpi for image in counted))
        depth = max(image.bits for image in counted)
        if not dpi_page or best < dpi:
            dpi, dpi_page = best, number + 1
        if depth and (not bits_page or depth < bits):
            bits, bits_page = depth, number + 1
        if not page.text:
            silent, silent_page = silent + 1, silent_page or number + 1
    return replace(
        found,
        looked=len(numbers),
        scans=scans,
        dpi=dpi,
        dpi_page=dpi_page,
        bits=bits,
        bits_page=bits_page,
        silent=silent,
        silent_page=silent_page,
    )


class _Reading:
    """What is drawn on one page."""

    def __init__(self, page: Page) -> None:
        self.images: list[_Drawn] = []
        self.text = False
        self._left = _INSTRUCTIONS
        box = [float(value) for value in page.trimbox]
        unit = float(page.obj.get("/UserUnit", 1))
        self._inch = 72 / unit if unit > 0 else 72.0
        self._area = abs((box[2] - box[0]) * (box[3] - box[1])) or math.inf
        self._draw(page.obj, page.resources, _UNIT, 0)

    @property
    def scanned(self) -> bool:
        """Whether images cover the page."""
        return sum(image.share for image in self.images) >= _COVERS

    def _draw(self, content: Object, resources: Object, matrix: Matrix, depth: int) -> None:
        saved: list[Matrix] = []
        for instruction in pikepdf.parse_content_stream(content, _OPERATORS):
            self._left -= 1
            if self._left < 0:
                return
            match str(instruction.operator):
                case "q":
                    saved.append(matrix)
                case "Q" if saved:
                    matrix = saved.pop()
                case "cm" if len(instruction.operands) == 6:
                    matrix = _times([float(value) for value in instruction.operands], matrix)
                case "Do" if len(instruction.operands) == 1:
                    self._object(str(instruction.operands[0]), resources, matrix, depth)
                case "Tj" | "TJ" | "'" | '"':
                    self.text = True

    def _object(self, name: str, resources: Object, matrix: Matrix, depth: int) -> None:
        named = resources.get("/XObject")
        found = named.get(name) if isinstance(named, pikepdf.Dictionary) else None
        if not isinstance(found, pikepdf.Stream):
            return
        if found.get("/Subtype") == Name.Image:
            self._image(found, matrix)
        elif found.get("/Subtype") == Name.Form and depth < _DEPTH:
            own = [float(value) for value in found.get("/Matrix", [1, 0, 0, 1, 0, 0])]
            self._draw(found, found.get("/Resources", resources), _times(own, matrix), depth + 1)

    def _image(self, image: pikepdf.Stream, matrix: Matrix) -> None:
        a, b, c, d = matrix
        wide, high = math.hypot(a, b) / self._inch, math.hypot(c, d) / self._inch
        if wide <= 0 or high <= 0:
            return
        columns, rows = int(image.get("/Width", 0)), int(image.get("/Height", 0))
        share = abs(a * d - b * c) / self._area
        self.images.append(_Drawn(share, min(columns / wide, rows / high), _bits(image)))


def _times(own: list[float], outer: Matrix) -> Matrix:
    """The two matrices one after the other, without their translations."""
    a, b, c, d = own[:4]
    e, f, g, h = outer
    return (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)


def _bits(image: pikepdf.Stream) -> int:
    """Bits for a pixel; 0 where it cannot be told."""
    if image.get("/ImageMask"):
        return 1
    each = int(image.get("/BitsPerComponent", 0))
    filters = image.get("/Filter")
    last = filters[-1] if isinstance(filters, Array) and len(filters) else filters
    if last == Name.JPXDecode:  # its own header says more than the dictionary
        return _bits_of_jpx(image)
    return each * _components(image.get("/ColorSpace"))


def _bits_of_jpx(image: pikepdf.Stream) -> int:
    with Image.open(io.BytesIO(image.read_raw_bytes()), formats=["JPEG2000"]) as opened:
        return 8 * len(opened.getbands())


def _components(space: object) -> int:
    if isinstance(space, Array) and len(space):
        kind = str(space[0])
        if kind == "/ICCBased" and len(space) > 1:
            return int(space[1].get("/N", 0))
        if kind == "/DeviceN" and len(space) > 1:
            return len(space[1])
    else:
        kind = str(space)
    return {
        "/DeviceRGB": 3,
        "/CalRGB": 3,
        "/Lab": 3,
        "/DeviceCMYK": 4,
        "/DeviceGray": 1,
        "/CalGray": 1,
        "/Indexed": 1,
        "/Separation": 1,
    }.get(kind, 0)


def _claim(pdf: Pdf, path: Path, found: PdfFacts) -> PdfFacts:
    """What the metadata says of PDF/A, and what a validator says of that."""
    try:
        declared = pdf.open_metadata().pdfa_status
    except Exception as error:  # noqa: BLE001  (broken metadata declares nothing)
        return replace(found, reason=_short(error))
    flavour = _VALIDATED.get(declared[:1])
    if not declared or flavour is None or found.locked:
        return replace(found, declared=declared)
    from pikepdf import pdfa

    report = pdfa.validate_written(path, flavour)
    verdict = report.verdict
    first: object = next(iter((*report.violations, *report.unsupported)), "")
    # The validator stops at the form that holds a signature; what is besides it can still be wrong.
    if verdict == "not_checked" and found.signed and (broken := _besides_the_form(pdf, flavour)):
        verdict, first = "fail", broken
    return replace(found, declared=declared, verdict=verdict, reason=_short(first))


def _besides_the_form(pdf: Pdf, flavour: str) -> object:
    """The first violation of PDF/A in a document without its form; None where there is none."""
    from pikepdf import pdfa

    del pdf.Root.AcroForm  # of what was read; the file stays as it is
    for page in pdf.pages:
        if isinstance(notes := page.obj.get("/Annots"), Array):
            kept = [
                n for n in notes if isinstance(n, pikepdf.Dictionary) and n.get("/Subtype") != Name.Widget
            ]
            page.obj.Annots = Array(kept)
    return next(iter(pdfa.check(pdf, flavour).violations), None)


def _signed(pdf: Pdf) -> bool:
    """Whether a signature field is filled; the signature itself is not checked."""
    return any(field.get("/FT") == Name.Sig and field.get("/V") is not None for field in _fields(pdf))


def _fields(pdf: Pdf) -> Iterator[pikepdf.Dictionary]:
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    waiting = _items(form, "/Fields")
    seen = 0
    while waiting and seen < _FIELDS:
        field = waiting.pop()
        seen += 1
        if isinstance(field, pikepdf.Dictionary):
            yield field
            waiting.extend(_items(field, "/Kids"))


def _items(found: pikepdf.Dictionary, name: str) -> list[Object]:
    value = found.get(name)
    return list(islice(value, _FIELDS)) if isinstance(value, Array) else []


def _named(error: object, path: Path) -> str:
    """What a library says, without the folder in which the file lies for now."""
    return _short(str(error).replace(str(path), path.name))


def _short(error: object = "") -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _REASON else f"{text[:_REASON]}…"
