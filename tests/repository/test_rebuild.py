"""The catalogue made anew from one location alone equals the one that was lost."""

from pathlib import Path
from typing import Any

import pytest

from databases import lose
from luutru.repository.archive import Archive, open_archive
from luutru.repository.audit import audit
from luutru.repository.errors import CatalogueBehindStorage
from luutru.repository.ingest import ingest
from luutru.repository.rebuild import rebuild, rows_of, set_aside_unusable
from luutru.repository.repair import repair


@pytest.fixture
def lived(archive: Archive, make_bag: Any) -> Archive:
    """An archive with a history: deposits stored and rejected, damage, repair."""
    ingest(archive, make_bag(), agency="H29")
    ingest(archive, make_bag({"a.txt": b"a", "b/ỳ.txt": b"b"}, "second"), agency="H01")
    broken = make_bag({"a.txt": b"a"}, "broken")
    (broken / "data" / "a.txt").write_bytes(b"b")
    ingest(archive, broken, agency="H29")
    file = next(f for f in archive.locations[1].list("ocfl") if f.path.endswith(".bin"))
    (Path(archive.locations[1].place) / file.path).write_bytes(b"damaged")
    audit(archive)
    repair(archive)
    return archive


@pytest.mark.parametrize("location", ["local-1", "local-2"])
def test_the_new_catalogue_equals_the_lost_one(lived: Archive, location: str) -> None:
    before = rows_of(lived)
    assert all(before.values()), "a table that is empty proves nothing"
    again = open_archive(lose(lived), rebuilding=True)
    made = rebuild(again, location)
    assert (made.objects, made.refused) == (2, ())
    assert rows_of(again) == before
    rebuild(again, location)
    assert rows_of(again) == before


def test_one_location_is_enough(lived: Archive) -> None:
    import shutil

    before = rows_of(lived)
    home = lose(lived)
    shutil.rmtree(home / "storage" / "local-1")
    again = open_archive(home, rebuilding=True)
    rebuild(again, "local-2")
    assert rows_of(again) == before


def test_a_new_catalogue_over_used_storage_is_refused(lived: Archive) -> None:
    with pytest.raises(CatalogueBehindStorage, match="luutru rebuild"):
        open_archive(lose(lived))


def test_work_goes_on_after_a_rebuild(lived: Archive, make_bag: Any) -> None:
    again = open_archive(lose(lived), rebuilding=True)
    rebuild(again)
    outcome = ingest(again, make_bag({"new.txt": b"new"}, "new"), agency="H29")
    assert outcome.status == "stored"
    before = rows_of(again)
    once_more = open_archive(lose(again), rebuilding=True)
    rebuild(once_more, "local-2")
    assert rows_of(once_more) == before


def test_the_events_of_an_objects_making_survive_a_lost_journal(lived: Archive) -> None:
    home = lose(lived)
    for segment in (home / "storage" / "local-1" / "journal").iterdir():
        segment.unlink()
    for segment in (home / "storage" / "local-2" / "journal").iterdir():
        segment.unlink()
    again = open_archive(home, rebuilding=True)
    assert rebuild(again).objects == 2
    rows = rows_of(again)
    assert {row["type"] for row in rows["event"]} >= {"validation", "information package creation"}
    assert len(rows["object"]) == 2


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_catalogue_that_cannot_be_read_is_set_aside(lived: Archive) -> None:
    home = lose(lived)
    (home / "catalogue.db").write_bytes(b"this is no database" * 1000)
    aside = set_aside_unusable(home)
    assert aside is not None and aside.read_bytes().startswith(b"this is no database")
    assert not (home / "catalogue.db").exists()
    again = open_archive(home, rebuilding=True)
    assert rebuild(again).objects == 2


def test_a_damaged_object_is_refused_and_named(lived: Archive) -> None:
    path = next(iter(lived.first.list_objects()))
    (Path(lived.first.place) / path / "inventory.json").write_bytes(b"{}")
    again = open_archive(lose(lived), rebuilding=True)
    made = rebuild(again, "local-1")
    assert made.objects == 1 and len(made.refused) == 1 and path in made.refused[0]


def test_a_replaced_location_is_enough_too(lived: Archive) -> None:
    import shutil

    from luutru.repository.journal import begin_again, flush

    shutil.rmtree(Path(lived.locations[1].place))
    lived.locations[1].prepare()
    begin_again(lived, lived.locations[1])
    flush(lived)
    assert repair(lived).unrepairable == 0
    before = rows_of(lived)
    again = open_archive(lose(lived), rebuilding=True)
    rebuild(again, "local-2")
    assert rows_of(again) == before


def test_a_location_is_added_to_holdings(lived: Archive) -> None:
    home = lived.settings.home
    settings = home / "luutru.toml"
    settings.write_text(settings.read_text() + '\n[[locations]]\nname = "third"\npath = "storage/third"\n')
    again = open_archive(home)
    assert audit(again).damaged == 2
    assert repair(again).unrepairable == 0
    assert audit(again).damaged == 0
    before = rows_of(again)
    once_more = open_archive(lose(again), rebuilding=True)
    rebuild(once_more, "third")
    assert rows_of(once_more) == before


def test_a_lost_key_is_not_replaced_in_silence(lived: Archive) -> None:
    from luutru.fixity.signing import PRIVATE_NAME
    from luutru.repository.errors import NotFound
    from luutru.repository.home import make_new_key

    home = lived.settings.home
    (home / "keys" / PRIVATE_NAME).unlink()
    with pytest.raises(NotFound, match="backup"):
        open_archive(home)
    make_new_key(home)
    again = open_archive(home)
    assert again.key.public.id != lived.key.public.id
    assert (home / "keys" / f"archive-key.{lived.key.public.id}.pub.pem").exists()
