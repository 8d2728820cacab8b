"""Days as descriptions write them: read strictly by a named form, never guessed."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date

_DAY = re.compile(r"(?P<d>[0-9]{2})/(?P<m>[0-9]{2})/(?P<y>[0-9]{4})")
_MONTH = re.compile(r"(?P<m>[0-9]{2})/(?P<y>[0-9]{4})")
_YEAR = re.compile(r"(?P<y>[0-9]{4})")
_ISO = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})")
_ISO_MONTH = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})")

FORMATS = {
    "DD/MM/YYYY": _DAY,
    "MM/YYYY": _MONTH,
    "YYYY": _YEAR,
    "YYYY-MM-DD": _ISO,
    "YYYY-MM": _ISO_MONTH,
}
"""The forms that a profile may name."""

Days = tuple[date, date]
"""The first and the last day that a date stands for: a month and a year have several."""


def read_days(text: str, formats: Sequence[str]) -> Days | None:
    """The days that a text stands for by one of the forms; None where it is none of them, or no such day."""
    for name in formats:
        if found := FORMATS[name].fullmatch(text):
            said = {key: int(value) for key, value in found.groupdict().items()}
            try:
                first = date(said["y"], said.get("m", 1), said.get("d", 1))
            except ValueError:
                continue
            if "d" in said:
                return first, first
            month = said.get("m", 12)
            return first, date(first.year, month, monthrange(first.year, month)[1])
    return None
