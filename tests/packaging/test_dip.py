"""A DIP is what was submitted, validates by our tools and the peers', and never carries damage."""

import hashlib
import io
import re
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

import bagit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.fixity.walk import list_files
from luutru.packaging.aip import METS_PATH, PREMIS_PATH
from luutru.packaging.bag_dip import bag_entries, payload_of
from luutru.packaging.dip import DamagedSource, Entry, Stored, is_chosen, write_folder
from luutru.packaging.eark_dip import content_of, eark_entries
from luutru.packaging.mets_writer import MetsHeader
from luutru.packaging.package import validate_path
from luutru.packaging.unpack import Limits
from luutru.packaging.zip_stream import stream_zip

OBJECT_ID = "urn:uuid:0192f0c1-0000-7000-8000-000000000001"
RECEIPT = b'{"kind": "dissemination receipt"}\n'
SUBMITTED = {
    "representations/rep1/data/Tờ trình 100%.txt": "Kính gửi".encode(),
    "representations/rep1/data/Phụ lục/rỗng.csv": b"",
    "representations/rep2/data/lớn.bin": bytes(range(256)) * 9000,
    "documentation/Đọc trước.txt": b"x",
    "submission/bagit/bagit.txt": b"BagIt-Version: 1.0\n",
}
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1, max_size=20
).filter(lambda name: name not in (".", "..") and len(name.encode()) < 200)


def stored(path: str, data: bytes, original: str = "given", actual: bytes | None = None) -> Stored:
    """A file of an AIP that should be ``data``, and on the medium is ``actual``."""
    opener = partial[BinaryIO](io.BytesIO, data if actual is None else actual)
    sha256, sha512 = hashlib.sha256(data).hexdigest(), hashlib.sha512(data).hexdigest()
    return Stored(path, original, len(data), sha256, sha512, opener)


def aip(files: Mapping[str, bytes] = SUBMITTED) -> list[Stored]:
    own = {METS_PATH: b"<mets/>", PREMIS_PATH: b"<premis/>"}
    return [*(stored(p, d) for p, d in files.items()), *(stored(p, d, "") for p, d in own.items())]


def provenance(files: list[Stored]) -> list[Stored]:
    return [file for file in files if file.path in (METS_PATH, PREMIS_PATH)]


def as_bag(files: list[Stored], kind: str = "bagit") -> list[Entry]:
    payload = payload_of(files, kind)
    title = "Hồ sơ\nhai dòng"
    entries = bag_entries(
        payload, provenance(files), RECEIPT, object_id=OBJECT_ID, title=title, agency="Sở Nội vụ"
    )
    return list(entries)


def as_eark(files: list[Stored]) -> list[Entry]:
    made = datetime(2026, 4, 3, tzinfo=UTC)
    header = MetsHeader(OBJECT_ID, "DIP", "Hồ sơ", made, ("Luutru", "0.1"), ("Sở Nội vụ", "H99.08"))
    return list(eark_entries(content_of(files), provenance(files), RECEIPT, header))


def test_a_bag_gives_back_the_submitted_bytes_under_the_submitted_names(tmp_path: Path) -> None:
    write_folder(iter(as_bag(aip())), tmp_path / "dip")
    for path in ("Tờ trình 100%.txt", "Phụ lục/rỗng.csv"):
        submitted = SUBMITTED[f"representations/rep1/data/{path}"]
        assert (tmp_path / "dip/data" / path).read_bytes() == submitted
    assert (tmp_path / "dip/provenance/receipt.json").read_bytes() == RECEIPT
    assert (tmp_path / "dip/provenance/METS.xml").read_bytes() == b"<mets/>"
    assert not list((tmp_path / "dip").rglob("submission"))


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["bagit", "eark"])
def test_a_bag_is_valid_by_our_validator_and_by_bagit_python(tmp_path: Path, kind: str) -> None:
    # bagit-python does not decode %25 (RFC 8493, section 2.1.3), so no name has a percent sign here.
    plain = {path.replace("%", " phần trăm"): data for path, data in SUBMITTED.items()}
    write_folder(iter(as_bag(aip(plain), kind)), tmp_path / "dip")
    report = validate_path(tmp_path / "dip", limits=Limits())
    assert (report.kind, report.valid) == ("bagit", True), report.as_json("en")
    assert bagit.Bag(str(tmp_path / "dip")).validate()


def test_an_eark_dip_is_valid_and_keeps_places(tmp_path: Path) -> None:
    write_folder(iter(as_eark(aip())), tmp_path / "dip")
    report = validate_path(tmp_path / "dip", limits=Limits())
    assert (report.kind, report.valid) == ("eark", True), report.as_json("en")
    for path, data in SUBMITTED.items():
        if not path.startswith("submission/"):
            assert (tmp_path / "dip" / path).read_bytes() == data
    assert (tmp_path / "dip" / PREMIS_PATH).read_bytes() == b"<premis/>"


@settings(max_examples=25)
@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=6))
def test_any_names_come_out_of_a_bag_as_they_went_in(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "dip"
        below = {f"representations/rep1/data/{name}": data for name, data in files.items()}
        write_folder(iter(as_bag(aip(below))), target)
        found = {path: (target / path).read_bytes() for path in list_files(target).sizes}
        payload = {path: data for path, data in found.items() if path.startswith("data/")}
        assert payload == {f"data/{name}": data for name, data in files.items()}


# Evidence of the carrier stays in the archive, so its damage cannot go out.
HANDED_OUT = [number for number, file in enumerate(aip()) if not file.path.startswith("submission/")]


@pytest.mark.parametrize("harm", ["flipped", "truncated", "longer", "emptied"])
@pytest.mark.parametrize("victim", HANDED_OUT)
def test_damage_is_never_handed_out(tmp_path: Path, harm: str, victim: int) -> None:
    files = aip()
    path, whole = files[victim].path, files[victim].open().read()
    harmed = {
        "flipped": whole[:-1] + bytes([whole[-1] ^ 1]) if whole else b"\1",
        "truncated": whole[:-1] if whole else b"\0",
        "longer": whole + b"\0",
        "emptied": b"" if whole else b"x",
    }[harm]
    assert harmed != whole
    files[victim] = stored(path, whole, files[victim].original, harmed)
    with pytest.raises(DamagedSource, match=re.escape(path)):
        write_folder(iter(as_bag(files)), tmp_path / "bag")
    with pytest.raises(DamagedSource, match=re.escape(path)):
        write_folder(iter(as_eark(files)), tmp_path / "eark")


def test_a_zip_holds_the_same_as_the_folder(tmp_path: Path) -> None:
    blocks = list(stream_zip(as_bag(aip()), "Hồ sơ"))
    assert max(map(len, blocks)) < 2 << 20
    write_folder(iter(as_bag(aip())), tmp_path / "dip")
    with zipfile.ZipFile(io.BytesIO(b"".join(blocks))) as archive:
        assert archive.testzip() is None
        held = {name.removeprefix("Hồ sơ/"): archive.read(name) for name in archive.namelist()}
    listed = list_files(tmp_path / "dip").sizes
    assert held == {path: (tmp_path / "dip" / path).read_bytes() for path in listed}


def test_a_zip_validates_as_a_package(tmp_path: Path) -> None:
    (tmp_path / "dip.zip").write_bytes(b"".join(stream_zip(as_bag(aip()), "dip")))
    report = validate_path(tmp_path / "dip.zip", limits=Limits(), scratch=tmp_path)
    assert (report.kind, report.valid) == ("bagit", True), report.as_json("en")


@pytest.mark.parametrize(
    ("path", "chosen", "taken"),
    [
        ("representations/rep1/data/a", None, True),
        ("representations/rep1/data/a", ["rep1"], True),
        ("representations/rep1/data/a", ["rep2"], False),
        ("representations/rep11/data/a", ["rep1"], False),
        ("documentation/a", [], True),
    ],
)
def test_only_chosen_representations_are_taken(path: str, chosen: list[str] | None, taken: bool) -> None:
    assert is_chosen(path, chosen) is taken


def test_a_dip_is_never_written_over_something(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        write_folder(iter(as_bag(aip())), tmp_path)
