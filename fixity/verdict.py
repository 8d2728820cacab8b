"""What a fixity check says of one file in one copy (PREMIS *fixity check* outcome)."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The six words for the state of a file; never one for another.

    ``unreadable``: the medium refused the bytes, so nothing is known of them.
    ``unknown``: not read yet (moved, restored or never checked).
    """

    INTACT = "intact"
    ALTERED = "altered"
    MISSING = "missing"
    UNEXPECTED = "unexpected"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one path (relative, ``/`` between parts), and why in a few words."""

    path: str
    outcome: Outcome
    detail: str = ""
    size: int = 0
