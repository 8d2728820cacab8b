"""A description of one fonds, file or document, as its carrier says it; nothing in it is judged yet."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """One value under the name that the carrier gives it; ``dates`` are the forms of that carrier's standard."""

    name: str
    text: str
    place: str
    dates: tuple[str, ...] = ()


@dataclass(slots=True)
class Description:
    """What a carrier says of one thing: where, of which levels it may be, its values, its file.

    ``candidates`` are the levels that come into question: with several, the fields tell which it is.
    """

    place: str
    candidates: tuple[str, ...]
    said: list[Said] = field(default_factory=list)
    path: str = ""
