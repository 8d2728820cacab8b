"""Names: which stay inside, which travel, and which are one name to some file system."""

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.packaging.paths import DEEPEST_PATH, LONGEST_PATH, collisions, is_safe, name_problems

NAMES: dict[str, list[str]] = {
    "data/file.txt": [],
    "data/Quyết định số 458.pdf": [],
    "a b/c.d-e_f": [],
    ".hidden": [],
    "..hidden/x..": ["not-portable"],
    "": ["outside"],
    "/etc/passwd": ["outside"],
    "\\\\server\\share": ["outside"],
    "C:\\x": ["outside"],
    "c:x": ["outside"],
    "..": ["outside"],
    "a/..": ["outside"],
    "a\\..\\b": ["outside"],
    "a/../../b": ["outside"],
    "a\0b": ["outside"],
    "caf\udce9": ["not-text"],
    "a//b": ["empty-part"],
    "./a": ["empty-part"],
    "a/": ["empty-part"],
    "x" * 255: [],
    "x" * 256: ["too-long"],
    "ệ" * 86: ["too-long"],
    "/".join("a" * DEEPEST_PATH): [],
    "/".join("a" * (DEEPEST_PATH + 1)): ["too-long"],
    "/".join(["x" * 200] * (LONGEST_PATH // 200 + 1)): ["too-long"],
    "a\nb": ["control"],
    "a\x85b": ["control"],
    "a\u2028b": ["control"],
    "con": ["not-portable"],
    "CON.txt": ["not-portable"],
    "a/Lpt1.x/b": ["not-portable"],
    "console.txt": [],
    "a.": ["not-portable"],
    "a ": ["not-portable"],
    "a?b": ["not-portable"],
    "a\\b": ["not-portable"],
}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:40])
def test_problems_of_names(name: str) -> None:
    assert list(name_problems(name)) == NAMES[name]


@given(st.lists(st.sampled_from(["..", ".", "", "a", "\\", "C:", "..\\", "~"]), max_size=6).map("/".join))
def test_what_is_safe_stays_inside(path: str) -> None:
    """However both kinds of separators are read."""
    if not is_safe(path):
        return
    for shown in (path, path.replace("\\", "/")):
        assert not PurePosixPath(shown).is_absolute() and ".." not in PurePosixPath(shown).parts
    assert path[1:2] != ":"


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_text_gets_an_answer(path: str) -> None:
    assert set(name_problems(path)) <= {
        "outside",
        "empty-part",
        "too-long",
        "control",
        "not-portable",
    }


def test_collisions_say_which_and_how() -> None:
    nfc, nfd = unicodedata.normalize("NFC", "ệ"), unicodedata.normalize("NFD", "ệ")
    assert list(collisions([nfc, nfd])) == [(nfd, nfc, "nfc")]
    assert list(collisions(["a/X", "b", "a/x"])) == [("a/x", "a/X", "case")]
    assert list(collisions(["Ệ", nfd])) == [(nfd, "Ệ", "case")]
    assert list(collisions(["straße", "STRASSE"])) == [("STRASSE", "straße", "case")]
    assert list(collisions(["A/x", "a/y", "a/z"])) == [("a", "A", "case")]
    assert list(collisions(["A/b/x", "a/c/y"])) == [("a", "A", "case")]
    assert list(collisions(["a/x", "A"])) == [("A", "a", "case")]
    assert list(collisions(["a/b", "a/c", "b"])) == []


PARTS = st.sampled_from(["a", "A", "b", "é", "e\u0301", "É", "E\u0301", "ß", "ss", "ệ", "ê\u0323", "Ệ"])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@given(st.lists(PATHS, max_size=8, unique=True))
def test_collisions_are_found_exactly_where_there_are_some(paths: list[str]) -> None:
    """Held against canonical caseless matching (Unicode, section 3.13), each name with each other."""

    def folded(path: str) -> str:
        return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())

    every = {prefix for path in paths for prefix in _prefixes(path)}
    expected = {one for one in every for other in every if one != other and folded(one) == folded(other)}
    found = list(collisions(paths))
    assert {name for path, earlier, _ in found for name in (path, earlier)} == expected
    for path, earlier, case in found:
        same = unicodedata.normalize("NFC", path) == unicodedata.normalize("NFC", earlier)
        assert case == ("nfc" if same else "case")


def _prefixes(path: str) -> set[str]:
    return {path[:at] for at, letter in enumerate(path) if letter == "/"} | {path}
