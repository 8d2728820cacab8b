"""A letter as a scanner gives it: a page image, a little askew, on paper that is not white."""

import io
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from luutru.packaging.samples.letter import PAGE, Line
from luutru.packaging.samples.typeface import typeface

DPI = 120
_PAPER = 246
_INK = 40


def draw_scan(lines: Sequence[Line], kind: str) -> bytes:
    """The page as an image file of a kind that Pillow writes, such as ``JPEG`` or ``TIFF``."""
    scale = DPI / 72
    page = Image.new("L", (int(PAGE[0] * scale), int(PAGE[1] * scale)), _PAPER)
    pen = ImageDraw.Draw(page)
    for line in lines:
        face = ImageFont.truetype(typeface(line.style).path, line.size * scale)
        pen.text((line.x * scale, line.y * scale), line.text, fill=_INK, font=face, anchor="ls")
    page = page.rotate(0.6, resample=Image.Resampling.BICUBIC, fillcolor=_PAPER)
    _speckle(page)
    out = io.BytesIO()
    page.save(out, kind, dpi=(DPI, DPI))
    return out.getvalue()


def _speckle(page: Image.Image) -> None:
    dust = random.Random(458)  # the same dust each time: samples are the same bytes
    for _ in range(400):
        place = dust.randrange(page.width), dust.randrange(page.height)
        page.putpixel(place, dust.randrange(120, 220))
