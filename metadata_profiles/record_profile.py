"""A record profile: which fields describe fonds, files and documents, and how these must agree, as data.

The profiles stand in ``profiles/``.  ``[levels]`` says what can be described, ``[fields]`` by which fields,
``[vocabularies]`` by which codes, ``[[rule]]`` what must agree (``record_rules``), ``[simpledc]``,
``[csv]`` and ``[[crosswalk]]`` how it is carried (``record_carriers``).  The checks are ``record_judge``'s.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, cast, get_args
from unicodedata import normalize

from luutru.metadata_profiles.finding import Severity
from luutru.metadata_profiles.profile_table import HEAD, Table, cite
from luutru.metadata_profiles.record_carriers import (
    Crosswalk,
    CsvCarrier,
    SimpledcCarrier,
    load_crosswalk,
    load_csv,
    load_simpledc,
)
from luutru.metadata_profiles.record_dates import FORMATS
from luutru.metadata_profiles.record_rules import RecordRule, fields_of, levels_of, load_rule

Type = Literal["string", "number", "date", "boolean"]
Obligation = Literal["mandatory", "optional", "conditional"]

Weighed = Literal[
    "none",
    "unreadable",
    "too-many",
    "level",
    "missing",
    "conditional",
    "unknown",
    "repeated",
    "letters",
    "other-code",
    "length",
    "number",
    "range",
    "date",
    "boolean",
    "pattern",
    "vocabulary",
    "label",
    "documents",
    "file-missing",
    "file-doubled",
    "undescribed",
    "ignored",
    "older",
    "package",
]
"""What a profile weighs for every description."""

Condition = tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a level: what it may hold, and who asks for it.

    ``also`` are other codes that it goes by; ``when`` says for which values of other fields a
    conditional one must be there; ``severity`` weighs all breaches of this field, where given.
    """

    code: str
    vi: str
    en: str
    type: Type
    length: int
    obligation: Obligation
    when: Condition
    repeatable: bool
    vocabulary: str
    pattern: re.Pattern[str] | None
    shown: str
    dates: tuple[str, ...]
    least: int
    most: int
    also: tuple[str, ...]
    severity: Severity | None
    article: str
    mark: str

    @property
    def shown_name(self) -> str:
        """A field as a finding names it."""
        return f"{self.code} ({self.vi} · {self.en})"


@dataclass(frozen=True, slots=True)
class Level:
    """What is described: a fonds, a file, a document.

    ``of`` are the levels that it is a part of, ``identifier`` the field with its own code, ``link`` a field that
    may name the code of what it is a part of.  ``other_codes`` and ``plain_codes`` (in small letters) lead to
    fields too.
    """

    id: str
    vi: str
    en: str
    also: tuple[str, ...]
    of: tuple[str, ...]
    identifier: str
    link: str
    article: str
    mark: str
    fields: Mapping[str, Field] = field(repr=False)
    other_codes: Mapping[str, Field] = field(repr=False)
    plain_codes: Mapping[str, Field] = field(repr=False)

    @property
    def shown_name(self) -> str:
        """A level as a finding names it."""
        return f"{self.vi} · {self.en}"

    @property
    def asked(self) -> int:
        """How many fields must be there."""
        return sum(field.obligation == "mandatory" for field in self.fields.values())

    def resolve(self, name: str) -> tuple[Field | None, str]:
        """The field that goes by a name, and how it was told: ``exact``, ``other-code`` or ``letters``."""
        if found := self.fields.get(name):
            return found, "exact"
        if found := self.other_codes.get(name):
            return found, "other-code"
        found = self.plain_codes.get(folded(name))
        return found, "letters" if found else ""


@dataclass(frozen=True, slots=True)
class Term:
    """One code of a vocabulary, and what it stands for."""

    code: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class RecordLimits:
    """What a carrier may cost: rows of a table, bytes of a row, characters of a value, fields of a description."""

    rows: int
    row: int
    value: int
    fields: int


@dataclass(frozen=True, slots=True)
class RecordProfile:
    """What one instrument asks of the descriptions of records.

    ``older`` is the profile that descriptions in the shape of an older instrument are judged by.
    """

    id: str
    status: str
    instrument: str
    article: str
    packages: tuple[str, ...]
    limits: RecordLimits
    weights: Mapping[str, Severity]
    levels: Mapping[str, Level]
    vocabularies: Mapping[str, tuple[Term, ...]]
    rules: tuple[RecordRule, ...]
    simpledc: SimpledcCarrier
    csv: CsvCarrier
    crosswalks: tuple[Crosswalk, ...]
    older_id: str
    older: "RecordProfile | None" = None

    def cite(self, article: str = "") -> str:
        """An article of this instrument as a finding names it."""
        return cite(self.instrument, article or self.article, self.status)

    def tell(self, names: Iterable[Collection[str]], candidates: Iterable[str]) -> str:
        """The level of which most of these fields are; empty where none has one.

        Each is given by the names that it may go by.  Of several levels it is the one that asks for most.
        """
        said = list(names)
        counts = {
            name: sum(any(self.levels[name].resolve(one)[0] for one in names) for names in said)
            for name in candidates
        }
        best = max(counts, key=lambda name: (counts[name], self.levels[name].asked), default="")
        return best if counts.get(best) else ""

    def is_older(self, names: Collection[str]) -> bool:
        """Whether these fields are rather those of the older instrument, told by their exact codes."""
        if self.older is None:
            return False
        return _exact(self.older, names) > _exact(self, names)


def _exact(profile: RecordProfile, names: Collection[str]) -> int:
    known = {code for level in profile.levels.values() for code in level.fields}
    return len(known & set(names))


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Text as names and words are compared: without letter case, Unicode form, spaces in excess."""
    return " ".join(normalize("NFC", text).casefold().split())


def load_record_profile(data: Mapping[str, Any]) -> RecordProfile:
    """The profile that a TOML describes.  Raises ValueError naming the key and its place."""
    table = Table(data, str(data.get("id", "record")))
    table.skip(*HEAD)
    weights, limits, options = table.table("weights"), table.table("limits"), table.table("options")
    vocabularies = table.table("vocabularies")
    switched = {name: options.flag(name) for name in options.names()}
    profile = RecordProfile(
        id=table.text("id"),
        status=table.text("status"),
        instrument=table.text("instrument"),
        article=table.text("article"),
        packages=table.texts("packages", None),
        limits=RecordLimits(
            rows=limits.whole("rows", least=1),
            row=limits.whole("row", least=1),
            value=limits.whole("value", least=1),
            fields=limits.whole("fields", least=1),
        ),
        weights={name: weights.severity(name) for name in get_args(Weighed)},
        levels=_levels(table),
        vocabularies={name: tuple(_terms(vocabularies, name)) for name in vocabularies.names()},
        rules=tuple(load_rule(item) for item in table.tables("rule")),
        simpledc=load_simpledc(table.table("simpledc")),
        csv=load_csv(table.table("csv")),
        crosswalks=tuple(load_crosswalk(item) for item in table.tables("crosswalk")),
        older_id=table.text("older", ""),
    )
    for part in (weights, limits, options, vocabularies, table):
        part.done()
    _check(profile, switched)
    return replace(profile, rules=tuple(r for r in profile.rules if not r.option or switched[r.option]))


def _levels(table: Table) -> dict[str, Level]:
    levels, fields = table.table("levels"), table.table("fields")
    dates = table.texts("dates", None)
    made = {}
    for name in levels.names():
        level = levels.table(name)
        article, mark = level.text("article"), level.text("mark")
        own = [_field(item, article, mark, dates) for item in fields.tables(name)]
        made[name] = Level(
            id=name,
            vi=level.text("vi"),
            en=level.text("en"),
            also=level.texts("also"),
            of=level.texts("of"),
            identifier=level.text("identifier"),
            link=level.text("link", ""),
            article=article,
            mark=mark,
            fields={one.code: one for one in own},
            other_codes={name: one for one in own for name in one.also},
            plain_codes={folded(name): one for one in own for name in (*one.also, one.code)},
        )
        if len(made[name].fields) != len(own):
            raise ValueError(f"{fields.place}, {name}: a code stands there twice")
        level.done()
    levels.done()
    fields.done()
    if not made:
        raise ValueError(f"{table.place}: levels is missing")
    return made


def _field(table: Table, article: str, mark: str, dates: tuple[str, ...]) -> Field:
    kind, obligation = table.text("type"), table.text("obligation")
    if kind not in get_args(Type) or obligation not in get_args(Obligation):
        raise ValueError(
            f"{table.place}: type is one of {', '.join(get_args(Type))},"
            f" obligation one of {', '.join(get_args(Obligation))}"
        )
    when = table.table("when")
    pattern = table.pattern("pattern") if table.text("pattern", "") else None
    made = Field(
        code=table.text("code"),
        vi=table.text("vi"),
        en=table.text("en"),
        type=cast(Type, kind),
        length=table.whole("length", 0),
        obligation=cast(Obligation, obligation),
        when=tuple((name, frozenset(when.texts(name, None))) for name in when.names()),
        repeatable=table.flag("repeatable"),
        vocabulary=table.text("vocabulary", ""),
        pattern=pattern,
        shown=table.text("shown", ""),
        dates=table.texts("dates", dates),
        least=table.whole("least", 0),
        most=table.whole("most", 0),
        also=table.texts("also"),
        severity=table.severity() if table.text("severity", "") else None,
        article=table.text("article", article),
        mark=table.text("mark", mark),
    )
    when.done()
    table.done()
    if pattern and not (made.shown and made.length and kind == "string"):
        # Without a length a pattern could be tried on very long texts, and take very long.
        raise ValueError(f"{table.place}: a pattern needs shown, the form in words, and length, of a string")
    if (obligation == "conditional") != bool(made.when):
        raise ValueError(f"{table.place}: a conditional field needs when, and no other has it")
    if unknown := sorted(set(made.dates) - set(FORMATS)):
        raise ValueError(f"{table.place}: {unknown[0]!r} is not one of {', '.join(FORMATS)}")
    return made


def _terms(table: Table, name: str) -> Iterator[Term]:
    for item in table.tables(name):
        yield Term(item.text("code"), item.text("vi"), item.text("en"))
        item.done()


def _check(profile: RecordProfile, options: Mapping[str, bool]) -> None:
    """Refuse names that lead nowhere: a rule that speaks of a misspelt field would silently not hold."""
    known = profile.levels
    for level in known.values():
        codes = {*level.fields}
        wanted = {level.identifier} | {name for one in level.fields.values() for name, _ in one.when}
        if unknown := sorted(wanted - codes):
            raise ValueError(f"{profile.id}, levels, {level.id}: there is no field {unknown[0]!r}")
        if unknown := sorted({*level.of} - known.keys()):
            raise ValueError(f"{profile.id}, levels, {level.id}: there is no level {unknown[0]!r}")
        for one in level.fields.values():
            if one.vocabulary and one.vocabulary not in profile.vocabularies:
                raise ValueError(f"{profile.id}, fields, {one.code}: no vocabulary {one.vocabulary!r}")
    for rule in profile.rules:
        if rule.option and rule.option not in options:
            raise ValueError(f"{profile.id}, rule {rule.id}: there is no option {rule.option!r}")
        if unknown := sorted(set(levels_of(rule)) - known.keys()):
            raise ValueError(f"{profile.id}, rule {rule.id}: there is no level {unknown[0]!r}")
        for name, code in fields_of(rule):
            if code not in known[name].fields:
                raise ValueError(f"{profile.id}, rule {rule.id}: {name} has no field {code!r}")
    mentioned = {*profile.simpledc.package, *profile.simpledc.types.values()}
    mentioned |= {level for _, level in profile.simpledc.documents}
    mentioned |= {level for walk in profile.crosswalks for level in walk.targets}
    if unknown := sorted(mentioned - known.keys()):
        raise ValueError(f"{profile.id}: there is no level {unknown[0]!r}")
