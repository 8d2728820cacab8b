"""A PDF 1.7 page of real text: embedded TrueType faces, and a ToUnicode map so that it can be searched."""

import zlib
from collections.abc import Iterable, Mapping, Sequence

from luutru.packaging.samples.letter import PAGE, Line
from luutru.packaging.samples.typeface import Typeface, typeface

_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CMapName /Luutru-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{}endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def write_pdf(lines: Sequence[Line], *, title: str) -> bytes:
    """A document of one page."""
    styles = sorted({line.style for line in lines})
    names = {style: f"F{number}" for number, style in enumerate(styles)}
    objects: list[bytes] = [b""] * 5
    fonts = {}
    for style in styles:
        used = {char for line in lines if line.style == style for char in line.text}
        fonts[names[style]] = _add_font(objects, typeface(style), sorted(used))
    resources = " ".join(f"/{name} {number} 0 R" for name, number in fonts.items())
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R /Lang (vi-VN) >>"
    objects[1] = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    objects[2] = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE[0]:g} {PAGE[1]:g}] "
        f"/Resources << /Font << {resources} >> >> /Contents 4 0 R >>"
    ).encode()
    objects[3] = _stream(_content(lines, names).encode())
    objects[4] = b"<< /Title " + _text_string(title) + b" /Producer (Luutru samples) >>"
    return _file(objects)


def _content(lines: Iterable[Line], names: Mapping[str, str]) -> str:
    return "\n".join(
        f"BT /{names[line.style]} {line.size:g} Tf {line.x:.2f} {PAGE[1] - line.y:.2f} Td "
        f"<{_codes(typeface(line.style), line.text)}> Tj ET"
        for line in lines
    )


def _codes(face: Typeface, text: str) -> str:
    return "".join(f"{face.glyphs[char]:04X}" for char in text)


def _add_font(objects: list[bytes], face: Typeface, used: Sequence[str]) -> int:
    """Append the five objects of a composite font; the number of the first."""
    first = len(objects) + 1
    widths = " ".join(f"{face.glyphs[char]} [{face.widths[face.glyphs[char]]}]" for char in used)
    box = " ".join(map(str, face.box))
    objects += [
        (
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{face.name} /Encoding /Identity-H "
            f"/DescendantFonts [{first + 1} 0 R] /ToUnicode {first + 3} 0 R >>"
        ).encode(),
        (
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{face.name} /CIDToGIDMap /Identity "
            f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/FontDescriptor {first + 2} 0 R /W [{widths}] >>"
        ).encode(),
        (
            f"<< /Type /FontDescriptor /FontName /{face.name} /Flags 32 /FontBBox [{box}] /ItalicAngle 0 "
            f"/Ascent {face.ascent} /Descent {face.descent} /CapHeight 700 /StemV 80 "
            f"/FontFile2 {first + 4} 0 R >>"
        ).encode(),
        _stream(_to_unicode(face, used).encode()),
        _stream(face.data, f"/Length1 {len(face.data)} "),
    ]
    return first


def _to_unicode(face: Typeface, used: Sequence[str]) -> str:
    blocks = []
    for start in range(0, len(used), 100):  # the format allows a hundred in a block
        part = used[start : start + 100]
        pairs = "".join(f"<{face.glyphs[c]:04X}> <{c.encode('utf-16-be').hex().upper()}>\n" for c in part)
        blocks.append(f"{len(part)} beginbfchar\n{pairs}endbfchar\n")
    return _CMAP.format("".join(blocks))


def _stream(data: bytes, more: str = "") -> bytes:
    packed = zlib.compress(data, 9)
    head = f"<< /Filter /FlateDecode {more}/Length {len(packed)} >>\nstream\n"
    return head.encode() + packed + b"\nendstream"


def _text_string(text: str) -> bytes:
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode() + b">"


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)
