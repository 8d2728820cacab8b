"""What packages of products in use look like: names, identifiers and vocabulary are their own; they are taken."""

import hashlib
import re
import shutil
import tomllib
from importlib.resources import files
from pathlib import Path

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.package_form import load_package_form
from luutru.packaging.form_check import check_form
from luutru.packaging.package import assess
from luutru.packaging.samples.as_tt05 import make_tt05_sip
from luutru.packaging.samples.records import make_records
from luutru.packaging.unpack import Limits, look

FORM = load_package_form(
    tomllib.loads((files("luutru.metadata_profiles") / "profiles" / "tt05-package.toml").read_text("utf-8"))
)
METS = "representations/rep1/METS.xml"
CHANGES = (
    (METS, "EAD_doc_", "EAD_DOC_"),
    (METS, 'MDTYPE="EAD"', 'MDTYPE="DC"'),
    (METS, 'TYPE="ORGANIZATION"', 'TYPE="INDIVIDUAL"'),
    ("METS.xml", "schemas/EAD", "schemas/ead"),
    ("METS.xml", "SUBMISSIONAGREEMENT", "REFERENCECODE"),
)


def like_a_product_s(package: Path) -> None:
    """Letter case, MDTYPE, agents and codes as a document management system writes them."""
    for name, old, new in CHANGES:
        text = (package / name).read_text("utf-8")
        assert old in text
        (package / name).write_text(text.replace(old, new), "utf-8")
    for path in package.glob("schemas/EAD*"):
        path.rename(path.with_name(path.name.replace("EAD", "ead")))
    for path in package.glob("representations/rep1/metadata/descriptive/EAD_*"):
        path.rename(path.with_name(path.name.replace("EAD_doc_", "EAD_DOC_")))
    text = (package / METS).read_text("utf-8")
    upper = re.sub('CHECKSUM="([^"]*)"', lambda found: f'CHECKSUM="{found[1].upper()}"', text)
    assert upper != text
    (package / METS).write_text(upper, "utf-8")
    size, digest = len(upper.encode()), hashlib.sha256(upper.encode()).hexdigest()
    told = rf'(<file [^>]*SIZE=")\d+("[^>]*CHECKSUM=")\w+("[^>]*><FLocat [^>]*href="{METS})'
    root = (package / "METS.xml").read_text("utf-8")
    changed, count = re.subn(told, rf"\g<1>{size}\g<2>{digest}\g<3>", root)
    assert count == 1
    (package / "METS.xml").write_text(changed, "utf-8")


def test_a_real_package_deviates_and_is_taken(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    make_records(tmp_path / "records")
    package = make_tt05_sip(tmp_path / "records", tmp_path / "out")
    like_a_product_s(package)
    name = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    made = Path(shutil.make_archive(str(tmp_path / name), "zip", package.parent))
    report = Report(str(made))
    contents = look(made, report, limits=Limits(), scratch=tmp_path / "unpacked")
    check_form(FORM, contents, assess(contents, report), report)
    assert report.valid, [f.rule for f in report.findings if f.severity == "error"]
    rules = {dict(f.parameters).get("rule") for f in report.findings if f.rule.startswith("PACKAGE-")}
    expected = {"descriptions-of-documents", "schema-of-descriptions", "agency", "submission"}
    assert expected | {"kind-of-description", "zip-name"} <= rules
