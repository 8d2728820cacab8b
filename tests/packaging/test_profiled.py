"""Profiles of every kind judge a package, say so in its report, and never stay silent where they could not."""

from datetime import date
from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Report, Severity
from luutru.metadata_profiles.profile_registry import find_profile, list_profiles
from luutru.packaging.package import validate_path
from luutru.packaging.profiled import choose, faults
from luutru.packaging.samples.as_bag import make_bag
from luutru.packaging.samples.as_eark import make_eark_sip
from luutru.packaging.samples.records import make_records
from luutru.packaging.unpack import Limits


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("packages")
    (folder / "records").mkdir()
    make_records(folder / "records")
    return {
        "bag": make_bag(folder / "records", folder / "bag"),
        "sip": make_eark_sip(folder / "records", folder / "sip"),
    }


def judged(package: Path, *names: str | Path, on: str = "2026-01-02", limit: int = 100) -> Report:
    day = date.fromisoformat(on)
    profiles = choose([str(name) for name in names], day)
    return validate_path(package, limits=Limits(), profiles=profiles, judged_on=day, limit=limit)


@pytest.mark.parametrize("profile", list_profiles(), ids=lambda profile: profile.id)
def test_every_shipped_profile_is_whole_and_judges_any_package(
    profile: object, packages: dict[str, Path]
) -> None:
    (found,) = [p for p in list_profiles() if p == profile]
    assert not faults(found).findings
    for package in packages.values():
        report = validate_path(package, limits=Limits(), profiles=[found], judged_on=found.valid_from)
        assert [said["id"] for said in report.profiles] == [found.id]
        drafts = report.count("LUUTRU-PROFILE/draft")
        assert drafts == (found.status == "draft") and not report.count("LUUTRU-PROFILE/not-in-force")


def test_a_draft_says_so_and_that_breaks_nothing(packages: dict[str, Path]) -> None:
    report = judged(packages["bag"], "tt05-formats")
    (finding,) = [finding for finding in report.findings if finding.rule == "LUUTRU-PROFILE/draft"]
    assert finding.severity is Severity.INFO and finding.location == "tt05-formats"
    assert "dự thảo" in finding.message("vi") and "draft" in finding.message("en")


def test_profiles_are_told_in_whole_whatever_the_cap(packages: dict[str, Path]) -> None:
    report = judged(packages["bag"], "agency-bag", "tt05-formats", "tt05-package", limit=1)
    assert [said["id"] for said in report.profiles] == ["agency-bag", "tt05-formats", "tt05-package"]
    assert Report.restored(report.as_kept()).profiles == report.profiles


def test_a_profile_named_twice_judges_once() -> None:
    profile = find_profile("agency-bag")
    named = ["agency-bag", str(profile.path), "urn:luutru:bagit-profile:agency-bag:1"]
    assert choose(named, date(2026, 1, 2)) == [profile]


def test_an_old_deposit_is_judged_by_the_edition_of_its_day(packages: dict[str, Path]) -> None:
    old = judged(packages["bag"], "tt05-formats", on="2024-05-06")
    assert [said["id"] for said in old.profiles] == ["tt02-formats"]
    assert not old.count("LUUTRU-PROFILE/not-in-force")
    (told,) = [finding for finding in old.findings if finding.rule == "LUUTRU-PROFILE/edition"]
    assert (
        told.severity is Severity.INFO
        and "tt05-formats" in told.message("vi")
        and "2024-05-06" in told.message("en")
    )
    assert not judged(packages["bag"], "tt05-formats").count("LUUTRU-PROFILE/edition")


def test_where_no_edition_was_in_force_that_is_said(packages: dict[str, Path]) -> None:
    report = judged(packages["bag"], "tt05-formats", on="1999-05-06")
    assert [said["id"] for said in report.profiles] == ["tt05-formats"]
    assert report.count("LUUTRU-PROFILE/not-in-force") == 1
    (finding,) = [finding for finding in report.findings if finding.rule == "LUUTRU-PROFILE/not-in-force"]
    assert finding.severity is Severity.WARNING and "1999-05-06" in finding.message("vi")


@pytest.mark.parametrize("name", [p.id for p in list_profiles() if p.kind != "bagit"])
def test_a_profile_that_cannot_judge_makes_no_package_good(
    name: str, packages: dict[str, Path], tmp_path: Path
) -> None:
    path = find_profile(name).path
    faulty = tmp_path / path.name
    faulty.write_text(f"nobody_reads_this = 1\n{path.read_text('utf-8')}", "utf-8")
    profile = find_profile(faulty)
    assert not faults(profile).valid
    report = validate_path(packages["bag"], limits=Limits(), profiles=[profile])
    assert report.count("LUUTRU-PROFILE/faulty") == 1 and not report.valid
    assert "nobody_reads_this" in report.findings[-1].message("vi")


@pytest.mark.parametrize("kind", ["record", "package-form", "formats"])
def test_a_head_without_content_judges_nothing(kind: str, packages: dict[str, Path], tmp_path: Path) -> None:
    text = find_profile("tt05-formats").path.read_text("utf-8")
    head = text[: text.index("# Named in findings")].replace('"tt05-formats"', '"empty"')
    (tmp_path / "empty.toml").write_text(head.replace('kind = "formats"', f'kind = "{kind}"'), "utf-8")
    report = validate_path(packages["bag"], limits=Limits(), profiles=[find_profile(tmp_path / "empty.toml")])
    assert report.count("LUUTRU-PROFILE/faulty") == 1 and not report.valid


def test_without_reading_the_payload_no_formats_are_judged(packages: dict[str, Path]) -> None:
    chosen = choose(["agency-bag", "tt05-formats"], date(2026, 1, 2))
    report = validate_path(packages["bag"], limits=Limits(), profiles=chosen, schema_only=True)
    assert [said["id"] for said in report.profiles] == ["agency-bag"]
    assert report.count("LUUTRU-PROFILE/not-read") == 1
    assert not any(finding.code.startswith("FORMAT-") for finding in report.findings)


def test_what_is_no_package_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("a")
    report = judged(tmp_path / "folder", "agency-bag")
    assert not report.valid and report.profiles == []
    assert [finding.rule for finding in report.findings] == ["LUUTRU-KIND/unknown"]


def test_an_ocfl_root_is_no_package_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "0=ocfl_1.1").write_text("ocfl_1.1\n")
    assert judged(tmp_path).valid
    report = judged(tmp_path, "agency-bag")
    assert not report.valid and report.profiles == []
    assert [finding.rule for finding in report.findings] == ["LUUTRU-PROFILE/not-a-package"]
