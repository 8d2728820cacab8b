"""Packages in the circular's form: a good one passes, every departure from it is told with its remedy."""

import re
import shutil
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.package_form import PackageForm, load_package_form
from luutru.metadata_profiles.rules import catalogue
from luutru.packaging.form_check import check_form
from luutru.packaging.package import assess
from luutru.packaging.samples.as_bag import make_bag
from luutru.packaging.samples.as_tt05 import OBJECT_ID, make_tt05_sip
from luutru.packaging.samples.records import FILE_CODE, make_records
from luutru.packaging.unpack import Limits, look

DATA: dict[str, Any] = tomllib.loads(
    (files("luutru.metadata_profiles") / "profiles" / "tt05-package.toml").read_text("utf-8")
)
FORM = load_package_form(DATA)
REP = "representations/rep1"
Break = Callable[[Path], None]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    make_records(folder)
    return folder


@pytest.fixture(scope="module")
def good(records: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tt05_sip(records, tmp_path_factory.mktemp("tt05"))


@pytest.fixture
def package(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / good.name))


def check(path: Path, form: PackageForm = FORM, limit: int = 100) -> Report:
    report = Report(str(path), limit=limit)
    contents = look(path, report, limits=Limits(), scratch=path.parent / "unpacked")
    check_form(form, contents, assess(contents, report), report)
    return report


def sub(pattern: str, new: str, name: str = "METS.xml", count: int = 1) -> Break:
    def do(package: Path) -> None:
        text = (package / name).read_text("utf-8")
        changed, found = re.subn(pattern, new, text, count=count, flags=re.DOTALL)
        assert found
        (package / name).write_text(changed, "utf-8")

    return do


def both(*breaks: Break) -> Break:
    def do(package: Path) -> None:
        for one in breaks:
            one(package)

    return do


def move(old: str, new: str) -> Break:
    def do(package: Path) -> None:
        (package / old).rename(package / new)

    return do


def put(name: str, text: str = "x") -> Break:
    def do(package: Path) -> None:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, "utf-8")

    return do


def remove(pattern: str) -> Break:
    def do(package: Path) -> None:
        found = list(package.glob(pattern))
        assert found
        for path in found:
            path.unlink()

    return do


def another_representation(package: Path) -> None:
    shutil.copytree(package / REP, package / "representations/rep2")


def attributes_gone(package: Path) -> None:
    """What real packages leave out, in both METS."""
    for name in ("METS.xml", f"{REP}/METS.xml"):
        for attribute in ("CHECKSUMTYPE", "PROFILE", "CREATEDATE"):
            sub(rf' {attribute}="[^"]*"', "", name, 0)(package)


AS_DIP = sub('OAISPACKAGETYPE="SIP"', 'OAISPACKAGETYPE="DIP"')
AS_AIP = sub('OAISPACKAGETYPE="SIP"', 'OAISPACKAGETYPE="AIP"')
AS_DOCUMENTS = sub('TYPE="Mixed"', 'TYPE="Collection"')
STAND_IN = f"{REP}/data/khac.pdf.fetch.txt"
ONE = f"{REP}/metadata/descriptive/EAD_doc_{FILE_CODE}.1.xml"

# What is done, the finding, the profile's rule, a word that the finding must name.
BREAKS: dict[str, tuple[Break, str, str, str]] = {
    "two representations": (another_representation, "PACKAGE-REPRESENTATION", "one-representation", "rep2"),
    "another representation": (
        move(REP, "representations/Rep1"), "PACKAGE-REPRESENTATION", "one-representation", "Rep1",
    ),
    "no METS of the representation": (
        remove(f"{REP}/METS.xml"), "PACKAGE-PATH/missing", "mets-of-representation", "rep1/METS.xml",
    ),
    "no description of the package": (
        remove("metadata/descriptive/EAD.xml"), "PACKAGE-PATH/missing", "description-of-package", "EAD.xml",
    ),
    "description in small letters": (
        move("metadata/descriptive/EAD.xml", "metadata/descriptive/ead.xml"),
        "PACKAGE-PATH/letters", "description-of-package", "EAD.xml",
    ),
    "two descriptions of the package": (
        put("metadata/descriptive/ead.xml", "<simpledc/>"),
        "PACKAGE-PATH/too-many", "description-of-package", "2",
    ),
    "documents named in capitals": (
        move(ONE, ONE.replace("EAD_doc", "EAD_DOC")), "PACKAGE-PATH/letters", "descriptions-of-documents", "1",
    ),
    "no descriptions of documents": (
        remove(f"{REP}/metadata/descriptive/*"), "PACKAGE-PATH/missing", "descriptions-of-documents", "EAD_doc_",
    ),
    "no data": (remove(f"{REP}/data/*"), "PACKAGE-PATH/missing", "data", "rep1/data/"),
    "no schema of METS": (remove("schemas/METS.xsd"), "PACKAGE-PATH/missing", "schema-of-mets", "METS.xsd"),
    "no schema of descriptions": (
        remove("schemas/EAD*"), "PACKAGE-PATH/missing", "schema-of-descriptions", "EAD",
    ),
    "preservation metadata in a SIP": (
        put("metadata/preservation/PREMIS.xml"), "PACKAGE-PATH/not-used", "preservation-not-in-sip", "1",
    ),
    "an AIP without PREMIS": (AS_AIP, "PACKAGE-PATH/missing", "preservation-of-package", "PREMIS.xml"),
    "an AIP without PREMIS in the representation": (
        AS_AIP, "PACKAGE-PATH/missing", "preservation-of-representation", "PREMIS_rep1.xml",
    ),
    "OBJID of another folder": (
        sub(f' OBJID="{OBJECT_ID}', f' OBJID="{OBJECT_ID}0'), "PACKAGE-ROOT/name", "folder-is-objid", OBJECT_ID,
    ),
    "OBJID in small letters": (
        lambda package: sub(OBJECT_ID, OBJECT_ID.lower(), count=0)(package),
        "PACKAGE-METS/value", "objid", OBJECT_ID.lower(),
    ),
    "OBJID of an AIP": (AS_AIP, "PACKAGE-METS/value", "objid-of-aip", OBJECT_ID),
    "identifiers of files": (
        sub(r'<file ID="[^"]*"', '<file ID="tep-1"'), "PACKAGE-METS/value", "ids-of-files", "tep-1",
    ),
    "identifiers of descriptions": (
        sub(r'<dmdSec ID="[^"]*"', '<dmdSec ID="mo-ta"'), "PACKAGE-METS/value", "ids-of-descriptions", "mo-ta",
    ),
    "TYPE": (sub('TYPE="Mixed"', 'TYPE="AIP"'), "PACKAGE-METS/value", "type", "AIP"),
    "TYPE of a DIP": (
        both(AS_DIP, sub('TYPE="Mixed"', 'TYPE="DIP"')), "PACKAGE-METS/value", "type-of-dip", "DIP",
    ),
    "PROFILE": (sub('PROFILE="[^"]*"', 'PROFILE="x"'), "PACKAGE-METS/value", "profile-of-sip", "x"),
    "no PROFILE": (sub(' PROFILE="[^"]*"', ""), "PACKAGE-METS/value", "profile-of-sip", "∅"),
    "PROFILE of an AIP": (AS_AIP, "PACKAGE-METS/value", "profile-of-aip", "E-ARK-CSIP"),
    "PROFILE of a DIP": (AS_DIP, "PACKAGE-METS/value", "profile-of-dip", "E-ARK-CSIP"),
    "PROFILE of the representation": (
        sub('PROFILE="[^"]*"', 'PROFILE="x"', f"{REP}/METS.xml"),
        "PACKAGE-METS/value", "profile-of-representation", "x",
    ),
    "content type": (
        sub(' csip:CONTENTINFORMATIONTYPE="[^"]*"', "", f"{REP}/METS.xml"),
        "PACKAGE-METS/value", "content-type", "∅",
    ),
    "record status": (
        sub('RECORDSTATUS="NEW"', 'RECORDSTATUS="Mới"'), "PACKAGE-METS/value", "record-status", "Mới",
    ),
    "a test": (sub('RECORDSTATUS="NEW"', 'RECORDSTATUS="TEST"'), "PACKAGE-METS/value", "no-test", "TEST"),
    "a date without zone": (
        sub('CREATEDATE="[^"]*"', 'CREATEDATE="2026-06-12T09:00:00"'),
        "PACKAGE-METS/value", "date-created", "2026-06-12T09:00:00",
    ),
    "no software": (
        sub("SOFTWARE VERSION", "IDENTIFICATIONCODE"), "PACKAGE-METS/lacks", "software", "SOFTWARE VERSION",
    ),
    "no code of the fonds": (
        sub("IDENTIFICATIONCODE", "SOFTWARE VERSION", f"{REP}/METS.xml"),
        "PACKAGE-METS/lacks", "fonds", "IDENTIFICATIONCODE",
    ),
    "a person for the agency": (
        sub('TYPE="ORGANIZATION"', 'TYPE="INDIVIDUAL"', f"{REP}/METS.xml"),
        "PACKAGE-METS/lacks", "agency", "ORGANIZATION",
    ),
    "no code of the submission": (
        sub("<altRecordID.*</altRecordID>", ""), "PACKAGE-METS/lacks", "submission", "SUBMISSIONAGREEMENT",
    ),
    "MDTYPE of real packages": (
        sub('MDTYPE="EAD"', 'MDTYPE="DC"'), "PACKAGE-METS/value", "kind-of-description", "DC",
    ),
    "MD5": (
        sub('(<file [^>]*CHECKSUMTYPE=")SHA-256', r"\1MD5"), "PACKAGE-METS/value", "digest-of-files", "MD5",
    ),
    "SHA-512 of a description": (
        sub('(<mdRef [^>]*CHECKSUMTYPE=")SHA-256', r"\1SHA-512"),
        "PACKAGE-METS/value", "digest-of-descriptions", "SHA-512",
    ),
    "no group of schemas": (
        sub('USE="Schemas"', 'USE="schemas"'), "PACKAGE-METS/lacks", "groups-of-package", "Schemas",
    ),
    "no group of data": (
        sub('USE="Data"', 'USE="Content"', f"{REP}/METS.xml"),
        "PACKAGE-METS/lacks", "groups-of-representation", "Data",
    ),
    "no division of schemas": (
        sub('LABEL="Schemas"', 'LABEL="Schema"'), "PACKAGE-METS/lacks", "divisions-of-package", "Schemas",
    ),
    "no links": (
        sub('LABEL="MetadataLink"', 'LABEL="Links"', f"{REP}/METS.xml"),
        "PACKAGE-METS/lacks", "divisions-of-representation", "MetadataLink",
    ),
    "not the original": (sub(' TYPE="ORIGINAL"', ""), "PACKAGE-METS/lacks", "original", "ORIGINAL"),
    "an AIP not normalized": (AS_AIP, "PACKAGE-METS/lacks", "normalized", "NORMALIZED"),
    "real EAD": (
        put("metadata/descriptive/EAD.xml", "<ead/>"), "PACKAGE-DESCRIPTION/root", "simpledc", "ead",
    ),
    "a description that is no XML": (
        put(ONE, "Tờ trình"), "PACKAGE-DESCRIPTION/unreadable", "simpledc", "",
    ),
    "a file without description": (
        put(f"{REP}/data/thừa.pdf"), "PACKAGE-DESCRIPTION/none", "one-description-each", "thừa.xml",
    ),
    "a description without file": (
        put(ONE.replace(".1.xml", ".99.xml"), "<simpledc/>"),
        "PACKAGE-DESCRIPTION/no-file", "one-description-each", "data/",
    ),
    "a stand-in in a DIP": (both(AS_DIP, put(STAND_IN)), "PACKAGE-HOLEY/not-allowed", "no-holey-in-dip", ""),
    "a stand-in among loose documents": (
        both(AS_DOCUMENTS, put(STAND_IN)), "PACKAGE-HOLEY/not-allowed", "no-holey-of-documents", "",
    ),
    "a stand-in": (put(STAND_IN, "H49.64.1"), "PACKAGE-HOLEY/missing", "holey-not-here", "khac.pdf"),
    "a stand-in beside its file": (
        both(put(STAND_IN, "H49.64.1"), put(STAND_IN.removesuffix(".fetch.txt"))),
        "PACKAGE-HOLEY/doubled", "holey-not-here", "khac.pdf",
    ),
    "a stand-in elsewhere": (put("documentation/a.pdf.fetch.txt"), "PACKAGE-HOLEY/place", "holey-place", "data/"),
    "a stand-in of two words": (put(STAND_IN, "a b"), "PACKAGE-HOLEY/form", "holey-in-sip", "a b"),
    "an endless stand-in": (put(STAND_IN, "a" * 10_000), "PACKAGE-HOLEY/form", "holey-in-sip", "aaaa"),
    "a stand-in of an AIP": (
        both(AS_AIP, put(STAND_IN, "../../etc/passwd")), "PACKAGE-HOLEY/form", "holey-in-aip", "passwd",
    ),
}  # fmt: skip


def test_a_good_package_has_nothing_to_mend(good: Path) -> None:
    report = check(good)
    assert report.valid
    assert {finding.rule for finding in report.findings if finding.severity != "info"} == set()
    mine = {f.rule for f in report.findings if f.rule.startswith("PACKAGE-")}
    assert mine == {"PACKAGE-FORM/reweighed"}


@pytest.mark.parametrize("name", BREAKS)
def test_a_departure_is_told(package: Path, name: str) -> None:
    breaking, expected, rule, word = BREAKS[name]
    breaking(package)
    report = check(package, limit=1000)
    found = [f for f in report.findings if f.rule == expected and dict(f.parameters).get("rule") == rule]
    assert found, [f.rule for f in report.findings]
    (severity,) = {item.severity for item in FORM.rules if item.id == rule}
    for finding in found:
        assert finding.severity == severity
        for language in ("vi", "en"):
            text = finding.message(language)
            assert word in text and rule in text and "Thông tư 05/2025/TT-BNV" in text and "draft" in text


def test_every_rule_of_the_form_is_broken_by_a_case() -> None:
    # The zip's name has a test of its own.
    assert {rule.id for rule in FORM.rules} == {rule for _, _, rule, _ in BREAKS.values()} | {"zip-name"}


def test_every_text_is_shown_by_a_case() -> None:
    ours = {rule for rule in catalogue() if rule.startswith("PACKAGE-")}
    elsewhere = {
        "PACKAGE-CARRIER",
        "PACKAGE-ROOT/none",
        "PACKAGE-FORM/not-eark",
        "PACKAGE-FORM/type",
        "PACKAGE-FORM/reweighed",
    }
    assert ours == {expected for _, expected, _, _ in BREAKS.values()} | elsewhere


@pytest.mark.parametrize(("name", "right"), [("1{}.zip", True), ("{}.zip", False), ("goi.zip", False)])
def test_a_zip_is_called_by_ordinal_and_identifier(
    good: Path, tmp_path: Path, name: str, right: bool
) -> None:
    name = name.format(OBJECT_ID)
    made = shutil.make_archive(str(tmp_path / "x"), "zip", good.parent, good.name)
    report = check(Path(made).rename(tmp_path / name))
    assert (report.count("PACKAGE-CARRIER") == 0) is right
    assert report.count("PACKAGE-ROOT/name") == report.count("PACKAGE-ROOT/none") == 0


def test_a_zip_without_a_folder_is_told(good: Path, tmp_path: Path) -> None:
    made = shutil.make_archive(str(tmp_path / f"1{OBJECT_ID}"), "zip", good)
    report = check(Path(made))
    (finding,) = [f for f in report.findings if f.rule == "PACKAGE-ROOT/none"]
    assert OBJECT_ID in finding.message("vi") and report.valid


def test_what_an_attachment_is_needs_no_description(package: Path) -> None:
    put(f"{REP}/data/xử lý.json")(package)
    mets = f"{REP}/METS.xml"
    sub(
        "</fileGrp>",
        '<file ID="ID-1"><FLocat LOCTYPE="URL" href="data/x%E1%BB%AD%20l%C3%BD.json"/></file></fileGrp>',
        mets,
    )(package)
    sub('<FLocat LOCTYPE="URL" href', '<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href', mets)(package)
    assert check(package).count("PACKAGE-DESCRIPTION/none") == 1
    sub(
        "</div></structMap>",
        '<div LABEL="AttachmentFile"><fptr FILEID="ID-1"/></div></div></structMap>',
        mets,
    )(package)
    assert check(package).count("PACKAGE-DESCRIPTION/none") == 0


def test_a_package_of_no_known_type_is_looked_at_all_the_same(package: Path) -> None:
    sub('OAISPACKAGETYPE="SIP"', 'OAISPACKAGETYPE="AIC"')(package)
    remove("schemas/METS.xsd")(package)
    report = check(package)
    assert report.count("PACKAGE-FORM/type") == report.count("PACKAGE-PATH/missing") == 1


def test_a_bag_is_no_package_of_this_form(records: Path, tmp_path: Path) -> None:
    report = check(make_bag(records, tmp_path / "bag"))
    assert report.count("PACKAGE-FORM/not-eark") == 1 and report.valid


def test_a_package_without_mets_is_no_crash(package: Path) -> None:
    remove("METS.xml")(package)
    report = check(package)
    assert not report.valid and report.count("CSIPSTR4") == 1


def test_many_wrong_values_are_told_once_each(package: Path) -> None:
    attributes_gone(package)
    report = check(package)
    found = [f for f in report.findings if dict(f.parameters).get("rule") == "digest-of-files"]
    # In each METS one finding for all of its files.
    assert [dict(f.parameters)["found"] for f in found] == ["∅", "∅"]
    assert int(dict(found[1].parameters)["count"]) > 1


def test_what_the_form_makes_moot_weighs_less(good: Path) -> None:
    report = check(good)
    weights = {f.rule: f.severity for f in report.findings}
    assert weights["CSIP32"] == weights["CSIPSTR16"] == "info"
    told = {dict(f.parameters)["rule"] for f in report.findings if f.rule == "PACKAGE-FORM/reweighed"}
    assert {"CSIP32", "CSIPSTR16"} <= told


def test_a_severity_is_edited_in_the_data(package: Path) -> None:
    remove("schemas/METS.xsd")(package)
    rules = [dict(rule, severity="error") for rule in DATA["rule"]]
    strict = load_package_form(DATA | {"rule": rules, "reweigh": []})
    assert not check(package, strict).valid
    lenient = [{"rules": ["CSIP79/missing"], "severity": "info", "why_vi": "thử", "why_en": "a try"}]
    report = check(package, load_package_form(DATA | {"reweigh": lenient}))
    assert report.count("CSIP79/missing") == 1 and report.valid


@pytest.mark.parametrize("profile", ["x", "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"])
def test_the_specification_of_sips_is_not_the_circular_s(package: Path, profile: str) -> None:
    sub(' PROFILE="[^"]*"', f' PROFILE="{profile}"')(package)
    report = check(package)
    assert report.valid and report.count("PACKAGE-METS/value") == 1
    weights = {str(f.severity) for f in report.findings if f.code.startswith("SIP")}
    assert weights == {"info"}


def test_missing_and_altered_bytes_stay_errors(package: Path) -> None:
    (altered, lost, *_) = sorted((package / REP / "data").iterdir())
    altered.write_bytes(altered.read_bytes()[:-1] + b"\0")
    lost.unlink()
    weights = {f.rule: f.severity for f in check(package).findings}
    assert weights["CSIP71/differs"] == weights["CSIP79/missing"] == "error"
