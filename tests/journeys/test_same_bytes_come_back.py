"""Any tree of files: bag -> SIP -> AIP -> DIP gives back the same bytes under the same names."""

import hashlib
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from luutru.fixity.walk import list_files
from luutru.packaging.package import validate_path
from luutru.packaging.unpack import Limits
from luutru.packaging.verify import verify
from luutru.repository.access import disseminate_folder, disseminate_zip
from luutru.repository.archive import Archive, open_archive
from luutru.repository.audit import Damage, audit
from luutru.repository.ingest import ingest
from luutru.repository.repair import repair

# All of Unicode that a Linux file system takes: no NUL, no slash, no lone surrogate.
NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda name: name not in (".", "..") and len(name.encode()) <= 200)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
BYTES = st.one_of(
    st.binary(max_size=200), st.sampled_from([0, 8192, (1 << 20) + 1]).map(lambda n: b"\xd7" * n)
)
TREES = st.dictionaries(PATHS, BYTES, min_size=1, max_size=6).filter(
    lambda tree: not any(other.startswith(path + "/") for path in tree for other in tree)
)


def make_bag(tree: dict[str, bytes], bag: Path) -> None:
    lines = []
    for path, data in tree.items():
        place = bag / "data" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        written = path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
        lines.append(f"{hashlib.sha256(data).hexdigest()}  data/{written}\n")
    (bag / "bagit.txt").write_bytes(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    (bag / "manifest-sha256.txt").write_bytes("".join(lines).encode())


def payload(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in list_files(folder).sizes}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """One archive for all examples: nothing of one may disturb another."""
    return open_archive(tmp_path_factory.mktemp("home"))


@given(tree=TREES)
@example(
    tree={
        "đường/Quyết định số 458.txt": b"nfd",
        "Quyết định/ảnh 📜.png": b"",
        "100% \n.txt": b"x",
        " a ": b"y",
    }
)
@example(tree={"data/METS.xml": b"<mets/>", "representations/rep1/data/x": b"1", "\u0001\ufffe": b"control"})
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
def test_any_tree_comes_back(shared: Archive, tree: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        make_bag(tree, work / "sip")
        outcome = ingest(shared, work / "sip", agency="H29")
        assert outcome.status == "stored", [f.as_json("en") for f in outcome.report.findings]
        assert outcome.object_id
        disseminate_folder(shared, outcome.object_id, work / "dip", form="bag")
        assert payload(work / "dip" / "data") == tree
        disseminate_zip(shared, outcome.object_id, work / "dip.zip", form="eark")
        for dip in (work / "dip", work / "dip.zip"):
            report, statement = verify(dip, shared.key.public, limits=Limits())
            assert report.valid, [f.as_json("en") for f in report.findings]
            assert statement and statement["object"] == outcome.object_id
        shutil.unpack_archive(work / "dip.zip", work / "unpacked")
        assert payload(work / "unpacked" / "dip" / "representations" / "rep1" / "data") == tree


@given(data=st.data())
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_any_damage_to_any_file_of_any_copy_is_found_and_mended(shared: Archive, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bag = Path(folder) / "sip"
        make_bag({"one": b"1" * 100, "Hai/hai": b"2" * 100, "ba": b"3"}, bag)
        object_id = ingest(shared, bag, agency="H29").object_id
    assert object_id
    storage = data.draw(st.sampled_from(shared.locations))
    held = next(path for path in storage.list_objects() if path.endswith(object_id.replace(":", "%3a")))
    files = [file.path for file in storage.list(held)]
    before = {path: storage.read(path).read() for path in files}
    chosen = data.draw(st.sampled_from(files))
    place = Path(storage.place) / chosen
    kind = data.draw(st.sampled_from(["flip", "lose", "add", "swap"]))
    if kind == "flip":
        content = bytearray(place.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        place.write_bytes(bytes(content))
    elif kind == "lose":
        place.unlink()
    elif kind == "add":
        place.with_name(place.name + "~").write_bytes(b"more")
    else:
        other = Path(storage.place) / data.draw(
            st.sampled_from([path for path in files if before[path] != before[chosen]])
        )
        mine, theirs = place.read_bytes(), other.read_bytes()
        place.write_bytes(theirs)
        other.write_bytes(mine)
    found: list[Damage] = []
    audit(shared, [object_id], on_damage=found.append)
    assert {damage.location for damage in found} == {storage.name}
    assert repair(shared, [object_id]).unrepairable == 0
    assert audit(shared, [object_id]).damaged == 0
    assert {file.path: storage.read(file.path).read() for file in storage.list(held)} == before


@pytest.mark.peer
def test_what_is_handed_out_is_a_bag_for_bagit_python(shared: Archive, tmp_path: Path) -> None:
    import bagit

    tree = {"Tờ trình.txt": b"a", "Phụ lục/Bảng.csv": b"b,c", "xuống\ndòng": b"d"}
    make_bag(tree, tmp_path / "sip")
    object_id = ingest(shared, tmp_path / "sip", agency="H29").object_id
    assert object_id
    disseminate_folder(shared, object_id, tmp_path / "dip")
    assert bagit.Bag(str(tmp_path / "dip")).validate()


@pytest.mark.peer
def test_what_is_kept_is_ocfl_for_ocfl_py(shared: Archive, tmp_path: Path) -> None:
    import ocfl

    make_bag({"Tờ trình.txt": b"a"}, tmp_path / "sip")
    assert ingest(shared, tmp_path / "sip", agency="H29").status == "stored"
    for storage in shared.locations:
        root = ocfl.StorageRoot(root=str(Path(storage.place) / "ocfl"))
        assert root.validate(validate_objects=True, check_digests=True)


def test_our_own_packages_pass_our_own_validator(shared: Archive, tmp_path: Path) -> None:
    make_bag({"a": b"a"}, tmp_path / "sip")
    object_id = ingest(shared, tmp_path / "sip", agency="H29").object_id
    assert object_id
    for form in ("bag", "eark"):
        disseminate_folder(shared, object_id, tmp_path / form, form=form)
        assert validate_path(tmp_path / form, limits=Limits()).valid
    for storage in shared.locations:
        assert validate_path(Path(storage.place) / "ocfl", limits=Limits()).valid
