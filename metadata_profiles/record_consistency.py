"""What the descriptions of a package say together: codes, totals, dates of wholes and of their parts.

A *whole* is a file or a set, its *parts* are the documents in it.  Of parts only what a rule asks for is
kept, by whole: memory does not grow with what is said of each.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.record_dates import Days, read_days
from luutru.metadata_profiles.record_profile import Level, RecordProfile
from luutru.metadata_profiles.record_rules import ParentCode, RecordRule, Total, Unique, Within

Texts = Mapping[str, Sequence[str]]
_SHOWN = 80


@dataclass(slots=True)
class _Whole:
    """A file or a set: where it is described, its total, its dates by rule."""

    level: Level
    place: str
    total: dict[str, str] = field(default_factory=dict)
    days: dict[str, Days] = field(default_factory=dict)


@dataclass(slots=True)
class _Parts:
    """The documents of one whole: how many of each level, the first place, the extreme dates by rule."""

    place: str
    counts: Counter[str] = field(default_factory=Counter)
    earliest: dict[str, tuple[date, str]] = field(default_factory=dict)
    latest: dict[str, tuple[date, str]] = field(default_factory=dict)

    def add(self, other: "_Parts") -> None:
        self.counts.update(other.counts)
        for rule, found in other.earliest.items():
            self.earliest[rule] = min(self.earliest.get(rule, found), found)
        for rule, found in other.latest.items():
            self.latest[rule] = max(self.latest.get(rule, found), found)


class Together:
    """What is gathered of the descriptions of one package."""

    def __init__(self, profile: RecordProfile, report: Report) -> None:
        self._profile, self._report = profile, report
        of = {name for level in profile.levels.values() for name in level.of}
        self._leaves = [level for level in profile.levels.values() if level.of and level.id not in of]
        self._tops = {name for level in self._leaves for name in level.of}
        self._seen: set[bytes] = set()
        self._wholes: dict[str, _Whole] = {}
        self._parts: dict[str, _Parts] = {}

    def take(
        self, level: Level, values: Texts, dates: Mapping[str, tuple[str, ...]], link: str, place: str
    ) -> None:
        """Note what the rules ask for; ``link`` is the code that a part says it belongs to."""
        code = next(iter(values.get(level.identifier, ())), "")
        self._unique(level, values, place)
        if level.id in self._tops:
            self._whole(level, code, values, dates, place)
        elif level in self._leaves:
            self._part(level, code, values, dates, link, place)

    def finish(self) -> None:
        """Say what does not agree."""
        if not self._wholes and self._parts:
            first = next(iter(self._parts.values())).place
            self._lacks("whole", first, self._leaves[0].of)
        elif self._wholes and not self._parts and self._leaves:
            first = next(iter(self._wholes.values())).place
            self._lacks("parts", first, [level.id for level in self._leaves])
            return
        for rule in self._profile.rules:
            if isinstance(rule.check, ParentCode) and self._wholes:
                self._orphans(rule)
        for whole, parts in self._grouped():
            for rule in self._profile.rules:
                match rule.check:
                    case Total() as check if check.level == whole.level.id:
                        self._total(rule, check, whole, parts)
                    case Within() as check if check.of == whole.level.id:
                        self._within(rule, whole, parts)

    def _unique(self, level: Level, values: Texts, place: str) -> None:
        for rule in self._profile.rules:
            if isinstance(rule.check, Unique) and level.id in rule.check.levels:
                for text in values.get(rule.check.field, ()):
                    key = blake2b(f"{rule.id}\0{text}".encode("utf-8", "replace"), digest_size=16).digest()
                    if key in self._seen:
                        name = level.fields[rule.check.field].shown_name
                        self._add(rule, "RECORD-UNIQUE", place, field=name, found=text[:_SHOWN])
                    self._seen.add(key)

    def _whole(
        self, level: Level, code: str, values: Texts, dates: Mapping[str, tuple[str, ...]], place: str
    ) -> None:
        whole = _Whole(level, place)
        for rule in self._profile.rules:
            match rule.check:
                case Total(name, asked, _) if name == level.id and values.get(asked):
                    whole.total[rule.id] = values[asked][0]
                case Within(name, first, last, _) if name == level.id:
                    early, late = (self._days(level, key, values, dates) for key in (first, last))
                    if early and late:
                        whole.days[rule.id] = early[0], late[1]
        self._wholes.setdefault(code, whole)

    def _part(
        self,
        level: Level,
        code: str,
        values: Texts,
        dates: Mapping[str, tuple[str, ...]],
        link: str,
        place: str,
    ) -> None:
        parent = link or _parent(level, code)
        parts = self._parts.setdefault(parent, _Parts(place))
        parts.counts[level.id] += 1
        for rule in self._profile.rules:
            if isinstance(rule.check, Within):
                for name, asked in rule.check.dates:
                    days = self._days(level, asked, values, dates) if name == level.id else None
                    if days:
                        one = _Parts(place, earliest={rule.id: (days[0], place)})
                        one.latest[rule.id] = days[1], place
                        parts.add(one)

    def _days(
        self, level: Level, code: str, values: Texts, dates: Mapping[str, tuple[str, ...]]
    ) -> Days | None:
        found = values.get(code)
        return read_days(found[0], dates.get(code) or level.fields[code].dates) if found else None

    def _grouped(self) -> Iterator[tuple[_Whole, _Parts]]:
        """Each whole with its parts; where there is one whole, all parts are its."""
        if len(self._wholes) == 1:
            (whole,) = self._wholes.values()
            every = _Parts("")
            for parts in self._parts.values():
                every.add(parts)
            yield whole, every
            return
        for code, whole in self._wholes.items():
            yield whole, self._parts.get(code, _Parts(""))

    def _orphans(self, rule: RecordRule) -> None:
        for code, parts in self._parts.items():
            if code in self._wholes or (not code and len(self._wholes) == 1):
                continue
            known = ", ".join(list(self._wholes)[:3])
            words = {
                "found": code[:_SHOWN] or "∅",
                "count": parts.counts.total(),
                "expected": known[:200] or "∅",
            }
            self._add(rule, "RECORD-PARENT", parts.place, **words)

    def _total(self, rule: RecordRule, check: Total, whole: _Whole, parts: _Parts) -> None:
        said = whole.total.get(rule.id, "")
        there = sum(parts.counts[name] for name in check.parts)
        if said.isascii() and said.isdecimal() and len(said) <= 18 and int(said) != there:
            name = whole.level.fields[check.field].shown_name
            self._add(rule, "RECORD-TOTAL", whole.place, field=name, found=said, expected=there)

    def _within(self, rule: RecordRule, whole: _Whole, parts: _Parts) -> None:
        if rule.id not in whole.days or rule.id not in parts.earliest:
            return
        first, last = whole.days[rule.id]
        words = {"first": first.strftime("%d/%m/%Y"), "last": last.strftime("%d/%m/%Y")}
        for found, place in (parts.earliest[rule.id], parts.latest[rule.id]):
            if not first <= found <= last:
                self._add(rule, "RECORD-DATES/outside", place, found=f"{found:%d/%m/%Y}", **words)

    def _lacks(self, what: str, place: str, levels: Sequence[str]) -> None:
        profile = self._profile
        expected = ", ".join(profile.levels[name].shown_name for name in levels)
        words = {"expected": expected, "source": profile.cite()}
        self._report.add(f"RECORD-LACKS/{what}", place, severity=profile.weights["documents"], **words)

    def _add(self, rule: RecordRule, finding: str, place: str, **words: object) -> None:
        said = {**words, "source": self._profile.cite(rule.article), "rule": rule.id}
        self._report.add(finding, place, severity=rule.severity, **said)


def _parent(level: Level, code: str) -> str:
    """The code of the whole that a part's own code begins with, by the pattern's group ``parent``."""
    one = level.fields[level.identifier]
    if not one.pattern or "parent" not in one.pattern.groupindex or len(code) > (one.length or 0):
        return ""
    found = one.pattern.fullmatch(code)
    return found["parent"] or "" if found else ""
