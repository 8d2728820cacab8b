"""What a profile asks, as tables for people: made from its data, whatever its kind.

Used by ``luutru profiles show`` and by the pages in ``docs/profiles/``, so that neither can say
anything else than the file that judges.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from luutru.metadata_profiles.profile_registry import Profile
from luutru.metadata_profiles.profile_table import HEAD

_MOST_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class Section:
    """One table: the key it stands under in the file (empty at the top), its columns and its rows."""

    key: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def outline(profile: Profile) -> list[Section]:
    """The content of a profile, without its head, in the order of the file."""
    head = set(HEAD) if profile.kind != "bagit" else set()
    content = {key: value for key, value in profile.data.items() if key not in head}
    plain = {key: value for key, value in content.items() if not _is_table(value)}
    sections = [_pairs("", plain)] if plain else []
    for key, value in content.items():
        if _is_table(value):
            sections += _sections(key, value)
    return sections


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )


def _sections(key: str, value: Any) -> Iterator[Section]:
    if isinstance(value, list):
        yield _rows(key, [dict(item) for item in value])
    elif value and all(isinstance(item, Mapping) for item in value.values()):
        yield _rows(key, [{"": name, **item} for name, item in value.items()])
    else:
        plain = {name: item for name, item in value.items() if not _is_table(item)}
        if plain or not value:
            yield _pairs(key, plain)
        for name, item in value.items():
            if _is_table(item):
                yield from _sections(f"{key}.{name}", item)


def _pairs(key: str, values: Mapping[str, Any]) -> Section:
    return Section(key, ("", " "), tuple((name, shown(value)) for name, value in values.items()))


def _rows(key: str, rows: Sequence[Mapping[str, Any]]) -> Section:
    """A row each; keys that most rows lack share the last column."""
    counts = Counter(name for row in rows for name in row)
    common = [name for name, count in counts.items() if 2 * count > len(rows)]
    names = list(counts) if len(counts) <= _MOST_COLUMNS else common
    rest = [name for name in counts if name not in names]
    columns = (*names, "…") if rest else tuple(names)
    made = []
    for row in rows:
        cells = [shown(row.get(name, "")) for name in names]
        if rest:
            cells.append("; ".join(f"{name}: {shown(row[name])}" for name in rest if name in row))
        made.append(tuple(cells))
    return Section(key, columns, tuple(made))


def shown(value: Any) -> str:
    """A value of a profile as one line of text."""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {shown(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value)
    return str(value)
