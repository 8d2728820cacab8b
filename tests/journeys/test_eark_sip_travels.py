"""An E-ARK SIP, bare or in a bag, travels to a researcher with every submitted byte accounted for."""

import hashlib
import shutil
from pathlib import Path

import pytest

from luutru.fixity.walk import list_files
from luutru.packaging.bag_writer import write_bag_tags
from luutru.packaging.package import validate_path
from luutru.packaging.samples.as_eark import make_eark_sip
from luutru.packaging.samples.records import TITLE, make_records
from luutru.packaging.unpack import Limits
from luutru.packaging.verify import verify
from luutru.repository.access import disseminate_folder
from luutru.repository.archive import Archive, open_archive
from luutru.repository.catalog import reading
from luutru.repository.holdings import files_of, get_object
from luutru.repository.ingest import ingest

HANDED_OUT = ("representations/", "documentation/", "schemas/", "metadata/descriptive/", "metadata/other/")


@pytest.fixture(scope="module")
def sip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sip")
    (folder / "records").mkdir()
    make_records(folder / "records")
    return make_eark_sip(folder / "records", folder / "gói nộp lưu")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "home")


def content(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in list_files(folder).sizes}


def bagged(sip: Path, bag: Path) -> Path:
    """The SIP as the payload of a bag."""
    shutil.copytree(sip, bag / "data" / sip.name)
    files = content(bag)
    digests = {
        path: {name: hashlib.new(name, data).hexdigest() for name in ("sha256", "sha512")}
        for path, data in files.items()
    }
    for path, data in write_bag_tags(digests, {p: len(d) for p, d in files.items()}, {}, []).items():
        (bag / path).write_bytes(data)
    return bag


def test_a_bare_sip(archive: Archive, sip: Path, tmp_path: Path) -> None:
    outcome = ingest(archive, sip, agency="H99.08")
    assert outcome.status == "stored" and outcome.object_id
    with reading(archive.engine) as session:
        assert get_object(session, outcome.object_id).title == TITLE
        kept = {file.original_name: file.path for file in files_of(session, outcome.object_id, limit=1000)}
    submitted = content(sip)
    assert submitted.keys() == kept.keys() - {""}
    (path,) = archive.first.list_objects()
    for name, data in submitted.items():
        assert archive.first.read(f"{path}/v1/content/{kept[name]}").read() == data
    disseminate_folder(archive, outcome.object_id, tmp_path / "dip", form="eark")
    assert validate_path(tmp_path / "dip", limits=Limits()).valid
    handed = content(tmp_path / "dip")
    for name, data in submitted.items():
        if name.startswith(HANDED_OUT):
            assert handed[name] == data


@pytest.mark.parametrize("form", ["bag", "eark"])
def test_a_sip_in_a_bag(archive: Archive, sip: Path, tmp_path: Path, form: str) -> None:
    outcome = ingest(archive, bagged(sip, tmp_path / "bag"), agency="H99.08")
    assert outcome.status == "stored" and outcome.object_id, outcome.report.findings
    with reading(archive.engine) as session:
        assert get_object(session, outcome.object_id).kind == "bagged-eark"
    disseminate_folder(archive, outcome.object_id, tmp_path / "dip", form=form)
    report, _ = verify(tmp_path / "dip", archive.key.public, limits=Limits())
    assert report.valid, [f.as_json("en") for f in report.findings]
    handed = {path: data for path, data in content(tmp_path / "dip").items()}
    prefix = "data/" if form == "bag" else ""
    for name, data in content(sip).items():
        if name.startswith(HANDED_OUT):
            assert handed[prefix + name] == data


def test_chosen_representations_only(archive: Archive, sip: Path, tmp_path: Path) -> None:
    from luutru.repository.errors import NotFound

    object_id = ingest(archive, sip, agency="H99.08").object_id
    assert object_id
    disseminate_folder(archive, object_id, tmp_path / "one", form="eark", representations=["rep1"])
    assert any(path.startswith("representations/rep1/") for path in content(tmp_path / "one"))
    with pytest.raises(NotFound, match="rep9"):
        disseminate_folder(archive, object_id, tmp_path / "none", representations=["rep9"])
    with pytest.raises(NotFound, match="v7"):
        disseminate_folder(archive, object_id, tmp_path / "none", version="v7")
    assert not (tmp_path / "none").exists()


def test_damage_is_never_handed_out(archive: Archive, sip: Path, tmp_path: Path) -> None:
    from luutru.repository.errors import NoIntactCopy

    object_id = ingest(archive, sip, agency="H99.08").object_id
    assert object_id
    for number, storage in enumerate(archive.locations):
        file = next(f for f in storage.list("ocfl") if f.path.endswith(".pdf"))
        place = Path(storage.place) / file.path
        place.write_bytes(place.read_bytes()[:-1] + b"!")
        if number == 0:
            made = disseminate_folder(archive, object_id, tmp_path / "dip")
            assert made.location == "local-2"
            assert verify(tmp_path / "dip", archive.key.public, limits=Limits())[0].valid
    with pytest.raises(NoIntactCopy):
        disseminate_folder(archive, object_id, tmp_path / "second")
    assert not (tmp_path / "second").exists()
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []
