"""Validation reports as one self-contained HTML page that an agency can print and act on.

Nothing in it is fetched or run: no script, no outside resource.  Everything from a package is
escaped; characters that do not show, or turn the direction of writing, are spelt out.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from importlib.metadata import version

from luutru.api.words import word
from luutru.metadata_profiles.finding import Finding, Language, Report, Severity
from luutru.metadata_profiles.rules import rule

_EXAMPLES = 20
_CAP = "LUUTRU-CAP"

_TEXTS = {
    "title": ("Báo cáo kiểm tra gói tin", "Validation report"),
    "made": ("Lập lúc {time}, bằng Luutru {version}", "Made {time} by Luutru {version}"),
    "package": ("Gói", "Package"),
    "kind": ("Loại", "Kind"),
    "verdict": ("Kết luận", "Verdict"),
    "valid": ("Hợp lệ", "Valid"),
    "invalid": ("Không hợp lệ", "Not valid"),
    "accept": (
        "Gói không vi phạm yêu cầu bắt buộc nào.",
        "The package breaks no mandatory requirement.",
    ),
    "mend": (
        "Hãy sửa các lỗi dưới đây rồi kiểm tra lại gói. Cảnh báo và thông tin không ngăn việc tiếp nhận.",
        "Mend the errors below and check the package again. Warnings and information do not stand in the way.",
    ),
    "nothing": ("Không có phát hiện nào.", "Nothing was found wrong."),
    "source": ("Căn cứ", "Source"),
    "times": ("{count} lần", "{count} times"),
    "once": ("1 lần", "once"),
    "further": (
        "… và {count} trường hợp khác, không liệt kê ở đây.",
        "… and {count} more, not listed here.",
    ),
    "whole": ("toàn bộ gói", "the package as a whole"),
    "overview": ("Tổng hợp", "Overview"),
    "error": ("{count} lỗi", "{count} errors"),
    "warning": ("{count} cảnh báo", "{count} warnings"),
    "info": ("{count} thông tin", "{count} notes"),
    "one-error": ("1 lỗi", "1 error"),
    "one-warning": ("1 cảnh báo", "1 warning"),
    "one-info": ("1 thông tin", "1 note"),
}

_STYLE = """
:root { color-scheme: light; --line: #c9ced6; }
* { box-sizing: border-box; }
body { font: 1rem/1.5 "Be Vietnam Pro", "Segoe UI", "Noto Sans", Arial, sans-serif; color: #1b2330; background: #fff;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 0; } p { margin: .4rem 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th, .short { white-space: nowrap; }
.meta, .source { color: #4a5565; font-size: .9rem; }
.verdict { border-left: .4rem solid; padding: .5rem .9rem; margin: .8rem 0; font-weight: 600; }
.verdict.valid { border-color: #1a7f37; background: #eef8f0; } .verdict.invalid { border-color: #b42318; background: #fdf0ee; }
.verdict span { display: block; font-weight: 400; }
section.rule { border: 1px solid var(--line); border-left-width: .4rem; border-radius: .25rem; padding: .6rem .9rem; margin: .8rem 0; }
section.error { border-left-color: #b42318; } section.warning { border-left-color: #9a6700; } section.info { border-left-color: #0b5cad; }
.level { font-weight: 700; } .error .level { color: #b42318; } .warning .level { color: #7a5200; } .info .level { color: #0b5cad; }
.count { font-weight: 400; color: #4a5565; } ul { margin: .4rem 0; padding-left: 1.2rem; } li { overflow-wrap: anywhere; }
code { font-family: ui-monospace, Consolas, monospace; font-size: .92em; background: #f2f4f7; padding: 0 .2em; }
@media print { body { margin: 0; max-width: none; } section.rule { break-inside: avoid; } }
"""


def report_page(reports: Sequence[Report], language: Language, *, made: datetime) -> str:
    """One HTML page on all reports: an overview where there are several, then each in full."""
    title = _say("title", language)
    when = _say("made", language, time=made.strftime("%d/%m/%Y %H:%M %Z").strip(), version=version("luutru"))
    body = [f'<header><h1>{title}</h1><p class="meta">{when}</p></header><main>']
    if len(reports) > 1:
        body += _overview(reports, language)
    for number, report in enumerate(reports, 1):
        body += _report(report, number, language)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n"
        + "\n".join(body)
        + "\n</main></body></html>\n"
    )


def visible(text: str) -> str:
    """Text from a package as HTML, with every character that does not show spelt out."""
    hidden = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return escape("".join(f"\\u{{{ord(c):x}}}" if unicodedata.category(c) in hidden else c for c in text))


def _say(key: str, language: Language, **words: object) -> str:
    return escape(_TEXTS[key][language == "en"].format(**words))


def _overview(reports: Sequence[Report], language: Language) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{_say(key, language)}</th>' for key in ("package", "kind", "verdict"))
    yield f"<h2>{_say('overview', language)}</h2><table><thead><tr>{heads}</tr></thead><tbody>"
    for number, report in enumerate(reports, 1):
        verdict = _say("valid" if report.valid else "invalid", language)
        yield (
            f'<tr><td><a href="#package-{number}">{visible(report.path)}</a></td><td class="short">{report.kind}</td>'
            f"<td>{verdict} {_counts(report.findings, language)}</td></tr>"
        )
    yield "</tbody></table>"


def _report(report: Report, number: int, language: Language) -> Iterator[str]:
    verdict = "valid" if report.valid else "invalid"
    judged = [f"{report.kind}"] + [
        f"{said['id']} {said['version']}{_draft(said, language)}" for said in report.profiles
    ]
    yield f'<h2 id="package-{number}">{visible(report.path)}</h2>'
    yield f'<p class="meta">{_say("kind", language)}: {visible(", ".join(judged))}</p>'
    advice = _say("accept" if report.valid else "mend", language)
    yield (
        f'<div class="verdict {verdict}" role="status">{_say(verdict, language)} {_counts(report.findings, language)}'
        f"<span>{advice}</span></div>"
    )
    if not report.findings:
        yield f"<p>{_say('nothing', language)}</p>"
    totals = {said["rule"]: int(said["total"]) for said in _caps(report.findings)}
    for findings in _by_rule(report.findings):
        yield from _rule(findings, totals.get(findings[0].rule, len(findings)), language)


def _draft(said: dict[str, str], language: Language) -> str:
    return f" ({word('draft', language)})" if said["status"] == "draft" else ""


def _caps(findings: Sequence[Finding]) -> Iterator[dict[str, str]]:
    return (dict(finding.parameters) for finding in findings if finding.rule == _CAP)


def _by_rule(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of one rule and severity together, errors first, else in the order they were met."""
    grouped: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in findings:
        if finding.rule != _CAP:
            grouped.setdefault((finding.rule, finding.severity), []).append(finding)
    order = list(Severity)
    return sorted(grouped.values(), key=lambda found: order.index(found[0].severity))


def _rule(findings: Sequence[Finding], total: int, language: Language) -> Iterator[str]:
    first = findings[0]
    level = word(str(first.severity), language)
    count = _say("once" if total == 1 else "times", language, count=total)
    yield f'<section class="rule {first.severity}"><h3><span class="level">{visible(level)}</span> '
    yield f'<code>{visible(first.code)}</code> <span class="count">{count}</span></h3>'
    yield f'<p class="source">{_say("source", language)}: {visible(rule(first.rule).source)}</p>'
    shown = findings[:_EXAMPLES]
    messages = {finding.message(language) for finding in shown}
    # One text for many places stands above them once.
    alike = len(messages) == 1 < len(shown)
    yield f"<p>{visible(messages.pop())}</p><ul>" if alike else "<ul>"
    for finding in shown:
        where = f"<code>{visible(finding.location)}</code>" if finding.location else _say("whole", language)
        yield f"<li>{where}</li>" if alike else f"<li>{where}: {visible(finding.message(language))}</li>"
    yield "</ul>"
    if total > _EXAMPLES:
        yield f"<p>{_say('further', language, count=total - _EXAMPLES)}</p>"
    yield "</section>"


def _counts(findings: Sequence[Finding], language: Language) -> str:
    """How many findings of each severity, those that the cap left out among them."""
    left_out: dict[str, int] = {
        said["rule"]: int(said["total"]) - int(said["shown"]) for said in _caps(findings)
    }
    parts = []
    for severity in Severity:
        found = [f for f in findings if f.severity is severity and f.rule != _CAP]
        count = len(found) + sum(left_out.get(name, 0) for name in {f.rule for f in found})
        if count:
            parts.append(_say(f"{'one-' * (count == 1)}{severity}", language, count=count))
    return f"({', '.join(parts)})" if parts else ""
