"""No submitted name or byte is lost on the way into the AIP."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.fixity.walk import list_files
from luutru.packaging.aip import METS_PATH, PREMIS_PATH, aip_path, arrange
from luutru.packaging.recognise import Recognised

OURS = [
    "data",
    "representations",
    "rep1",
    "metadata",
    "descriptive",
    "preservation",
    "premis.xml",
    "METS.xml",
    "submission",
    "payload",
    "beside",
    "bagit",
    "eark",
    "schemas",
    "x",
]
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=6)
PARTS = st.sampled_from(OURS) | NAMES.filter(lambda name: name not in (".", ".."))
PATHS = st.lists(PARTS, min_size=1, max_size=5).map("/".join)


def trees() -> st.SearchStrategy[list[str]]:
    """Paths of files, none of which is a folder of another."""
    return st.lists(PATHS, max_size=12, unique=True).map(
        lambda paths: [p for p in paths if not any(q.startswith(p + "/") for q in paths)]
    )


RECOGNISED = st.sampled_from(
    [
        Recognised("bagit"),
        Recognised("bagit", "x"),
        Recognised("eark"),
        Recognised("eark", "x", "x"),
        Recognised("bagged-eark", "", "data"),
        Recognised("bagged-eark", "", "data/x"),
        Recognised("bagged-eark", "x", "x/data/rep1"),
    ]
)


@pytest.mark.parametrize(
    ("recognised", "path", "place"),
    [
        (Recognised("bagit"), "data/Tờ trình.pdf", "representations/rep1/data/Tờ trình.pdf"),
        (Recognised("bagit"), "bagit.txt", "submission/bagit/bagit.txt"),
        (Recognised("bagit", "túi"), "túi/data/a", "representations/rep1/data/a"),
        (Recognised("bagit", "túi"), ".DS_Store", "submission/beside/.DS_Store"),
        (Recognised("eark"), "METS.xml", "submission/eark/METS.xml"),
        (Recognised("eark", "p", "p"), "p/representations/r/data/a", "representations/r/data/a"),
        (Recognised("eark"), "metadata/descriptive/ead.xml", "metadata/descriptive/ead.xml"),
        (Recognised("eark"), PREMIS_PATH, f"submission/eark/{PREMIS_PATH}"),
        (Recognised("eark"), "representations", "submission/eark/representations"),
        (Recognised("bagged-eark", "", "data/p"), "data/p/schemas/a.xsd", "schemas/a.xsd"),
        (Recognised("bagged-eark", "", "data/p"), "manifest-md5.txt", "submission/bagit/manifest-md5.txt"),
        (Recognised("bagged-eark", "", "data/p"), "data/thừa.txt", "submission/payload/thừa.txt"),
    ],
)
def test_each_file_has_its_place(recognised: Recognised, path: str, place: str) -> None:
    assert aip_path(recognised, path) == place


@given(RECOGNISED, trees())
def test_no_two_files_share_a_place_and_none_takes_one_of_ours(
    recognised: Recognised, paths: list[str]
) -> None:
    places = [aip_path(recognised, path) for path in paths]
    assert len(set(places)) == len(places)
    assert not {METS_PATH, PREMIS_PATH} & set(places)


@settings(max_examples=100)
@given(RECOGNISED, trees())
def test_every_file_arrives_with_its_bytes(recognised: Recognised, paths: list[str]) -> None:
    places = {path: aip_path(recognised, path) for path in paths}
    with tempfile.TemporaryDirectory() as folder:
        unpacked, content = Path(folder, "unpacked"), Path(folder, "content")
        unpacked.mkdir()
        for path in paths:
            (unpacked / path).parent.mkdir(parents=True, exist_ok=True)
            (unpacked / path).write_bytes(path.encode())
        arrange(unpacked, content, places)
        assert set(list_files(content).sizes) == set(places.values())
        assert {path: (content / place).read_bytes().decode() for path, place in places.items()} == {
            p: p for p in paths
        }
        assert list_files(unpacked).sizes == {}


def test_a_payload_moves_as_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked = tmp_path / "unpacked"
    for number in range(50):
        path = unpacked / f"data/{number % 5}/{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    moved: list[str] = []
    rename = Path.rename

    def counted(self: Path, target: Path) -> Path:
        moved.append(self.name)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", counted)
    places = {path: aip_path(Recognised("bagit"), path) for path in list_files(unpacked).sizes}
    arrange(unpacked, tmp_path / "content", places)
    assert moved == ["data"]


def test_a_package_that_fills_the_payload_comes_apart(tmp_path: Path) -> None:
    recognised = Recognised("bagged-eark", "", "data")
    paths = ["bagit.txt", "data/METS.xml", "data/representations/rep1/data/a", "data/documentation/b"]
    for path in paths:
        (tmp_path / "unpacked" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "unpacked" / path).touch()
    places = {path: aip_path(recognised, path) for path in paths}
    arrange(tmp_path / "unpacked", tmp_path / "content", places)
    assert sorted(list_files(tmp_path / "content").sizes) == [
        "documentation/b",
        "representations/rep1/data/a",
        "submission/bagit/bagit.txt",
        "submission/eark/METS.xml",
    ]
