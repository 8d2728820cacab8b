"""The registry of profiles: found by name, file or identifier; editions by day; what is none is refused."""

import json
import socket
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.metadata_profiles.profile_outline import outline
from luutru.metadata_profiles.profile_registry import (
    SHIPPED,
    Profile,
    ProfileFault,
    ProfileNotFound,
    find_profile,
    in_force,
    list_profiles,
    profile_files,
    read_profile,
)

HEAD = """\
kind = "{kind}"
id = "{id}"
family = "{family}"
title_vi = "Bộ quy định thử"
title_en = "A profile to try"
version = "{version}"
status = "draft"
instrument = "Thông tư thử"
articles = ["Điều 1"]
valid_from = {first}
"""


def write(folder: Path, name: str, more: str = "", **words: str) -> Path:
    """A profile's file with a whole head."""
    head = {"kind": "formats", "family": "thử", "version": "1", "first": "2020-01-01", **words}
    path = folder / f"{name}.toml"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD.format(**{"id": name, **head}) + more, encoding="utf-8")
    return path


def bagit(folder: Path, name: str, identifier: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    info = {"BagIt-Profile-Identifier": identifier, "External-Description": "Túi", "Version": "3"}
    path.write_text(json.dumps({"BagIt-Profile-Info": info}), encoding="utf-8")
    return path


def test_every_shipped_profile_is_read_and_found_by_its_name() -> None:
    files = profile_files()
    assert len(files) == len(list(SHIPPED.iterdir())) > 2
    for path in files:
        profile = find_profile(path.stem)
        assert profile == read_profile(path) and profile.title("vi") and profile.title("en")
        assert profile.status == "draft" or profile.kind == "bagit" or profile.articles
        assert outline(profile)


def test_a_home_s_own_profile_is_found_and_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    write(tmp_path, "own")
    write(tmp_path, "tt05-formats", version="9")
    assert find_profile("own", folders=[tmp_path]).path == tmp_path / "own.toml"
    assert find_profile("tt05-formats", folders=[tmp_path]).version == "9"
    assert find_profile("tt05-formats").version != "9"
    listed = {profile.id: profile for profile in list_profiles(folders=[tmp_path])}
    assert listed["tt05-formats"].version == "9" and {"own", "agency-bag"} <= listed.keys()


def test_a_profile_is_found_by_file_and_by_bagit_identifier(tmp_path: Path) -> None:
    path = bagit(tmp_path, "theirs", "https://example.org/theirs-3.json")
    assert find_profile(path).id == find_profile(str(path)).id == "theirs"
    found = find_profile("https://example.org/theirs-3.json", folders=[tmp_path])
    assert (found.id, found.version, found.title_vi) == ("theirs", "3", "Túi")


def test_a_uri_is_never_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(ProfileNotFound, match="agency-bag"):
        find_profile("https://example.org/profile.json")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nope",
        "..",
        "../agency-bag",
        "/",
        "agency-bag.json",
        "a\0b",
        "x" * 5000,
        "x" * 300 + ".json",
        "x" * 9000 + ".toml",
    ],
)
def test_what_is_no_name_finds_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileNotFound):
        find_profile(name, folders=[tmp_path])


def test_the_edition_in_force_on_a_day_judges(tmp_path: Path) -> None:
    write(tmp_path, "old", "valid_until = 2021-12-31\n")
    write(tmp_path, "new", first="2022-01-01")
    write(tmp_path, "new-other-kind", first="2022-01-01", kind="record")
    old, new = (find_profile(name, folders=[tmp_path]) for name in ("old", "new"))

    def judges(profile: Profile, day: str) -> str:
        return in_force(profile, date.fromisoformat(day), folders=[tmp_path]).id

    assert [judges(old, day) for day in ("2020-01-01", "2021-12-31", "2022-01-01")] == ["old", "old", "new"]
    assert [judges(new, day) for day in ("2021-12-31", "2022-01-01")] == ["old", "new"]
    assert judges(new, "2019-12-31") == "new", "none is in force: the one named judges"


def test_the_circulars_formats_follow_each_other() -> None:
    today = find_profile("tt05-formats")
    assert in_force(today, date(2025, 6, 30)).id == "tt02-formats"
    assert in_force(find_profile("tt02-formats"), date(2025, 7, 1)).id == "tt05-formats"


Spoil = Callable[[str], str]
FAULTS: dict[str, tuple[Spoil, str]] = {
    "no TOML": (lambda text: text + "= 3", "line"),
    "no kind": (lambda text: text.replace("kind =", "sort ="), "kind"),
    "an unknown kind": (lambda text: text.replace('"formats"', '"format"'), "format"),
    "another name": (lambda text: text.replace('id = "it"', 'id = "that"'), "that"),
    "no status": (lambda text: text.replace('"draft"', '"final"'), "final"),
    "a day in quotes": (lambda text: text.replace("2020-01-01", '"2020-01-01"'), "valid_from"),
    "a moment": (lambda text: text.replace("2020-01-01", "2020-01-01T00:00:00"), "valid_from"),
    "no day": (lambda text: text.replace("valid_from", "from"), "valid_from"),
    "days in the wrong order": (lambda text: text + "valid_until = 2019-01-01\n", "valid_until"),
    "articles that are no list": (lambda text: text.replace('["Điều 1"]', '"Điều 1"'), "articles"),
    "a title that is no text": (lambda text: text.replace('"A profile to try"', "7"), "title_en"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_head_is_refused_with_its_place(name: str, tmp_path: Path) -> None:
    spoil, said = FAULTS[name]
    path = write(tmp_path, "it")
    text = path.read_text(encoding="utf-8")
    path.write_text(spoil(text), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    with pytest.raises(ProfileFault, match=rf"it\.toml.*{said}"):
        find_profile("it", folders=[tmp_path])
    assert "it" not in {profile.id for profile in list_profiles(folders=[tmp_path])}
    assert path in profile_files(folders=[tmp_path])


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b'{"a": 1, "a": 2}', b"[" * 100_000, b'"\xff"', b"9" * 5000, b'{"x":' * 50_000],
)
def test_what_is_no_json_object_is_no_profile(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "it.json").write_bytes(data)
    with pytest.raises(ProfileFault, match=r"it\.json"):
        find_profile("it", folders=[tmp_path])


def test_a_file_that_is_too_large_or_a_folder_is_no_profile(tmp_path: Path) -> None:
    (tmp_path / "large.json").write_bytes(b" " * (5 << 20))
    with pytest.raises(ProfileFault, match="larger"):
        find_profile("large", folders=[tmp_path])
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(ProfileFault):
        read_profile(tmp_path / "folder.json")
    with pytest.raises(ProfileNotFound):
        find_profile("folder", folders=[tmp_path])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_whatever_a_profile_says_is_shown_in_whole_tables(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "shown.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    sections = outline(read_profile(path))
    assert all(len(row) == len(section.columns) for section in sections for row in section.rows)
    cells = [cell for section in sections for row in section.rows for cell in row]
    told = [value for value in data.values() if isinstance(value, str)]
    assert set(told) <= set(cells)


@given(st.binary(max_size=300), st.sampled_from([".json", ".toml"]))
def test_no_bytes_upset_the_registry(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(data)
    try:
        assert read_profile(path).id == "any"
    except ProfileFault as fault:
        assert path.name in str(fault)
