"""Structure and metadata alone: no payload file is read, faults of form are found, and the report says what was left out."""

from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Report
from luutru.packaging.package import validate_path
from luutru.packaging.samples.as_bag import make_bag
from luutru.packaging.samples.as_eark import make_eark_sip
from luutru.packaging.samples.records import make_records
from luutru.packaging.unpack import Limits


@pytest.fixture(params=["bag", "eark"])
def package(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "records").mkdir()
    make_records(tmp_path / "records")
    make = make_bag if request.param == "bag" else make_eark_sip
    return make(tmp_path / "records", tmp_path / "package")


def check(package: Path, *, schema_only: bool) -> Report:
    return validate_path(package, limits=Limits(), schema_only=schema_only)


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_a_flipped_byte_is_not_seen_and_that_is_said(package: Path) -> None:
    record = next(package.rglob("*.pdf"))
    data = record.read_bytes()
    record.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert not check(package, schema_only=False).valid
    report = check(package, schema_only=True)
    assert report.valid and "LUUTRU-PAYLOAD/not-read" in rules(report)


def test_a_missing_file_is_seen_all_the_same(package: Path) -> None:
    next(package.rglob("*.pdf")).unlink()
    assert not check(package, schema_only=True).valid


def test_a_file_that_nothing_names_is_seen_all_the_same(package: Path) -> None:
    (package / "data" if (package / "data").is_dir() else package / "documentation").joinpath("x.txt").touch()
    assert rules(check(package, schema_only=True)) & {"CSIP66/not-named", "RFC8493-3/not-listed"}


def test_no_payload_file_is_opened(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, *_: object, **__: object) -> None:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr("luutru.fixity.read_ahead.digest_file", refuse)
    monkeypatch.setattr("luutru.fixity.check.digest_file", refuse)
    assert check(package, schema_only=True).valid
    with pytest.raises(AssertionError, match="was read"):
        check(package, schema_only=False)
