"""How descriptions are carried, as data: the circular's own XML, a table, other standards by a crosswalk."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from luutru.metadata_profiles.profile_table import Table
from luutru.metadata_profiles.record_dates import FORMATS

_STEP = re.compile(r"(?P<name>[\w.-]+)(?:\[(?P<attribute>[\w.-]+)(?:=(?P<value>[^\]]+))?\])?")
_PARTS = ("", "first", "last")


@dataclass(frozen=True, slots=True)
class SimpledcCarrier:
    """XML documents of one root element whose children are fields.

    ``package`` are the levels that the document at the package's ``place`` may describe, ``types``
    tells which by the ``TYPE`` of the METS; ``documents`` are the paths below a representation with their levels.
    """

    root: str
    place: re.Pattern[str]
    package: tuple[str, ...]
    types: Mapping[str, str]
    documents: tuple[tuple[re.Pattern[str], str], ...]


@dataclass(frozen=True, slots=True)
class CsvCarrier:
    """Tables with a row for each file or document: where they lie, and columns that are no fields."""

    places: tuple[re.Pattern[str], ...]
    level: tuple[str, ...]
    path: tuple[str, ...]
    between: str


@dataclass(frozen=True, slots=True)
class Step:
    """One element on the way to a value, with an attribute that it must have (of a value, or any)."""

    name: str
    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field's values stand in another standard's document, and how they are written there.

    ``part`` takes one end of a period (``first/last``); ``words`` are values with another spelling here.
    """

    field: str
    steps: tuple[Step, ...]
    attribute: str
    dates: tuple[str, ...]
    part: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Documents of another standard: told by a namespace, read unit by unit.

    ``units`` are the elements that describe one thing, ``levels`` says of which level by their attribute
    ``level`` (empty: not one that is judged), ``package`` and ``document`` where there is none, by where the
    document lies.  Ways to values are those from a unit down, or with ``anywhere`` their ends; ``named`` leads
    to values that stand under the field's own code, ``beside`` takes elements of other namespaces as such.
    """

    id: str
    namespace: str
    units: frozenset[str]
    level: str
    levels: Mapping[str, str]
    package: str
    document: str
    named: tuple[Step, ...]
    beside: bool
    anywhere: bool
    path: tuple[Source, ...]
    sources: Mapping[str, tuple[Source, ...]]

    @property
    def targets(self) -> set[str]:
        """The levels of a profile that it leads to."""
        found = {*self.levels.values(), self.package, self.document, *self.sources}
        return found - {""}


def load_simpledc(table: Table) -> SimpledcCarrier:
    """The carrier of XML documents of fields.  Raises ValueError."""
    types, documents = table.table("types"), table.table("documents")
    made = SimpledcCarrier(
        root=table.text("root"),
        place=_path(table, "place"),
        package=table.texts("package", None),
        types={name: types.text(name) for name in types.names()},
        documents=tuple((_path(documents, name), name) for name in documents.names()),
    )
    for part in (types, documents, table):
        part.done()
    return made


def load_csv(table: Table) -> CsvCarrier:
    """The carrier of tables.  Raises ValueError."""
    places = table.texts("places", None)
    try:
        compiled = tuple(re.compile(place, re.IGNORECASE) for place in places)
    except re.error as error:
        raise ValueError(f"{table.place}: places has no regular expression ({error})") from error
    made = CsvCarrier(compiled, table.texts("level", None), table.texts("path", None), table.text("between"))
    table.done()
    return made


def load_crosswalk(table: Table) -> Crosswalk:
    """The carrier of another standard's documents.  Raises ValueError."""
    levels, fields = table.table("levels"), table.table("fields")
    sources = {name: tuple(_source(item) for item in fields.tables(name)) for name in fields.names()}
    named = table.text("named", "")
    made = Crosswalk(
        id=table.text("id"),
        namespace=table.text("namespace"),
        units=frozenset(table.texts("units", None)),
        level=table.text("level", ""),
        levels={name: levels.text(name, "") for name in levels.names()},
        package=table.text("package", ""),
        document=table.text("document", ""),
        named=_steps(named, table.place) if named else (),
        beside=table.flag("beside"),
        anywhere=table.flag("anywhere"),
        path=tuple(_source(item) for item in table.tables("path")),
        sources=sources,
    )
    for part in (levels, fields, table):
        part.done()
    return made


def _path(table: Table, key: str) -> re.Pattern[str]:
    pattern = table.pattern(key)
    return re.compile(pattern.pattern, pattern.flags | re.IGNORECASE)


def _source(table: Table) -> Source:
    way, _, attribute = table.text("from").partition("@")
    words = table.table("words")
    made = Source(
        field=table.text("field", "path"),
        steps=_steps(way, table.place),
        attribute=attribute,
        dates=table.texts("dates"),
        part=table.text("part", ""),
        words={name: words.text(name) for name in words.names()},
    )
    words.done()
    table.done()
    if made.part not in _PARTS or set(made.dates) - set(FORMATS):
        raise ValueError(f"{table.place}: part is first or last, dates are of {', '.join(FORMATS)}")
    return made


def _steps(way: str, place: str) -> tuple[Step, ...]:
    found = [_STEP.fullmatch(step) for step in way.split("/")]
    if not all(found):
        raise ValueError(f"{place}: {way!r} is not like did/unitid[localtype=docId]")
    return tuple(Step(one["name"], one["attribute"] or "", one["value"] or "") for one in found if one)
