"""Deposits judged by the profiles of their agency: stored, refused, told, rebuilt."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from databases import lose
from luutru.repository.agencies import NotAnAgencyCode, ensure_agency
from luutru.repository.archive import Archive, open_archive
from luutru.repository.catalog import reading, writing
from luutru.repository.deposits import get_deposit
from luutru.repository.errors import NotFound, ProfileNotUsable
from luutru.repository.events import now
from luutru.repository.ingest import ingest
from luutru.repository.models import Agency, Deposit, Event
from luutru.repository.profiles import profile_folders, set_profiles
from luutru.repository.rebuild import rebuild
from luutru.repository.receipts import read_receipt_file

URI = "https://example.org/own-1.json"


def own_profile(archive: Archive, name: str = "own", **more: Any) -> Path:
    """A BagIt profile in the archive's home; bags must name it."""
    info = {
        "BagIt-Profile-Identifier": URI,
        "BagIt-Profile-Version": "1.4.0",
        "Source-Organization": "Kho",
        "External-Description": "Túi",
        "Version": "7",
    }
    whole = {
        "BagIt-Profile-Info": info,
        "Serialization": "forbidden",
        "Accept-BagIt-Version": ["1.0"],
        **more,
    }
    (folder,) = profile_folders(archive)
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def agency(archive: Archive, code: str, *profiles: str) -> None:
    with writing(archive.engine) as session:
        ensure_agency(session, code)
    set_profiles(archive, code, profiles)


def naming(bag: Path) -> Path:
    """The bag, its info naming the profile."""
    with (bag / "bag-info.txt").open("a", encoding="utf-8") as file:
        file.write(f"BagIt-Profile-Identifier: {URI}\n")
    return bag


def changes(archive: Archive) -> list[str]:
    with reading(archive.engine) as session:
        return list(session.exec(select(Event.detail).where(col(Event.type) == "agency change")))


def test_the_deposits_of_an_agency_are_judged_by_its_profiles(archive: Archive, make_bag: Any) -> None:
    own_profile(archive)
    agency(archive, "H29", "own")
    refused = ingest(archive, make_bag(), agency="H29")
    assert refused.status == "rejected"
    assert {finding.rule for finding in refused.report.findings} == {"BP-Identifier/missing"}
    assert ingest(archive, make_bag(name="other"), agency="H01").status == "stored"
    again = ingest(archive, naming(make_bag(name="again")), agency="H29")
    assert again.status == "stored" and [said["id"] for said in again.report.profiles] == ["own"]


def test_what_judged_a_deposit_is_told_in_report_events_aip_and_receipt(
    archive: Archive, make_bag: Any
) -> None:
    own_profile(archive)
    agency(archive, "H29", "own")
    outcome = ingest(archive, naming(make_bag()), agency="H29")
    (said,) = outcome.report.profiles
    assert (said["id"], said["version"], len(said["sha256"])) == ("own", "7", 64)
    deposit = get_deposit(archive, outcome.deposit_id)
    assert deposit.report and deposit.report["profiles"] == [said]
    with reading(archive.engine) as session:
        query = select(Event).where(Event.deposit_id == outcome.deposit_id)
        told = {event.type: event.detail for event in session.exec(query)}
    assert "own 7" in told["validation"] and "own 7" in told["ingestion end"]
    assert json.loads(read_receipt_file(archive, outcome.deposit_id))["receipt"]["profiles"] == [said]
    (premis,) = Path(archive.first.place).glob("ocfl/**/premis.xml")
    assert "by the profiles own 7" in premis.read_text(encoding="utf-8")


def test_a_deposit_can_be_judged_by_more(archive: Archive, make_bag: Any) -> None:
    own_profile(archive)
    agency(archive, "H29", "own")
    bag = naming(make_bag())
    outcome = ingest(archive, bag, agency="H29", profiles=["agency-bag", str(own_profile(archive))])
    assert [said["id"] for said in outcome.report.profiles] == ["own", "agency-bag"]
    assert outcome.status == "rejected"


def test_the_edition_in_force_on_the_day_of_the_deposit_judges(archive: Archive, make_bag: Any) -> None:
    (folder,) = profile_folders(archive)
    folder.mkdir()
    text = (
        Path(__file__).parents[2].joinpath("metadata_profiles/profiles/tt05-formats.toml").read_text("utf-8")
    )
    today = now().astimezone().date()
    for name, first, last in (
        ("earlier", "2001-01-01", f"valid_until = {today - timedelta(days=1)}"),
        ("later", str(today), ""),
    ):
        edition = (
            text.replace('"tt05-formats"', f'"{name}"')
            .replace('"national-formats"', '"editions"')
            .replace("valid_from = 2025-07-01", f"valid_from = {first}\n{last}")
        )
        (folder / f"{name}.toml").write_text(edition, encoding="utf-8")
    agency(archive, "H29", "earlier")
    outcome = ingest(archive, make_bag(), agency="H29")
    assert [said["id"] for said in outcome.report.profiles] == ["later"]
    assert outcome.report.count("LUUTRU-PROFILE/draft") == 1


def test_without_its_profile_a_deposit_is_not_taken_in(archive: Archive, make_bag: Any) -> None:
    path = own_profile(archive)
    agency(archive, "H29", "own")
    path.unlink()
    with pytest.raises(ProfileNotUsable, match="own"):
        ingest(archive, naming(make_bag()), agency="H29")
    own_profile(archive, **{"Manifests-Required": "sha256"})
    with pytest.raises(ProfileNotUsable, match="Manifests-Required"):
        ingest(archive, naming(make_bag(name="again")), agency="H29")
    with reading(archive.engine) as session:
        assert set(session.exec(select(Deposit.status))) == {"failed"}
    assert not list(archive.first.list_objects()) and not list(archive.first.staging.iterdir())


def test_an_agency_is_given_usable_profiles_only(archive: Archive) -> None:
    path = own_profile(archive)
    own_profile(archive, "faulty", Serialization=7)
    agency(archive, "H29", "own")
    for name in ("nope", "faulty", str(path), URI, "", "../own"):
        with pytest.raises(ProfileNotUsable):
            set_profiles(archive, "H29", ["own", name])
    with pytest.raises(NotFound):
        set_profiles(archive, "H01", ["own"])
    with pytest.raises(NotAnAgencyCode):
        agency(archive, "not a code", "own")
    with reading(archive.engine) as session:
        assert session.get_one(Agency, "H29").profiles == ["own"]


def test_a_change_is_an_event_and_no_change_is_none(archive: Archive) -> None:
    agency(archive, "H29", "agency-bag", "agency-bag")
    agency(archive, "H29", "agency-bag")
    agency(archive, "H29")
    agency(archive, "H29")
    assert changes(archive) == ["Agency H29: judged by agency-bag", "Agency H29: judged by no profile"]


def test_the_profiles_of_agencies_are_rebuilt_from_storage(archive: Archive) -> None:
    agency(archive, "H29", "agency-bag", "tt05-formats")
    again = open_archive(lose(archive), rebuilding=True)
    rebuild(again)
    with reading(again.engine) as session:
        assert session.get_one(Agency, "H29").profiles == ["agency-bag", "tt05-formats"]
