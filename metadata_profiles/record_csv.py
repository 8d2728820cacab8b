"""Descriptions out of a table: UTF-8 CSV, a row for each file or document, by the names of its columns.

A table is read row by row, however long.  A line, a row and a number of rows beyond the profile's
limits end the reading, which is said; so is what is no UTF-8 and what is no CSV.
"""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.record_description import Description, Said
from luutru.metadata_profiles.record_profile import RecordProfile, folded

_BOM = b"\xef\xbb\xbf"
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SEPARATORS = ";,"
# Rows of one level mostly fill the same cells.
_DIFFERENT_ROWS = 1000


class _TooLong(Exception):
    """A row is longer than a table may have them."""


class CsvReader:
    """One table, and what its columns stand for."""

    def __init__(self, profile: RecordProfile, report: Report, location: str) -> None:
        self._profile, self._report, self._location = profile, report, location
        self._levels = _words({n: (n, v.vi, v.en, *v.also) for n, v in profile.levels.items()})
        self._columns: list[set[str]] = []
        self._names: list[str] = []
        self._number = self._since = 0
        self._tells: dict[tuple[tuple[str, ...], ...], str] = {}

    def read(self, stream: BinaryIO) -> Iterator[Description]:
        """A description for each row that says something; problems go into the report."""
        first = stream.readline(self._profile.limits.row)
        if first.startswith(_OTHER_MARKS):
            self._add("RECORD-CSV/encoding", 1)
            return
        first = first.removeprefix(_BOM)
        separator = _separator(first.decode("utf-8", "replace"))
        rows = csv.reader(self._lines(first, stream), delimiter=separator, strict=True)
        count = 0
        while True:
            self._since = 0
            begun = self._number + 1
            try:
                row = next(rows)
            except StopIteration:
                break
            except csv.Error as error:
                self._add("RECORD-CSV/broken", begun, reason=error)
                if not self._columns:
                    return
                continue
            except _TooLong:
                self._add("RECORD-CSV/too-long", begun, weight="too-many", limit=self._profile.limits.row)
                return
            if not any(cell.strip() for cell in row):
                continue
            if not self._columns:
                if not self._header(row, begun):
                    return
                continue
            count += 1
            if count > self._profile.limits.rows:
                self._add("RECORD-CSV/too-many", begun, weight="too-many", limit=self._profile.limits.rows)
                return
            yield self._row(row, begun)
        if not self._names:
            self._add("RECORD-CSV/header", 1)

    def header_names(self) -> list[str]:
        """The columns as the table names them."""
        return self._names

    def _add(self, rule: str, number: int, *, weight: str = "unreadable", **words: object) -> None:
        place, profile = f"{self._location}:{number}", self._profile
        self._report.add(rule, place, severity=profile.weights[weight], **words, source=profile.cite())

    def _lines(self, first: bytes, stream: BinaryIO) -> Iterator[str]:
        """The lines of the table as text; a row of more bytes than allowed is told before it is whole."""
        limit, line = self._profile.limits.row, first
        while line:
            self._number += 1
            self._since += len(line)
            if self._since > limit or (len(line) >= limit and not line.endswith(b"\n")):
                raise _TooLong
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                self._add("RECORD-CSV/encoding", self._number)
                text = line.decode("utf-8", "replace")
            yield text
            line = stream.readline(limit)

    def _header(self, row: list[str], number: int) -> bool:
        """Learn what the columns stand for; False where none is a field."""
        columns, known = self._profile.csv, self._known()
        special = {folded(name): "#level" for name in columns.level}
        special |= {folded(name): "#path" for name in columns.path}
        if len(row) > self._profile.limits.fields:
            self._add("RECORD-CSV/columns", number, weight="too-many", limit=self._profile.limits.fields)
            return False
        met: set[str] = set()
        for cell in row:
            name = folded(cell)
            found = {special[name]} if name in special else known.get(name, set())
            if not found and name:
                words = {"name": cell[:80], "level": "CSV"}
                self._add("RECORD-FIELD/unknown", number, weight="unknown", **words)
            elif name and name in met:
                self._add("RECORD-CSV/doubled", number, name=cell[:80])
            met.add(name)
            self._columns.append(found)
            self._names.append(cell.strip())
        if not any(name for column in self._columns for name in column if not name.startswith("#")):
            self._add("RECORD-CSV/header", number)
            self._columns = []
            return False
        return True

    def _known(self) -> dict[str, set[str]]:
        """Codes by every name that a column may have."""
        known: dict[str, set[str]] = {}
        for level in self._profile.levels.values():
            if level.link:
                known.setdefault(folded(level.link), set()).add(level.link)
            for field in level.fields.values():
                for name in (field.code, field.vi, field.en, *field.also):
                    known.setdefault(folded(name), set()).add(field.code)
        return known

    def _row(self, row: list[str], number: int) -> Description:
        if len(row) != len(self._columns):
            self._add("RECORD-CSV/cells", number, found=len(row), expected=len(self._columns))
        place = f"{self._location}:{number}"
        candidates, path, cells = tuple(self._profile.levels), "", []
        for cell, column in zip(row, self._columns, strict=False):
            text = cell.strip()[: self._profile.limits.value]
            if not text:
                continue
            if "#level" in column:
                level = self._levels.get(folded(text))
                candidates = (level,) if level else ()
            elif "#path" in column:
                path = text
            elif column:
                cells.append((column, text))
        if not candidates:
            return Description(place, (), list(self._said(cells, "", place)), path)
        level = candidates[0] if len(candidates) == 1 else self._told(cells)
        return Description(
            place, (level,) if level else candidates, list(self._said(cells, level, place)), path
        )

    def _told(self, cells: list[tuple[set[str], str]]) -> str:
        """The level of a row that does not state it."""
        every = tuple(tuple(sorted(column)) for column, _ in cells)
        if every not in self._tells:
            if len(self._tells) >= _DIFFERENT_ROWS:
                self._tells.clear()
            self._tells[every] = self._profile.tell(every, tuple(self._profile.levels))
        return self._tells[every]

    def _said(self, cells: list[tuple[set[str], str]], level: str, place: str) -> Iterator[Said]:
        own = self._profile.levels[level].fields if level else {}
        for column, text in cells:
            # One heading may stand for fields of several levels: of the row's level it is this one's.
            code = next((code for code in sorted(column) if code in own), min(column))
            several = code in own and own[code].repeatable
            for part in text.split(self._profile.csv.between) if several else [text]:
                yield Said(code, part.strip(), place)


def _separator(line: str) -> str:
    """The one of the two separators that stands in the header more often, outside of quotes."""
    outside = "".join(line.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _words(names: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {folded(word): name for name, words in names.items() for word in words}
