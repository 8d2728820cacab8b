"""A TrueType face: which glyph a character has and how wide it is (OpenType ``cmap`` and ``hmtx``)."""

import struct
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_PACKAGE = "fontpkg_be_vietnam_pro"


@dataclass(frozen=True, slots=True)
class Typeface:
    """A face: its file, glyphs by character, advance widths by glyph, and figures in thousandths of its size."""

    name: str
    path: Path
    data: bytes
    glyphs: dict[str, int]
    widths: tuple[int, ...]
    box: tuple[int, ...]
    ascent: int
    descent: int

    def width(self, text: str, size: float) -> float:
        """How wide a text is, in the unit of ``size``.  Raises KeyError for a character without glyph."""
        return sum(self.widths[self.glyphs[char]] for char in text) * size / 1000


@cache
def typeface(style: str = "Regular") -> Typeface:
    """Be Vietnam Pro (SIL Open Font License) in a style such as ``Regular`` or ``Bold``."""
    spec = find_spec(_PACKAGE)
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).parent / "files" / f"BeVietnamPro-{style}.ttf"
    data = path.read_bytes()
    tables = _tables(data)
    head, hhea = tables["head"], tables["hhea"]
    units = _shorts(data, head + 18, 1)[0]
    ascent, descent = _shorts(data, hhea + 4, 2, "h")
    advances = _shorts(data, tables["hmtx"], _shorts(data, hhea + 34, 1)[0] * 2)[::2]
    glyph_count = _shorts(data, tables["maxp"] + 4, 1)[0]
    widths = advances + advances[-1:] * (glyph_count - len(advances))
    return Typeface(
        f"BeVietnamPro-{style}",
        path,
        data,
        _characters(data, tables["cmap"]),
        tuple(width * 1000 // units for width in widths),
        tuple(edge * 1000 // units for edge in _shorts(data, head + 36, 4, "h")),
        ascent * 1000 // units,
        descent * 1000 // units,
    )


def _tables(data: bytes) -> dict[str, int]:
    count = _shorts(data, 4, 1)[0]
    records = struct.iter_unpack(">4sLLL", data[12 : 12 + 16 * count])
    return {tag.decode(): offset for tag, _, offset, _ in records}


def _shorts(data: bytes, offset: int, count: int, kind: str = "H") -> tuple[int, ...]:
    return struct.unpack_from(f">{count}{kind}", data, offset)


def _characters(data: bytes, cmap: int) -> dict[str, int]:
    """The Unicode subtable of format 4: segments of characters, with a delta or a list of glyphs each."""
    for number in range(_shorts(data, cmap + 2, 1)[0]):
        platform, encoding, offset = struct.unpack_from(">HHL", data, cmap + 4 + 8 * number)
        if (platform, encoding) == (3, 1):
            break
    else:
        raise ValueError("the typeface has no Unicode character map")
    table = cmap + offset
    segments = _shorts(data, table + 6, 1)[0] // 2
    ends = _shorts(data, table + 14, segments)
    starts = _shorts(data, table + 16 + 2 * segments, segments)
    deltas = _shorts(data, table + 16 + 4 * segments, segments)
    ranges = table + 16 + 6 * segments
    offsets = _shorts(data, ranges, segments)
    glyphs = {}
    for segment, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if offsets[segment]:
                place = ranges + 2 * segment + offsets[segment] + 2 * (code - first)
                glyph = _shorts(data, place, 1)[0]
            if glyph:
                glyphs[chr(code)] = (glyph + deltas[segment]) & 0xFFFF
    return glyphs
