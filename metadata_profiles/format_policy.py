"""A rule set on file formats: which are accepted, and what digitised records must measure up to, as data.

The rule sets stand in ``profiles/``.  ``[[accepted]]`` names formats by PRONOM identifier or
media type, ``[[measure]]`` what is measured inside a file, for which files, and what a breach
weighs.  The checks themselves are ``luutru.packaging.format_check``'s.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from luutru.metadata_profiles.finding import Severity
from luutru.metadata_profiles.premis import Format
from luutru.metadata_profiles.profile_table import HEAD, Table

Weighed = Literal[
    "unknown",
    "empty",
    "not-accepted",
    "extension",
    "locked",
    "restricted",
    "unreadable",
    "damaged",
    "claim",
    "unconfirmed",
    "not-checked",
    "sampled",
]
"""What a rule set weighs for every file, measured or not."""

Reader = Literal["", "pdf", "image", "media"]

# What can be measured of what.
_MEASURES: Mapping[str, frozenset[str]] = {
    "pdf": frozenset({"pdfa", "pdf-version", "dpi", "bits", "text-layer", "page-image", "signature"}),
    "image": frozenset({"dpi", "bits"}),
    "video": frozenset({"bit-rate"}),
    "audio": frozenset({"bit-rate"}),
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A kind of format that may be handed over, and how files of it are read (or not)."""

    id: str
    name: str
    puids: frozenset[str]
    mimes: frozenset[str]
    extensions: tuple[str, ...]
    reader: Reader
    mark: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing measured: on which files, what it must be, how much a breach weighs.

    ``least`` is in dots per inch, bits for a pixel or kbit/s; ``one_of`` are the accepted
    PDF/A parts, ``version`` the lowest PDF version.  ``when`` says for which described
    values of a field the measure holds: ``(("typeName", {"30"}),)``.
    """

    id: str
    of: str
    check: str
    least: int
    one_of: frozenset[str]
    version: str
    digitised: bool
    when: tuple[tuple[str, frozenset[str]], ...]
    severity: Severity
    article: str
    mark: str


@dataclass(frozen=True, slots=True)
class Described:
    """Where a package says what a document is, and by which field it says that it was digitised.

    ``documents`` matches paths below a representation and has a group ``stem``; ``package``
    matches paths in the package; ``unsaid`` is what a breach weighs where nothing is said.
    """

    package: re.Pattern[str]
    documents: re.Pattern[str]
    field: str
    values: frozenset[str]
    mixed: frozenset[str]
    unsaid: Severity


@dataclass(frozen=True, slots=True)
class LookLimits:
    """What one file may cost: seconds, MiB of memory, pages looked at, pixels decoded for a page.

    ``total`` is the seconds that all files of a package together may take.
    """

    seconds: int
    total: int
    memory: int
    pages: int
    pixels: int


@dataclass(frozen=True, slots=True)
class FormatPolicy:
    """A rule set on formats by one instrument.

    ``article`` is named in findings that no measure asks for, ``access`` (instrument and
    article) where the content cannot be read at all.
    """

    id: str
    status: str
    instrument: str
    article: str
    access: str
    skip: re.Pattern[str]
    limits: LookLimits
    weights: Mapping[str, Severity]
    locked: frozenset[str]
    described: Described
    accepted: tuple[Accepted, ...]
    measures: tuple[Measure, ...]

    def find(self, found: Format) -> Accepted | None:
        """The accepted kind that an identified format belongs to."""
        for kind in self.accepted:
            if found.puid in kind.puids or (found.mime and found.mime in kind.mimes):
                return kind
        return None

    @property
    def fields(self) -> frozenset[str]:
        """The fields of descriptions that the rule set looks at."""
        asked = {name for measure in self.measures for name, _ in measure.when}
        return frozenset(asked | {self.described.field})


def load_format_policy(data: Mapping[str, Any]) -> FormatPolicy:
    """The rule set that a profile's TOML describes.  Raises ValueError naming the key and its place."""
    table = Table(data, str(data.get("id", "formats")))
    table.skip(*HEAD)
    weights, limits = table.table("weights"), table.table("limits")
    policy = FormatPolicy(
        id=table.text("id"),
        status=table.text("status"),
        instrument=table.text("instrument"),
        article=table.text("article"),
        access=table.text("access"),
        skip=table.pattern("skip"),
        limits=LookLimits(
            seconds=limits.whole("seconds", least=1),
            total=limits.whole("total", least=1),
            memory=limits.whole("memory", least=256),
            pages=limits.whole("pages", least=1),
            pixels=limits.whole("pixels", least=1),
        ),
        weights={name: weights.severity(name) for name in get_args(Weighed)},
        locked=frozenset(table.texts("locked_puids")),
        described=_described(table.table("described")),
        accepted=tuple(_accepted(item) for item in table.tables("accepted")),
        measures=tuple(_measure(item) for item in table.tables("measure")),
    )
    for part in (weights, limits, table):
        part.done()
    return policy


def _described(table: Table) -> Described:
    documents = table.pattern("documents")
    if "stem" not in documents.groupindex:
        raise ValueError(f"{table.place}: documents needs a group (?P<stem>...), the file's name")
    described = Described(
        table.pattern("package"),
        documents,
        table.text("field"),
        frozenset(table.texts("values", None)),
        frozenset(table.texts("mixed")),
        table.severity("unsaid"),
    )
    table.done()
    return described


def _accepted(table: Table) -> Accepted:
    reader = table.text("reader", "")
    if reader not in get_args(Reader):
        raise ValueError(f"{table.place}: reader is pdf, image, media or nothing")
    kind = Accepted(
        id=table.text("id"),
        name=table.text("name"),
        puids=frozenset(table.texts("puids")),
        mimes=frozenset(table.texts("mimes")),
        extensions=tuple(extension.casefold() for extension in table.texts("extensions", None)),
        reader=cast(Reader, reader),
        mark=table.text("mark"),
    )
    if not kind.puids and not kind.mimes:
        raise ValueError(f"{table.place}: neither puids nor mimes")
    table.done()
    return kind


def _measure(table: Table) -> Measure:
    of, check = table.text("of"), table.text("check")
    if check not in _MEASURES.get(of, ()):
        raise ValueError(f"{table.place}: {check!r} cannot be measured of {of!r}")
    when = table.table("when")
    measure = Measure(
        id=table.text("id"),
        of=of,
        check=check,
        least=table.whole("least", 0),
        one_of=frozenset(table.texts("one_of")),
        version=table.text("version", ""),
        digitised=table.flag("digitised"),
        when=tuple((name, frozenset(when.texts(name, None))) for name in when.names()),
        severity=table.severity(),
        article=table.text("article"),
        mark=table.text("mark"),
    )
    if check in ("dpi", "bits", "bit-rate") and not measure.least:
        raise ValueError(f"{table.place}: least is missing")
    if check == "pdf-version" and not re.fullmatch(r"\d\.\d", measure.version):
        raise ValueError(f"{table.place}: version is like 1.4")
    when.done()
    table.done()
    return measure
