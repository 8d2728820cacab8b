"""Reports as text: severities in words, findings of a rule together, counts beyond the cap."""

import pytest

from luutru.api.console import Language, out
from luutru.api.report_text import print_report
from luutru.metadata_profiles.finding import Report


def shown(report: Report, language: Language) -> list[str]:
    with out.capture() as capture:
        print_report(report, language)
    return [line for line in capture.get().splitlines() if line.strip()]


def report_on() -> Report:
    report = Report("bag", "bagit", limit=2)
    report.add("RFC8493-2.4/weak", "manifest-md5.txt", algorithm="md5")
    for number in range(5):
        report.add("RFC8493-2.2.3/url", f"fetch.txt:{number}", url="u")
        report.add("RFC8493-2.2.2/syntax", f"bag-info.txt:{number}")
    return report


@pytest.mark.parametrize(
    ("language", "counts", "weights"),
    [("vi", "10 lỗi, 1 thông tin", ("lỗi", "thông tin")), ("en", "10 error, 1 info", ("error", "info"))],
)
def test_severities_are_words_and_the_cap_hides_no_count(
    language: Language, counts: str, weights: tuple[str, str]
) -> None:
    head, _, _, *rows = shown(report_on(), language)
    assert head.endswith(counts)
    starts = [row for row in rows if row.strip().startswith(weights)]
    codes = [next(word for word in row.split() if word.startswith(("RFC", "LUUTRU"))) for row in starts]
    assert codes == [
        *["RFC8493-2.2.3"] * 2,
        *["RFC8493-2.2.2"] * 2,
        "RFC8493-2.4",
        *["LUUTRU-CAP"] * 2,
    ]
