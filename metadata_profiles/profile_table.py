"""A table of a profile's TOML, read key by key: what is missing, misspelt or of another type is said.

A profile is edited by archivists.  A key that nobody reads would be a rule that silently
does not hold, so ``done`` refuses it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from luutru.metadata_profiles.finding import Severity


class Table:
    """One table and its place in the file; every reader raises ValueError naming key and place."""

    def __init__(self, data: Mapping[str, Any], place: str) -> None:
        self._data = data
        self._read: set[str] = set()
        self.place = place

    def text(self, key: str, default: str | None = None) -> str:
        """A text; one without default must be there and not be empty."""
        value = self._take(key, str, default)
        if not value and default is None:
            raise ValueError(f"{self.place}: {key} is empty")
        return str(value)

    def texts(self, key: str, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key, list | tuple, default)
        if not all(isinstance(item, str) for item in value):
            raise ValueError(f"{self.place}: {key} must be a list of texts")
        return tuple(value)

    def whole(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        """A whole number of at least ``least``."""
        value = self._take(key, int, default)
        if isinstance(value, bool) or value < least:
            raise ValueError(f"{self.place}: {key} must be a whole number of at least {least}")
        return int(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        return bool(self._take(key, bool, default))

    def severity(self, key: str = "severity", default: str | None = None) -> Severity:
        """error, warning or info."""
        value = self.text(key, default)
        if value not in set(Severity):
            raise ValueError(f"{self.place}: {key} is {value!r}, not error, warning or info")
        return Severity(value)

    def pattern(self, key: str) -> re.Pattern[str]:
        """A regular expression, matched against the whole of a value."""
        value = self.text(key)
        try:
            return re.compile(value)
        except re.error as error:
            raise ValueError(f"{self.place}: {key} is no regular expression ({error})") from error

    def names(self) -> tuple[str, ...]:
        """The keys of a table whose keys are names."""
        return tuple(self._data)

    def table(self, key: str) -> "Table":
        """A table inside; empty where there is none."""
        return Table(self._take(key, Mapping, {}), f"{self.place}, {key}")

    def tables(self, key: str) -> Iterator["Table"]:
        """The tables of an array of tables."""
        for number, item in enumerate(self._take(key, list | tuple, ()), 1):
            place = f"{self.place}, {key} {number}"
            if not isinstance(item, Mapping):
                raise ValueError(f"{place} is not a table")
            yield Table(item, f"{place} ({item['id']})" if "id" in item else place)

    def skip(self, *keys: str) -> None:
        """Keys that others read."""
        self._read.update(keys)

    def done(self) -> None:
        """Refuse what was not read."""
        unknown = sorted(set(self._data) - self._read)
        if unknown:
            raise ValueError(f"{self.place}: unknown key {', '.join(unknown)}")

    def _take(self, key: str, kind: Any, default: Any) -> Any:
        self._read.add(key)
        value = self._data.get(key, default)
        if value is None:
            raise ValueError(f"{self.place}: {key} is missing")
        if not isinstance(value, kind):
            raise ValueError(f"{self.place}: {key} is of the wrong type")
        return value


HEAD = (
    "kind",
    "id",
    "family",
    "title_vi",
    "title_en",
    "version",
    "status",
    "instrument",
    "articles",
    "valid_from",
    "valid_until",
)
"""The keys at the top of every profile, which say what it is and when it holds."""


def cite(instrument: str, article: str, status: str) -> str:
    """An article as a finding names it; marked as long as nobody compared the profile with the law."""
    return f"{instrument}, {article}{' [dự thảo · draft]' if status == 'draft' else ''}"
