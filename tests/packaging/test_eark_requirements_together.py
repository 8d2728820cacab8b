"""Requirements of the CSIP, the SIP and the DIP that are broken by more than one change, or by bytes."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Report
from luutru.packaging.package import validate_path
from luutru.packaging.unpack import Limits

Findings = Callable[..., Report]
Changed = Callable[..., str]


DMD, PROV, RIGHTS = (f"m:{tag}[1]" for tag in ("dmdSec", "digiprovMD", "rightsMD"))
DMD_REF, PROV_REF, RIGHTS_REF = (f"{section}/m:mdRef" for section in (DMD, PROV, RIGHTS))
GROUP, FILE = "m:fileGrp[@USE='Documentation']", "m:file[@ID='file-Documentation']"
REP = "m:div[@LABEL='Representations/rep1']"
SOFTWARE, CREATOR, SUBMITTER, CONTACT, PRESERVER = (
    f"m:agent[m:name='{name}']" for name in ("maker", "archivist", "submitter", "contact", "preserver")
)


def test_without_an_organisation_and_a_person_nobody_hands_it_over(
    tmp_path: Path, findings: Findings, changed: Changed
) -> None:
    alone = changed(CONTACT, "", None)
    nobody = findings(changed(SUBMITTER, "", None, alone), tmp_path / "nobody")
    assert {"SIP15", "SIP16"} <= {finding.rule for finding in nobody.findings}
    without = findings(changed(SUBMITTER, "ROLE", None, alone), tmp_path / "without")
    assert {"SIP15", "SIP16"} <= {finding.rule for finding in without.findings}


@pytest.mark.parametrize(
    ("rule", "xpath", "attribute", "value"),
    [
        ("SIP9", CREATOR, "", None),
        ("SIP10", CREATOR, "ROLE", "x"),
        ("SIP11", CREATOR, "TYPE", None),
        ("SIP14", f"{CREATOR}/m:note", "csip:NOTETYPE", "CODE"),
        ("SIP16", SUBMITTER, "ROLE", "x"),
        ("SIP17", SUBMITTER, "TYPE", "OTHER"),
        ("SIP20", f"{SUBMITTER}/m:note", "csip:NOTETYPE", None),
        ("SIP21", CONTACT, "", None),
        ("SIP22", CONTACT, "ROLE", None),
        ("SIP23", CONTACT, "TYPE", None),
        ("SIP23", CONTACT, "TYPE", "ORGANIZATION"),
        ("SIP27", PRESERVER, "ROLE", "x"),
    ],
)
def test_the_creator_of_the_records_may_have_the_role_of_creators(
    rule: str,
    xpath: str,
    attribute: str,
    value: str | None,
    tmp_path: Path,
    findings: Findings,
    changed: Changed,
) -> None:
    """SIP10 prescribes no role: of two creating organisations the first made the records."""
    both = changed(CREATOR, "ROLE", "CREATOR")
    both = changed(f"{CONTACT}/m:note", "csip:NOTETYPE", None, both)
    good = {f.rule for f in findings(both, tmp_path / "good").findings}
    assert not {rule for rule in good if rule.startswith("SIP")}
    broken = findings(changed(xpath, attribute, value, both), tmp_path / "bad")
    assert rule in {f.rule for f in broken.findings}


def test_the_files_of_a_representation_say_what_they_are(
    tmp_path: Path, findings: Findings, changed: Changed
) -> None:
    silent = changed(GROUP, "csip:CONTENTINFORMATIONTYPE", None)
    broken = findings(changed(GROUP, "USE", "Representations/rep1", silent), tmp_path)
    assert "CSIP62" in {finding.rule for finding in broken.findings}


def test_a_header_names_who_made_the_package(tmp_path: Path, findings: Findings, root_mets: str) -> None:
    nameless = re.sub(r"<agent.*?</agent>", "", root_mets, flags=re.DOTALL)
    assert "CSIP10" in {finding.rule for finding in findings(nameless, tmp_path).findings}


def test_representations_described_in_the_root_have_a_division(
    tmp_path: Path, findings: Findings, changed: Changed
) -> None:
    described = changed(GROUP, "USE", "Representations")
    without = {finding.rule for finding in findings(described, tmp_path / "without").findings}
    assert {"CSIP101", "CSIP103"} <= without
    nameless = changed("m:div[@LABEL='Documentation']", "LABEL", "Representations", described)
    nameless = changed("m:div[@LABEL='Representations']", "ID", None, nameless)
    assert "CSIP102" in {finding.rule for finding in findings(nameless, tmp_path / "nameless").findings}
    spaced = changed("m:div[@LABEL='Representations']", "ID", "a b", nameless)
    twice = changed("m:div[@LABEL='Schemas']", "LABEL", "Representations", spaced)
    found = {finding.rule for finding in findings(twice, tmp_path / "twice").findings}
    assert {"CSIP101/more", "CSIP102/id"} <= found


def test_a_pointer_to_a_representation_is_one_and_names_its_files(
    tmp_path: Path, findings: Findings, changed: Changed
) -> None:
    described = changed(GROUP, "USE", "Representations/rep1")
    pointer = f"{REP}/m:mptr"
    good = changed(pointer, "xlink:title", "group-Documentation", described)
    told = {"CSIP108/group", "CSIP109/group", "CSIP109/more"}
    assert not told & {f.rule for f in findings(good, tmp_path / "good").findings}
    other = changed(pointer, "xlink:title", "group-Schemas", described)
    assert told - {"CSIP109/more"} <= {f.rule for f in findings(other, tmp_path / "other").findings}
    twice = re.sub(r"<mptr[^>]*>", lambda match: match[0] * 2, good)
    assert "CSIP109/more" in {f.rule for f in findings(twice, tmp_path / "twice").findings}


def test_there_is_one_structural_map_of_the_csip(tmp_path: Path, findings: Findings, root_mets: str) -> None:
    own = '<structMap LABEL="ours"><div/></structMap></mets>'
    more = {"CSIP80/more", "CSIP82/more"}
    with_own = findings(root_mets.replace("</mets>", own), tmp_path / "own")
    assert with_own.valid and not more & {f.rule for f in with_own.findings}
    twice = findings(root_mets.replace("</mets>", own.replace("ours", "CSIP")), tmp_path / "twice")
    assert more <= {f.rule for f in twice.findings}


def test_a_representation_says_what_specification_it_follows(
    tmp_path: Path, findings: Findings, root_mets: str, representation_mets: str
) -> None:
    silent = representation_mets.replace('csip:CONTENTINFORMATIONTYPE="MIXED" PROFILE', "PROFILE")
    assert "CSIP4/representation" in {f.rule for f in findings(root_mets, tmp_path, silent).findings}


@pytest.mark.parametrize(
    ("code", "size", "xpath", "name"),
    [
        ("CSIP29", "CSIP27", DMD_REF, "metadata/descriptive/ead.xml"),
        ("CSIP43", "CSIP41", PROV_REF, "metadata/preservation/premis.xml"),
        ("CSIP56", "CSIP54", RIGHTS_REF, "metadata/other/rights.xml"),
        ("CSIP71", "CSIP69", FILE, "documentation/read.txt"),
    ],
)
def test_changed_line_ends_are_told_from_other_damage(
    code: str, size: str, xpath: str, name: str, tmp_path: Path, findings: Findings, changed: Changed
) -> None:
    sent, here = b"one\r\ntwo\r\n", b"one\ntwo\n"
    root = changed(xpath, "SIZE", str(len(sent)))
    root = changed(xpath, "CHECKSUM", hashlib.sha256(sent).hexdigest(), root)
    findings(root, tmp_path)
    (tmp_path / "package" / name).write_bytes(here)
    rules = [f.rule for f in validate_path(tmp_path / "package", limits=Limits()).findings]
    assert f"{code}/line-ends" in rules and f"{size}/differs" not in rules
    # Other bytes are other damage, and the size is a fact of its own.
    (tmp_path / "package" / name).write_bytes(here + b"three\n")
    rules = [f.rule for f in validate_path(tmp_path / "package", limits=Limits()).findings]
    assert f"{code}/differs" in rules and f"{size}/differs" in rules


@pytest.mark.parametrize("schema_only", [False, True])
def test_a_size_of_very_many_digits_is_wrong_and_no_more(
    schema_only: bool, tmp_path: Path, findings: Findings, changed: Changed
) -> None:
    findings(changed(FILE, "SIZE", "9" * 5000), tmp_path)
    report = validate_path(tmp_path / "package", limits=Limits(), schema_only=schema_only)
    assert "CSIP69/differs" in {f.rule for f in report.findings}


@pytest.mark.parametrize(
    ("rules", "xpath", "attribute", "value"),
    [
        ({"CSIP104"}, "m:fptr", "", None),
        ({"CSIP119"}, "m:fptr", "FILEID", " "),
        ({"CSIP104/group", "CSIP119/group"}, "m:fptr", "FILEID", "group-Schemas"),
    ],
)
def test_a_division_of_representations_points_to_their_files(
    rules: set[str],
    xpath: str,
    attribute: str,
    value: str | None,
    tmp_path: Path,
    findings: Findings,
    changed: Changed,
) -> None:
    described = changed("m:div[@LABEL='Documentation']", "LABEL", "Representations")
    described = changed(GROUP, "USE", "Representations", described)
    broken = changed(f"m:div[@LABEL='Representations']/{xpath}", attribute, value, described)
    assert rules <= {finding.rule for finding in findings(broken, tmp_path).findings}


def test_a_representation_has_a_folder_for_its_data(
    tmp_path: Path, findings: Findings, root_mets: str
) -> None:
    findings(root_mets, tmp_path)
    representation = tmp_path / "package/representations/rep1"
    (representation / "data").rename(representation / "content")
    report = validate_path(tmp_path / "package", limits=Limits())
    assert "CSIPSTR11" in {finding.rule for finding in report.findings}


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("DIP1", 'OBJID="uuid-1"', ""),
        ("DIP2", "E-ARK-DIP.xml", "E-ARK-XIP.xml"),
        ("DIP3", 'csip:OAISPACKAGETYPE="DIP"', 'csip:OAISPACKAGETYPE="AIP"'),
        ("DIP4", 'STATUS="CURRENT"', 'STATUS="SUPERSEDED"'),
    ],
)
def test_a_dip_is_asked_for_more(
    rule: str, old: str, new: str, tmp_path: Path, findings: Findings, root_mets: str
) -> None:
    dip = root_mets.replace(
        "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml", "https://earkdip.dilcis.eu/profile/E-ARK-DIP.xml"
    )
    dip = dip.replace('csip:OAISPACKAGETYPE="SIP"', 'csip:OAISPACKAGETYPE="DIP"')
    assert "DIP" not in {re.sub(r"\d.*", "", f.rule) for f in findings(dip, tmp_path / "good").findings}
    broken = dip.replace(old, new, 1)
    assert broken != dip
    assert rule in {finding.rule for finding in findings(broken, tmp_path / "bad").findings}
