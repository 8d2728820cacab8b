"""What a package's descriptions say of the origin of each file: born digital, or digitised.

Reads nothing but the fields that a rule set on formats asks for, from the ``simpledc``
documents of an E-ARK package.  Whether these are complete and right is not asked here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO, Literal

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.format_policy import Described, FormatPolicy, Measure
from luutru.metadata_profiles.xml_reader import read_elements, release
from luutru.packaging.contents import Contents

Said = Literal["yes", "no", "unsaid"]

_VALUE = 100
_FIELDS = 1000


@dataclass(slots=True)
class Origins:
    """The fields asked for, of the package and of each document by its path without extension."""

    described: Described
    package: dict[str, str] = field(default_factory=dict)
    documents: dict[str, dict[str, str]] = field(default_factory=dict)

    def applies(self, measure: Measure, path: str) -> Said:
        """Whether a measure is for a file, by what is said of it."""
        own = self._of(path)
        if any(own.get(name, "") not in values for name, values in measure.when):
            return "no"
        return self._digitised(own) if measure.digitised else "yes"

    def _digitised(self, own: dict[str, str]) -> Said:
        described = self.described
        value = own.get(described.field, "")
        if not value:
            value = self.package.get(described.field, "")
            if value in described.mixed:
                return "unsaid"  # some of the documents were digitised, not told which
        if not value:
            return "unsaid"
        return "yes" if value in described.values else "no"

    def _of(self, path: str) -> dict[str, str]:
        whole = path.casefold()
        return self.documents.get(whole) or self.documents.get(_without_extension(whole)) or {}


def read_origins(policy: FormatPolicy, contents: Contents) -> Origins:
    """What is said in all descriptions of a package; those that cannot be read say nothing."""
    described, fields = policy.described, policy.fields
    origins = Origins(described)
    package = re.compile(described.package.pattern, re.IGNORECASE)
    documents = re.compile(described.documents.pattern, re.IGNORECASE)
    for path in contents.sizes:
        if package.fullmatch(path):
            origins.package |= _read(contents, path, fields)
        elif path.startswith("representations/"):
            folder, inner = _representation(path)
            if found := documents.fullmatch(inner):
                key = f"{folder}data/{found['stem']}".casefold()
                origins.documents[key] = _read(contents, path, fields)
    return origins


def _representation(path: str) -> tuple[str, str]:
    top, name, *rest = path.split("/", 2)
    return f"{top}/{name}/", rest[0] if rest else ""


def _without_extension(path: str) -> str:
    return str(PurePosixPath(path).with_suffix("")) if PurePosixPath(path).suffix else path


def _read(contents: Contents, path: str, fields: frozenset[str]) -> dict[str, str]:
    try:
        with contents.open(path) as stream:
            return dict(_values(stream, path, fields))
    except OSError:
        return {}


def _values(stream: BinaryIO, path: str, fields: frozenset[str]) -> Iterator[tuple[str, str]]:
    count = 0
    for action, element in read_elements(stream, Report(path), path):
        if action == "start":
            continue
        count += 1
        if count > _FIELDS:
            return
        name = str(element.tag).rpartition("}")[2]
        if name in fields and element.text:
            yield name, element.text.strip()[:_VALUE]
        release(element)
