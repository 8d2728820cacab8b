"""The doctor finds each state that a crash, a lost disk or an old backup leaves, and mends it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from databases import back_up, lose
from luutru.packaging.ocfl.inventory import FILE_NAME
from luutru.repository import doctor
from luutru.repository.archive import Archive, open_archive
from luutru.repository.audit import audit
from luutru.repository.catalog import writing
from luutru.repository.deposits import unfinished
from luutru.repository.events import EventRecord, now, record
from luutru.repository.holdings import get_object, object_ids
from luutru.repository.ingest import ingest
from luutru.repository.models import Job, Upload
from luutru.repository.rebuild import rows_of
from luutru.repository.uploads import create_upload


def codes(archive: Archive, *, mend: bool = False) -> list[str]:
    """What the doctor says, in order."""
    return [diagnosis.ailment.code for diagnosis in doctor.examine(archive, mend=mend)]


@pytest.fixture
def held(archive: Archive, make_bag: Any) -> Archive:
    assert ingest(archive, make_bag(), agency="H29").status == "stored"
    return archive


def object_path(archive: Archive) -> str:
    from luutru.repository.catalog import reading

    with reading(archive.engine) as session:
        return get_object(session, object_ids(archive)[0]).path


def lose_a_copy(archive: Archive) -> None:
    shutil.rmtree(Path(archive.locations[1].place) / object_path(archive))


def leave_staging(archive: Archive) -> None:
    (archive.first.staging / "dead" / "unpacked").mkdir(parents=True)
    (archive.first.staging / "dead" / ".lock").touch()


def leave_an_upload(archive: Archive) -> None:
    upload = create_upload(archive, "H29", "gói.zip")
    with writing(archive.engine) as session:
        session.connection().execute(sa.update(Upload).where(sa.true()).values(state="submitted"))
    assert upload.id


def leave_a_job(archive: Archive) -> None:
    with writing(archive.engine) as session:
        session.add(Job(id="j", kind="audit", status="running", created=now(), worker="gone-1"))


def fall_behind(archive: Archive) -> None:
    with writing(archive.engine) as session:
        record(session, EventRecord("fixity check", detail="not yet in a journal"))


def lose_a_location(archive: Archive) -> None:
    place = Path(archive.locations[1].place)
    place.rename(place.with_name("lost"))


def leave_half_a_version(archive: Archive) -> None:
    place = Path(archive.first.place) / object_path(archive) / "v2" / "content"
    place.mkdir(parents=True)
    (place / "half.txt").write_bytes(b"half")


def swap_inventory(archive: Archive) -> None:
    place = Path(archive.first.place) / object_path(archive)
    changed = (place / FILE_NAME).read_bytes() + b"\n"
    (place / FILE_NAME).write_bytes(changed)
    import hashlib

    for folder in (place, place / "v1"):
        (folder / FILE_NAME).write_bytes(changed)
        (folder / f"{FILE_NAME}.sha512").write_text(f"{hashlib.sha512(changed).hexdigest()} {FILE_NAME}\n")


def forget_an_object(archive: Archive) -> None:
    with writing(archive.engine) as session:
        for table in ("object", "version", "file"):
            session.connection().execute(sa.text(f"delete from {table}"))


def damage_nothing(_archive: Archive) -> None:
    """The archive as it is."""


@pytest.mark.parametrize(
    ("harm", "found", "mendable"),
    [
        (damage_nothing, [], True),
        (lose_a_copy, ["copy-missing"], True),
        (leave_staging, ["staging-left"], True),
        (leave_an_upload, ["journal-behind", "journal-behind", "upload-left"], True),
        (leave_a_job, ["job-left"], False),
        (fall_behind, ["journal-behind", "journal-behind"], True),
        (lose_a_location, ["location-away"], False),
        (leave_half_a_version, ["object-half-written"], True),
        (swap_inventory, ["object-differs"], False),
        (forget_an_object, ["object-unknown"], True),
    ],
)
def test_each_state_is_found_and_mended(
    held: Archive, harm: Callable[[Archive], None], found: list[str], mendable: bool
) -> None:
    harm(held)
    told = [code for code in codes(held) if not (harm is leave_an_upload and code == "journal-behind")]
    assert told == [code for code in found if code != "journal-behind" or harm is fall_behind]
    before = codes(held)
    assert codes(held, mend=True) == before, "an examination changes nothing"
    assert codes(held) == ([] if mendable else before)
    if mendable:
        lost: list[object] = []
        audit(held, on_damage=lost.append)
        assert lost == []


def test_a_lost_catalogue_is_rebuilt(held: Archive) -> None:
    rows = rows_of(held)
    again = open_archive(lose(held), rebuilding=True)
    assert set(codes(again)) >= {"catalogue-behind"}
    codes(again, mend=True)
    assert codes(again) == []
    assert rows_of(again) == rows


def test_a_catalogue_from_a_backup_is_brought_up_to_storage(
    held: Archive, make_bag: Any, tmp_path: Path
) -> None:
    put_back = back_up(held, tmp_path)
    ingest(held, make_bag({"khác.txt": b"x"}, "other"), agency="H29")
    rows = rows_of(held)
    put_back()
    again = open_archive(held.settings.home, rebuilding=True)
    assert codes(again)[0] == "catalogue-behind"
    codes(again, mend=True)
    assert codes(again) == [] and rows_of(again) == rows


def test_a_deposit_cut_off_is_completed(
    archive: Archive, make_bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("luutru.repository.ingest.complete", die)
        with pytest.raises(Killed):
            ingest(archive, make_bag(), agency="H29")
    assert "deposit-left" in codes(archive)
    codes(archive, mend=True)
    assert codes(archive) == [] and not unfinished(archive)
    assert audit(archive).intact == 2


def test_every_ailment_is_listed() -> None:
    """What is documented is what there is."""
    import re

    text = Path(doctor.__file__).with_name("ailments.py").read_text(encoding="utf-8")
    assert set(re.findall(r'Ailment\(\s*"([a-z-]+)"', text)) == set(doctor.CODES)
