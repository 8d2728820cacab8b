"""One value held against its field: type, length, form, vocabulary."""

from collections.abc import Iterator, Mapping
from typing import Any

from luutru.metadata_profiles.record_dates import read_days
from luutru.metadata_profiles.record_profile import Field, RecordProfile, Weighed, folded

Breach = tuple[Weighed, str, Mapping[str, Any]]
"""What a breach weighs as, its rule, its words."""


def breaches(
    profile: RecordProfile, field: Field, text: str, dates: tuple[str, ...] = ()
) -> Iterator[Breach]:
    """What is wrong with a value; ``dates`` are the forms of its carrier's standard, where it has its own."""
    match field.type:
        case "number":
            yield from _number(field, text)
        case "date":
            forms = dates or field.dates
            if read_days(text, forms) is None:
                yield "date", "RECORD-VALUE/date", {"expected": ", ".join(forms)}
        case "boolean":
            if text not in ("0", "1"):
                yield "boolean", "RECORD-VALUE/boolean", {}
        case "string":
            yield from _string(field, text)
    if field.vocabulary:
        yield from _vocabulary(profile, field, text)


def _string(field: Field, text: str) -> Iterator[Breach]:
    if field.length and len(text) > field.length:
        yield "length", "RECORD-VALUE/length", {"length": len(text), "most": field.length}
    elif field.pattern and not field.pattern.fullmatch(text):
        yield "pattern", "RECORD-VALUE/form", {"expected": field.shown}


def _number(field: Field, text: str) -> Iterator[Breach]:
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        yield "number", "RECORD-VALUE/number", {}
    elif field.length and len(text) > field.length:
        yield "length", "RECORD-VALUE/length", {"length": len(text), "most": field.length}
    elif int(text) < field.least or (field.most and int(text) > field.most):
        expected = f"{field.least} – {field.most or '…'}"
        yield "range", "RECORD-VALUE/range", {"expected": expected}


def _vocabulary(profile: RecordProfile, field: Field, text: str) -> Iterator[Breach]:
    terms = profile.vocabularies[field.vocabulary]
    if any(term.code == text for term in terms):
        return
    plain = folded(text)
    for term in terms:
        if plain in (folded(term.vi), folded(term.en)):
            yield "label", "RECORD-VOCABULARY/label", {"code": term.code}
            return
    expected = ", ".join(f"{term.code} {term.vi}" for term in terms)
    yield "vocabulary", "RECORD-VOCABULARY/unknown", {"expected": expected}
