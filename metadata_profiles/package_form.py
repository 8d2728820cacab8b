"""A national package form: what an instrument asks of an E-ARK package beyond the CSIP, as data.

The forms stand in ``profiles/``.  Each ``[[rule]]`` there says what is checked, how much a
breach weighs and which article asks for it; each ``[[reweigh]]`` says which requirement of
the CSIP the form makes moot, and why.  Here is what such a file may say; the checks
themselves are ``luutru.packaging.form_check``'s.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from luutru.metadata_profiles.finding import Severity
from luutru.metadata_profiles.profile_table import HEAD, Table
from luutru.metadata_profiles.rules import catalogue


@dataclass(frozen=True, slots=True)
class Representations:
    """Exactly these representations, no other."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paths:
    """Between ``least`` and ``most`` files (None: any number) whose path is of a form."""

    path: re.Pattern[str]
    shown: str
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Values:
    """What an attribute of a METS may be, and which values must occur.

    ``element`` is the end of an element's path, such as ``agent/note``; ``*`` is any.
    """

    mets: str
    element: str
    attribute: str
    one_of: frozenset[str]
    pattern: re.Pattern[str] | None
    shown: str
    contains: tuple[str, ...]
    required: bool

    def admits(self, value: str) -> bool:
        """Whether a value is one that may be."""
        if self.pattern is not None:
            return len(value) <= _LONGEST and self.pattern.fullmatch(value) is not None
        return not self.one_of or value in self.one_of


@dataclass(frozen=True, slots=True)
class RootFolder:
    """The package's folder is called like its OBJID, characters replaced as told."""

    replace: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CarrierName:
    """The zip's name: ``prefix`` (a regular expression), then the OBJID, then ``.zip``."""

    prefix: re.Pattern[str]
    shown: str


@dataclass(frozen=True, slots=True)
class RootElement:
    """The XML files of a form have this root element."""

    path: re.Pattern[str]
    element: str


@dataclass(frozen=True, slots=True)
class Descriptions:
    """Each file in a representation's ``data`` has a description, and each description its file.

    ``path`` is relative to the representation, its group ``stem`` the name that both share;
    files in the division ``attachments`` of the structural map need none.
    """

    path: re.Pattern[str]
    data: str
    shown: str
    attachments: str


@dataclass(frozen=True, slots=True)
class NoHoley:
    """No file stands in for one that lies in another package."""

    suffix: str


@dataclass(frozen=True, slots=True)
class HoleyContent:
    """What a stand-in says is of a form."""

    suffix: str
    pattern: re.Pattern[str]
    shown: str


@dataclass(frozen=True, slots=True)
class HoleyPlace:
    """Stand-ins lie in these places only."""

    suffix: str
    path: re.Pattern[str]
    shown: str


@dataclass(frozen=True, slots=True)
class HoleyMissing:
    """A stand-in's bytes are not in this package."""

    suffix: str


Check = (
    Representations
    | Paths
    | Values
    | RootFolder
    | CarrierName
    | RootElement
    | Descriptions
    | NoHoley
    | HoleyContent
    | HoleyPlace
    | HoleyMissing
)


@dataclass(frozen=True, slots=True)
class FormRule:
    """One rule: how much it weighs, who asks for it, and which packages it is for (empty: all)."""

    id: str
    severity: Severity
    article: str
    mark: str
    packages: frozenset[str]
    variants: frozenset[str]
    check: Check

    def holds_for(self, package: str, variant: str) -> bool:
        """Whether the rule is for packages of this type and variant."""
        return (not self.packages or package in self.packages) and (
            not self.variants or variant in self.variants
        )


@dataclass(frozen=True, slots=True)
class Reweigh:
    """A requirement of the standard that weighs otherwise in this form, and why."""

    rule: str
    severity: Severity
    packages: frozenset[str]
    why_vi: str
    why_en: str


@dataclass(frozen=True, slots=True)
class PackageForm:
    """A form of packages by one instrument."""

    id: str
    status: str
    instrument: str
    articles: tuple[str, ...]
    packages: tuple[str, ...]
    variants: tuple[tuple[str, str], ...]
    other: Severity
    rules: tuple[FormRule, ...]
    reweighed: tuple[Reweigh, ...]

    def variant(self, mets_type: str) -> str:
        """The variant that a METS's TYPE stands for; empty where the form knows none."""
        return dict(self.variants).get(mets_type.casefold(), "")


_LONGEST = 1000


def load_package_form(data: Mapping[str, Any]) -> PackageForm:
    """The form that a profile's TOML describes.  Raises ValueError naming the key and its place."""
    table = Table(data, str(data.get("id", "package form")))
    table.skip(*HEAD)
    variants = table.table("variants")
    form = PackageForm(
        id=table.text("id"),
        status=table.text("status"),
        instrument=table.text("instrument"),
        articles=table.texts("articles"),
        packages=table.texts("packages", None),
        variants=tuple((kind.casefold(), variants.text(kind)) for kind in variants.names()),
        other=table.severity("other"),
        rules=tuple(_rule(item) for item in table.tables("rule")),
        reweighed=tuple(one for item in table.tables("reweigh") for one in _reweigh(item)),
    )
    table.done()
    ids = [rule.id for rule in form.rules]
    for rule in form.rules:
        if ids.count(rule.id) > 1:
            raise ValueError(f"{form.id}: two rules are called {rule.id}")
        if unknown := sorted(rule.packages - set(form.packages)):
            raise ValueError(f"{form.id}, {rule.id}: unknown package type {', '.join(unknown)}")
        if unknown := sorted(rule.variants - {variant for _, variant in form.variants}):
            raise ValueError(f"{form.id}, {rule.id}: unknown variant {', '.join(unknown)}")
    return form


def _rule(table: Table) -> FormRule:
    kind = table.text("check")
    if kind not in _CHECKS:
        raise ValueError(f"{table.place}: check is {kind!r}, not one of {', '.join(sorted(_CHECKS))}")
    rule = FormRule(
        id=table.text("id"),
        severity=table.severity(),
        article=table.text("article"),
        mark=table.text("mark"),
        packages=frozenset(table.texts("packages")),
        variants=frozenset(table.texts("variants")),
        check=_CHECKS[kind](table),
    )
    table.done()
    return rule


def _reweigh(table: Table) -> list[Reweigh]:
    rules, severity = table.texts("rules", None), table.severity()
    packages = frozenset(table.texts("packages"))
    why = table.text("why_vi"), table.text("why_en")
    for rule in rules:
        if rule not in catalogue():
            raise ValueError(f"{table.place}: there is no rule {rule}")
    table.done()
    return [Reweigh(rule, severity, packages, *why) for rule in rules]


def _paths(table: Table) -> Paths:
    most = table.whole("most", -1, least=-1)
    return Paths(
        table.pattern("path"), table.text("shown"), table.whole("least", 0), most if most >= 0 else None
    )


def _values(table: Table) -> Values:
    element, _, attribute = table.text("at").rpartition("@")
    mets = table.text("mets", "any")
    if not element or not attribute or mets not in ("root", "representation", "any"):
        raise ValueError(f"{table.place}: at is «element@attribute», mets is root, representation or any")
    one_of, contains = table.texts("one_of"), table.texts("contains")
    pattern = table.pattern("pattern") if table.text("pattern", "") else None
    shown = table.text("shown", " | ".join(one_of or contains))
    if not shown:
        raise ValueError(f"{table.place}: a pattern needs shown, the form in words")
    required = table.flag("required")
    return Values(mets, element, attribute, frozenset(one_of), pattern, shown, contains, required)


def _root_folder(table: Table) -> RootFolder:
    replaced = tuple((pair[0], pair[1:]) for pair in table.texts("replace") if pair)
    return RootFolder(replaced)


def _descriptions(table: Table) -> Descriptions:
    path = table.pattern("path")
    if "stem" not in path.groupindex:
        raise ValueError(f"{table.place}: path needs a group (?P<stem>...), the name it shares with the file")
    return Descriptions(path, table.text("data"), table.text("shown"), table.text("attachments", ""))


_CHECKS: dict[str, Callable[[Table], Check]] = {
    "representations": lambda table: Representations(table.texts("names", None)),
    "paths": _paths,
    "values": _values,
    "root-folder": _root_folder,
    "carrier-name": lambda table: CarrierName(table.pattern("prefix"), table.text("shown")),
    "root-element": lambda table: RootElement(table.pattern("path"), table.text("element")),
    "descriptions": _descriptions,
    "no-holey": lambda table: NoHoley(table.text("suffix")),
    "holey-content": lambda table: HoleyContent(
        table.text("suffix"), table.pattern("pattern"), table.text("shown")
    ),
    "holey-place": lambda table: HoleyPlace(table.text("suffix"), table.pattern("path"), table.text("shown")),
    "holey-missing": lambda table: HoleyMissing(table.text("suffix")),
}
