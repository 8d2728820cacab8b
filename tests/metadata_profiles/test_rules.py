"""The rule catalogues: both languages, the same parameters, severities that are ones."""

import string
from importlib.resources import files

import pytest

from luutru.metadata_profiles.finding import Report, Severity
from luutru.metadata_profiles.rules import Rule, catalogue, rule


def parameters(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("found", catalogue().values(), ids=catalogue())
def test_a_rule_is_whole(found: Rule) -> None:
    assert Severity(found.severity)
    assert found.source and found.vi and found.en and found.vi != found.en
    assert parameters(found.vi) == parameters(found.en)
    assert found.vi.rstrip()[-1] in ".}:»" and not found.vi.isascii()


def test_every_rule_that_code_names_is_in_the_catalogue() -> None:
    """A rule that is reported and has no text would be an error at the worst moment."""
    import re

    known = catalogue()
    named = set()
    for part in ("luutru.packaging", "luutru.metadata_profiles", "luutru.repository"):
        for path in files(part).iterdir():
            if path.name.endswith(".py"):
                text = path.read_text("utf-8")
                named |= set(re.findall(r'"((?:CSIP|CSIPSTR|SIP|DIP)\d+(?:/[a-z-]+)?)"', text))
                named |= set(
                    re.findall(r'"((?:RFC8493|LUUTRU|METS|XML)-[A-Za-z0-9.\-]+(?:/[a-z-]+)?)"', text)
                )
    missing = {name for name in named if name not in known and not name.endswith("/")}
    assert missing == set()
    assert len(named) > 100


def test_a_cap_says_that_it_caps() -> None:
    report = Report("x", limit=3)
    for number in range(10):
        report.add("LUUTRU-UNPACK/link", str(number), what="link")
    assert [finding.rule for finding in report.findings] == ["LUUTRU-UNPACK/link"] * 3 + ["LUUTRU-CAP"]
    assert report.count("LUUTRU-UNPACK/link") == 10 and not report.valid
    assert "10" in report.findings[-1].message("vi")


def test_a_report_is_kept_and_read_back() -> None:
    report = Report("x", "bagit")
    report.add("RFC8493-3/altered", "data/ệ", algorithms="sha256")
    again = Report.restored(report.as_kept())
    assert again.as_json("vi") == report.as_json("vi") and again.valid is report.valid is False


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(KeyError):
        rule("RFC0000-1")
    with pytest.raises(KeyError):
        Report("x").add("RFC0000-1")


def test_a_text_survives_what_it_is_given() -> None:
    assert rule("LUUTRU-NAME/nfc").text("en", {"name": "{other}"}).count("{other}") == 2
