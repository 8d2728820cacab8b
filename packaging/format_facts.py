"""What a look inside a file found, before any rule is held against it: facts on PDF, images, sound and film.

Facts cross a process boundary as JSON; ``from_json`` takes nothing that is not of the shape.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

Reader = Literal["pdf", "image", "media"]


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """A PDF; pages count from 1, resolution is in dots per inch, depth in bits for a pixel.

    ``verdict`` is that of a PDF/A validator on what the file declares: ``pass``, ``fail``,
    ``not_checked``, or empty where nothing is declared or there is no validator for it.
    """

    problem: str = ""
    locked: str = ""
    version: str = ""
    pages: int = 0
    looked: int = 0
    repaired: str = ""
    declared: str = ""
    verdict: str = ""
    reason: str = ""
    scans: int = 0
    dpi: int = 0
    dpi_page: int = 0
    bits: int = 0
    bits_page: int = 0
    silent: int = 0
    silent_page: int = 0
    signed: bool = False


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image, or the poorest of its pages; resolution 0 where it states none."""

    problem: str = ""
    too_large: int = 0
    kind: str = ""
    frames: int = 0
    looked: int = 0
    width: int = 0
    height: int = 0
    dpi: int = 0
    bits: int = 0


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """Sound or film; bit rate in bits a second, 0 where it cannot be told."""

    problem: str = ""
    video: int = 0
    audio: int = 0
    bit_rate: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing is known: it took too long, too much memory, ended the process; others took all the time; no library."""

    why: Literal["time", "memory", "crash", "given-up", "no-tool"]
    detail: str = ""


Facts = PdfFacts | ImageFacts | MediaFacts
KINDS: dict[str, type[PdfFacts] | type[ImageFacts] | type[MediaFacts]] = {
    "pdf": PdfFacts,
    "image": ImageFacts,
    "media": MediaFacts,
}


def to_json(facts: Facts) -> dict[str, Any]:
    """Facts as JSON can carry them."""
    return asdict(facts)


def from_json(reader: str, data: Mapping[str, Any]) -> Facts:
    """Facts from JSON.  Raises ValueError where they are not of the shape."""
    kind = KINDS[reader]
    wanted = {field.name: field.type for field in fields(kind)}
    types: dict[Any, type] = {int: int, str: str, bool: bool}
    if data.keys() != wanted.keys() or any(type(data[n]) is not types[t] for n, t in wanted.items()):
        raise ValueError(f"these are no facts of a {reader}: {str(data)[:200]}")
    return kind(**data)
