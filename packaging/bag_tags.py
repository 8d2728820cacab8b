"""The tag files of a bag: bagit.txt, bag-info.txt and fetch.txt (RFC 8493, sections 2.1.1, 2.2.2, 2.2.3)."""

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from luutru.metadata_profiles.finding import Report
from luutru.packaging.contents import Contents
from luutru.packaging.paths import is_safe

DECLARATION = "bagit.txt"
VERSIONS = ("0.93", "0.94", "0.95", "0.96", "0.97", "1.0")
ONCE = ("Payload-Oxum", "Bagging-Date", "Bag-Size", "Bag-Group-Identifier", "Bag-Count")

_LINES = re.compile(r"\r\n|\n|\r")
_STRICT = re.compile(rb"BagIt-Version: \d+\.\d+(?:\r\n|\n|\r)Tag-File-Character-Encoding: \S+(?:\r\n|\n|\r)?")
_FIELD = re.compile(r"^[ \t]*([A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_COUNT = re.compile(r"\d+ of (?:\d+|\?)", re.ASCII)
# What has to be encoded since 1.0 and is not, a line end apart: it would have ended the line.
_BARE_PERCENT = re.compile(r"%(?!25|0[AaDd])")
_FETCH = re.compile(r"(\S+)[ \t]+(\d+|-)[ \t]+(.+)")
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")

# Text to Python, but no character encodings; decoding some of them takes time by the square of the length.
_NO_ENCODINGS = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined")

_WIDE = {
    "utf-16": (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE),
    "utf-32": (codecs.BOM_UTF32_BE, codecs.BOM_UTF32_LE),
}

# What a tag file may be in bytes: it is read whole, so that these bound memory and time.
_LARGEST_DECLARATION = 4 << 10
_LARGEST_INFO = 4 << 20
_LARGEST_LIST = 1 << 30
# And in lines, each of which costs a hundred times its line end: as many as there are files, and some more.
_MORE_LINES = 1_000_000


@dataclass(frozen=True, slots=True)
class Declaration:
    """What bagit.txt says; a bag without one is read as the newest in UTF-8."""

    version: str = "1.0"
    encoding: str = "utf-8"

    @property
    def strict(self) -> bool:
        """Whether the bag is one of RFC 8493 and not of a draft before it."""
        return self.version == "1.0"


def read_declaration(contents: Contents, report: Report) -> Declaration:
    """The bag declaration (section 2.1.1)."""
    if DECLARATION not in contents.sizes:
        report.add("RFC8493-2.1.1/missing", DECLARATION)
        return Declaration()
    data = _read(contents, DECLARATION, report, _LARGEST_DECLARATION)
    if data.startswith(codecs.BOM_UTF8):
        report.add("RFC8493-2.1.1/bom", DECLARATION)
        data = data[len(codecs.BOM_UTF8) :]
    elif not _STRICT.fullmatch(data):
        report.add("RFC8493-2.1.1/form", DECLARATION)
    fields = dict(_FIELD.findall(_LINES.sub("\n", data.decode("utf-8", "replace"))))
    version = fields.get("BagIt-Version", "")
    if version not in VERSIONS:
        report.add("RFC8493-2.1.1/version", DECLARATION, version=version or "?")
        version = "1.0"
    encoding = _encoding(fields.get("Tag-File-Character-Encoding", ""), report)
    if version == "1.0" and encoding != "utf-8":
        report.add("RFC8493-2.1.1/not-utf-8", DECLARATION, encoding=encoding)
    return Declaration(version, encoding)


def _encoding(name: str, report: Report) -> str:
    try:
        found = codecs.lookup(name or "?").name
        # Some Python codecs are no character encodings ("rot13", "zip").
        "".encode(found)
    except (LookupError, TypeError, ValueError):
        found = ""
    if not found or found.replace("_", "-") in _NO_ENCODINGS:
        report.add("RFC8493-2.1.1/encoding", DECLARATION, encoding=name or "?")
        return "utf-8"
    return found


def read_lines(
    contents: Contents, path: str, declaration: Declaration, report: Report, *, limit: int = _LARGEST_LIST
) -> list[str]:
    """The lines of a tag file in the declared encoding, without their ends; none where it is over the limit."""
    data = _read(contents, path, report, limit)
    encoding = declaration.encoding
    if encoding in _WIDE and not data.startswith(_WIDE[encoding]):
        # Without a mark the order of bytes is the network's (RFC 2781, section 4.3), not that of this machine;
        # but a tag file begins with a plain letter or digit, so that the other order can be told.
        encoding += "-le" if data[:1] != b"\0" and data[1:2] == b"\0" else "-be"
    try:
        text = data.decode(encoding)
        if encoding == "utf-7":
            text.encode("utf-8")  # it alone lets halves of surrogate pairs through
    except (UnicodeError, ValueError):
        report.add("RFC8493-2.1.1/not-decodable", path, encoding=encoding)
        text = data.decode("utf-8", "replace")
    if text.startswith("\ufeff"):
        report.add("RFC8493-2.3/bom", path)
        text = text[1:]
    most = 2 * len(contents.sizes) + _MORE_LINES
    if text.count("\n") + text.count("\r") > 2 * most:
        report.add("RFC8493-2.3/too-many-lines", path, limit=most)
        return []
    lines = text.split("\n") if "\r" not in text else _LINES.split(text)
    if lines and not lines[-1]:
        lines.pop()
    elif lines and declaration.strict:
        report.add("RFC8493-2.3/line-end", path)
    return lines


def _read(contents: Contents, path: str, report: Report, limit: int) -> bytes:
    if contents.sizes[path] > limit:
        report.add("RFC8493-2.3/too-large", path, limit=limit)
        return b""
    try:
        with contents.open(path) as stream:
            return stream.read()
    except OSError as error:
        report.add("RFC8493-3/unreadable", path, reason=error.strerror or error)
        return b""


def read_info(
    contents: Contents, path: str, declaration: Declaration, report: Report
) -> list[tuple[str, str]]:
    """The labels and values of bag-info.txt in their order, continuation lines joined (section 2.2.2)."""
    found: list[tuple[str, list[str]]] = []
    lines = read_lines(contents, path, declaration, report, limit=_LARGEST_INFO)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        label, colon, value = line.partition(":")
        if line[0] in " \t":
            if found:
                found[-1][1].append(line.strip())
            else:
                report.add("RFC8493-2.2.2/syntax", f"{path}:{number}")
        elif not colon or not label.strip():
            report.add("RFC8493-2.2.2/syntax", f"{path}:{number}")
        else:
            if declaration.strict and (label != label.strip() or (value and value[0] not in " \t")):
                report.add("RFC8493-2.2.2/separator", f"{path}:{number}", label=label.strip())
            found.append((label.strip(), [value.strip()]))
    info = [(label, " ".join(values)) for label, values in found]
    _repeated(info, path, declaration, report)
    _forms(info, path, report)
    return info


def _repeated(info: Sequence[tuple[str, str]], path: str, declaration: Declaration, report: Report) -> None:
    counts = Counter(label.lower() for label, _ in info)
    for label in ONCE:
        if counts[label.lower()] < 2:
            continue
        if label == "Payload-Oxum" and declaration.strict:
            report.add("RFC8493-2.2.2/oxum-repeated", path)
        else:
            report.add("RFC8493-2.2.2/repeated", path, label=label)


def _forms(info: Sequence[tuple[str, str]], path: str, report: Report) -> None:
    """The reserved labels whose values have a form (that of Payload-Oxum is looked at with the payload)."""
    for label, value in info:
        if label.lower() == "bagging-date" and not _DATE.fullmatch(value):
            report.add("RFC8493-2.2.2/date", path, value=value)
        elif label.lower() == "bag-count" and not _COUNT.fullmatch(value):
            report.add("RFC8493-2.2.2/count", path, value=value)


def read_fetch(contents: Contents, path: str, declaration: Declaration, report: Report) -> dict[str, str]:
    """What fetch.txt names: payload path -> URL; nothing is ever fetched (section 2.2.3)."""
    found: dict[str, str] = {}
    for number, line in enumerate(read_lines(contents, path, declaration, report), 1):
        match = _FETCH.fullmatch(line.strip())
        if match is None:
            if line.strip():
                report.add("RFC8493-2.2.3/syntax", f"{path}:{number}")
            continue
        if declaration.strict and not _ABSOLUTE_URI.match(match[1]):
            report.add("RFC8493-2.2.3/url", f"{path}:{number}", url=match[1])
        if declaration.strict and has_bare_percent(match[3]):
            report.add("RFC8493-2.1.3/percent", f"{path}:{number}", path=match[3])
        name = decode_path(match[3], declaration).removeprefix("./")
        if not stays_in_payload(name):
            report.add("RFC8493-5.1/fetch-outside", f"{path}:{number}", path=name)
            continue
        if found.setdefault(name, match[1]) != match[1]:
            report.add("RFC8493-2.2.3/listed-twice", f"{path}:{number}", path=name)
        if match[2] != "-" and name in contents.sizes and not _same_number(match[2], contents.sizes[name]):
            report.add(
                "RFC8493-2.2.3/length",
                f"{path}:{number}",
                path=name,
                length=match[2],
                found=contents.sizes[name],
            )
    return found


def _same_number(text: str, number: int) -> bool:
    # Python refuses to read numbers of thousands of digits.
    return text.lstrip("0") == (str(number) if number else "")


def has_bare_percent(text: str) -> bool:
    """Whether a listed path has a percent sign that is neither encoded nor encodes a line end."""
    return "%" in text and _BARE_PERCENT.search(text) is not None


def stays_in_payload(path: str) -> bool:
    """Whether a listed path is below ``data/`` on every platform (section 5.1)."""
    return path.startswith("data/") and is_safe(path) and not is_variable(path)


def is_variable(path: str) -> bool:
    """Whether some shell would read the path as a variable or a home folder."""
    return path.startswith(("~", "$")) or re.match(r"%[^%/]+%", path) is not None


def decode_path(text: str, declaration: Declaration) -> str:
    """A path as it stands in a manifest, its line ends (and, since 1.0, ``%``) decoded (section 2.1.3)."""
    if "%" not in text:
        return text
    decoded = re.sub("%0[Dd]", "\r", re.sub("%0[Aa]", "\n", text))
    return decoded.replace("%25", "%") if declaration.strict else decoded
