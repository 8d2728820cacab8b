"""What must agree between the fields of descriptions, as data: the ``[[rule]]`` of a record profile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from luutru.metadata_profiles.finding import Severity
from luutru.metadata_profiles.profile_table import Table


@dataclass(frozen=True, slots=True)
class Unique:
    """No two descriptions of these levels in one package have the same value."""

    levels: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class InOrder:
    """A date is not before another."""

    level: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Within:
    """The dates of parts lie between two dates of the whole: ``dates`` is (level, field) of the parts."""

    of: str
    first: str
    last: str
    dates: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Total:
    """A number equals that of the parts (descriptions of these levels) that are there."""

    level: str
    field: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParentCode:
    """The code that a part names, or that its own code begins with, is that of a whole in the package."""

    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Only:
    """A field has one of these values."""

    levels: tuple[str, ...]
    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Secrecy:
    """Fields hold no mark of secrecy: a whole value, or words within one."""

    fields: tuple[str, ...]
    values: tuple[str, ...]
    words: tuple[str, ...]


RecordCheck = Unique | InOrder | Within | Total | ParentCode | Only | Secrecy


@dataclass(frozen=True, slots=True)
class RecordRule:
    """One rule: how much it weighs, who asks for it, and the option of the profile that it depends on."""

    id: str
    severity: Severity
    article: str
    mark: str
    option: str
    check: RecordCheck


def load_rule(table: Table) -> RecordRule:
    """A rule from its table.  Raises ValueError."""
    kind = table.text("check")
    if kind not in _CHECKS:
        raise ValueError(f"{table.place}: check is {kind!r}, not one of {', '.join(sorted(_CHECKS))}")
    rule = RecordRule(
        id=table.text("id"),
        severity=table.severity(),
        article=table.text("article"),
        mark=table.text("mark"),
        option=table.text("option", ""),
        check=_CHECKS[kind](table),
    )
    table.done()
    return rule


def levels_of(rule: RecordRule) -> tuple[str, ...]:
    """The levels that a rule names."""
    match rule.check:
        case Unique(levels, _) | ParentCode(levels) | Only(levels, _, _):
            return levels
        case InOrder(level, _, _):
            return (level,)
        case Within(of, _, _, dates):
            return (of, *(level for level, _ in dates))
        case Total(level, _, parts):
            return (level, *parts)
        case Secrecy():
            return ()


def fields_of(rule: RecordRule) -> Iterator[tuple[str, str]]:
    """The fields that a rule names, with their level."""
    match rule.check:
        case Unique(levels, field) | Only(levels, field, _):
            yield from ((level, field) for level in levels)
        case InOrder(level, first, last):
            yield from ((level, first), (level, last))
        case Within(of, first, last, dates):
            yield from ((of, first), (of, last), *dates)
        case Total(level, field, _):
            yield level, field
        case _:
            pass


def _within(table: Table) -> Within:
    dates = table.table("dates")
    pairs = tuple((name, dates.text(name)) for name in dates.names())
    return Within(table.text("of"), table.text("first"), table.text("last"), pairs)


def _secrecy(table: Table) -> Secrecy:
    made = Secrecy(table.texts("fields", None), table.texts("values"), table.texts("words"))
    if not made.values and not made.words:
        raise ValueError(f"{table.place}: neither values nor words")
    return made


_CHECKS: dict[str, Callable[[Table], RecordCheck]] = {
    "unique": lambda table: Unique(table.texts("levels", None), table.text("field")),
    "in-order": lambda table: InOrder(table.text("level"), table.text("first"), table.text("last")),
    "within": _within,
    "total": lambda table: Total(table.text("level"), table.text("field"), table.texts("parts", None)),
    "parent-code": lambda table: ParentCode(table.texts("levels", None)),
    "only": lambda table: Only(table.texts("levels", None), table.text("field"), table.texts("values", None)),
    "secrecy": _secrecy,
}
