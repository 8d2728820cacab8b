"""Descriptions held against a record profile, one at a time: fields, values, and rules within one.

What only all of them together can tell is ``record_consistency``'s.  Of a description that bears a
mark of secrecy no value is repeated in a finding.
"""

import re
from dataclasses import dataclass

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.record_consistency import Together
from luutru.metadata_profiles.record_dates import Days, read_days
from luutru.metadata_profiles.record_description import Description, Said
from luutru.metadata_profiles.record_profile import Field, Level, RecordProfile, Weighed, folded
from luutru.metadata_profiles.record_rules import InOrder, Only, RecordRule, Secrecy
from luutru.metadata_profiles.record_values import breaches

_SHOWN = 80

Values = dict[str, list[Said]]


class Judge:
    """The descriptions of one package, and the profile they are held against."""

    def __init__(self, profile: RecordProfile, report: Report) -> None:
        self.profile = profile
        self.together = Together(profile, report)
        self._report = report
        checks = [(rule, rule.check) for rule in profile.rules]
        self.marks = [_Mark.of(rule, check) for rule, check in checks if isinstance(check, Secrecy)]

    def take(self, description: Description) -> str:
        """Judge one description; the level it was judged as, empty where that cannot be told."""
        names = [(said.name,) for said in description.said if said.text]
        if len(description.candidates) == 1:
            told = description.candidates[0]
        else:
            told = self.profile.tell(names, description.candidates)
        if not told:
            weight = self.profile.weights["level"]
            expected = ", ".join(
                self.profile.levels[name].vi for name in description.candidates or self.profile.levels
            )
            words = {"expected": expected, "source": self.profile.cite()}
            self._report.add("RECORD-LEVEL", description.place, severity=weight, **words)
            self._secrecy_anywhere(description)
            return ""
        _One(self, self._report, self.profile.levels[told], description).judge()
        return told

    def _secrecy_anywhere(self, description: Description) -> None:
        """Marks of secrecy where nobody knows what is described."""
        for said in description.said:
            for mark in self.marks:
                if said.name in mark.fields and mark.is_in(said.text):
                    words = {"field": said.name, "level": "?", "rule": mark.rule.id}
                    source = self.profile.cite(mark.rule.article)
                    severity = mark.rule.severity
                    self._report.add("RECORD-SECRECY", said.place, severity=severity, **words, source=source)

    def finish(self) -> None:
        """Say what all descriptions together show."""
        self.together.finish()


@dataclass(frozen=True, slots=True)
class _Mark:
    """A rule on marks of secrecy, as it is looked for."""

    rule: RecordRule
    fields: frozenset[str]
    values: frozenset[str]
    words: re.Pattern[str] | None

    @classmethod
    def of(cls, rule: RecordRule, check: Secrecy) -> "_Mark":
        words = "|".join(re.escape(folded(word)) for word in check.words)
        pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)") if words else None
        return cls(rule, frozenset(check.fields), frozenset(map(folded, check.values)), pattern)

    def is_in(self, text: str) -> bool:
        plain = folded(text)
        return plain in self.values or (self.words is not None and self.words.search(plain) is not None)


class _One:
    """One description of one level."""

    def __init__(self, judge: Judge, report: Report, level: Level, description: Description) -> None:
        self.profile, self.together, self.marks = judge.profile, judge.together, judge.marks
        self.report, self.level, self.description = report, level, description
        self.link = ""
        self.secret = False
        self.values: Values = {}

    def judge(self) -> None:
        self._secrecy()
        self._sort()
        for one in self.level.fields.values():
            self._field(one)
        for rule in self.profile.rules:
            self._rule(rule)
        # What is secret is counted, and nothing of it kept.
        kept = {} if self.secret else self.values
        texts = {code: [said.text for said in values] for code, values in kept.items()}
        dates = {code: values[0].dates for code, values in kept.items()}
        link = "" if self.secret else self.link
        self.together.take(self.level, texts, dates, link, self.description.place)

    def _add(self, weight: Weighed, finding: str, place: str, field: Field, **words: object) -> None:
        severity = field.severity or self.profile.weights[weight]
        said = {"field": field.shown_name, "level": self.level.shown_name, **words}
        source = self.profile.cite(field.article)
        self.report.add(finding, place, severity=severity, **said, source=source)

    def _add_by(self, rule: RecordRule, finding: str, place: str, **words: object) -> None:
        source = self.profile.cite(rule.article)
        said = {"level": self.level.shown_name, **words, "source": source, "rule": rule.id}
        self.report.add(finding, place, severity=rule.severity, **said)

    def _shown(self, text: str) -> str:
        if self.secret:
            return "…"
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

    def _secrecy(self) -> None:
        """Marks of secrecy, under whatever name the field goes by."""
        for said in self.description.said:
            field = self.level.resolve(said.name)[0]
            code = field.code if field else said.name
            for mark in self.marks:
                if code in mark.fields and mark.is_in(said.text):
                    self.secret = True
                    name = field.shown_name if field else self._shown(said.name)
                    self._add_by(mark.rule, "RECORD-SECRECY", said.place, field=name)

    def _sort(self) -> None:
        """Values by field; names that are none are told."""
        for said in self.description.said:
            field, how = self.level.resolve(said.name)
            if field is None:
                if self.level.link and folded(said.name) == folded(self.level.link):
                    self.link = said.text
                elif said.text:
                    words = {"name": self._shown(said.name), "level": self.level.shown_name}
                    self.report.add(
                        "RECORD-FIELD/unknown",
                        said.place,
                        severity=self.profile.weights["unknown"],
                        **words,
                        source=self.profile.cite(self.level.article),
                    )
                continue
            if how == "other-code":
                self._add("other-code", "RECORD-FIELD/other-code", said.place, field, name=said.name)
            elif how == "letters":
                self._add("letters", "RECORD-FIELD/letters", said.place, field, name=said.name)
            if said.text:
                self.values.setdefault(field.code, []).append(said)
        if not self.link and self.level.link in self.values:
            self.link = self.values[self.level.link][0].text

    def _field(self, field: Field) -> None:
        values = self.values.get(field.code, [])
        if not values:
            if field.obligation == "mandatory":
                self._add("missing", "RECORD-FIELD/missing", self.description.place, field)
            elif field.obligation == "conditional" and self._meets(field):
                when = "; ".join(f"{name} = {' | '.join(sorted(wanted))}" for name, wanted in field.when)
                self._add("conditional", "RECORD-FIELD/conditional", self.description.place, field, when=when)
            return
        if len(values) > 1 and not field.repeatable:
            self._add("repeated", "RECORD-FIELD/repeated", values[1].place, field, count=len(values))
        for said in values:
            for weight, finding, words in breaches(self.profile, field, said.text, said.dates):
                found = self._shown(said.text)
                self._add(weight, finding, said.place, field, found=found, **words)

    def _meets(self, field: Field) -> bool:
        return all(
            any(said.text in wanted for said in self.values.get(name, [])) for name, wanted in field.when
        )

    def _rule(self, rule: RecordRule) -> None:
        match rule.check:
            case InOrder(level, first, last) if level == self.level.id:
                early, late = self._days(first), self._days(last)
                if early and late and early[1][0] > late[1][1]:
                    words = {"first": self._shown(early[0].text), "last": self._shown(late[0].text)}
                    field = self.level.fields[last].shown_name
                    self._add_by(rule, "RECORD-DATES/order", late[0].place, field=field, **words)
            case Only(levels, code, wanted) if self.level.id in levels:
                for said in self.values.get(code, []):
                    if said.text not in wanted:
                        self._add_by(
                            rule,
                            "RECORD-ONLY",
                            said.place,
                            field=self.level.fields[code].shown_name,
                            found=self._shown(said.text),
                            expected=", ".join(wanted),
                        )

    def _days(self, code: str) -> tuple[Said, Days] | None:
        for said in self.values.get(code, []):
            days = read_days(said.text, said.dates or self.level.fields[code].dates)
            if days:
                return said, days
        return None
