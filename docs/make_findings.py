"""Writes ``docs/findings.md`` from the rule catalogues: ``make docs``; a test holds it current."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

PAGE = Path(__file__).with_name("findings.md")

_TITLES = {
    "bagit.toml": "BagIt",
    "csip.toml": "E-ARK CSIP",
    "sip.toml": "E-ARK SIP",
    "dip.toml": "E-ARK DIP",
    "mets.toml": "XML and METS",
    "descriptive.toml": "PREMIS, EAD3 and Dublin Core",
    "ocfl.toml": "OCFL",
    "profile.toml": "Profiles",
    "bagit_profile.toml": "BagIt Profiles",
    "package_form.toml": "National package forms",
    "format_policy.toml": "Rules on file formats",
    "unpack.toml": "Names and carriers",
    "luutru.toml": "Luutru's own",
}
_HEAD = """\
# Findings

Every finding that a report can hold. This page is made from the catalogues in `metadata_profiles/rules/` by `make docs`;
change the catalogues, not the page.

- *Rule*: the code of the standard, then, after a slash, the case. A report's `code` is the part before the slash, its `rule`
  the whole.
- *Severity*: **error** breaks a MUST and makes the package invalid; *warning* goes against a SHOULD; info is about a MAY.
- Words in braces are filled in from the package.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    catalogues = {entry.name: entry for entry in files("luutru.metadata_profiles.rules").iterdir()}
    names = [name for name in catalogues if name.endswith(".toml")]
    for name in sorted(names, key=lambda name: [*_TITLES, name].index(name)):
        rules = tomllib.loads(catalogues[name].read_text("utf-8"))
        yield f"## {_TITLES.get(name, name)}\n\n{len(rules)} rules, from `metadata_profiles/rules/{name}`.\n"
        yield "| rule | severity | source | text |\n| --- | --- | --- | --- |"
        yield from (_row(rule, fields) for rule, fields in rules.items())
        yield ""


def _row(rule: str, fields: Mapping[str, str]) -> str:
    severity = {"error": "**error**", "warning": "*warning*"}.get(fields["severity"], fields["severity"])
    text = f"{_cell(fields['vi'])}<br>{_cell(fields['en'])}"
    return f"| `{rule}` | {severity} | {_cell(fields['source'])} | {text} |"


def _cell(text: str) -> str:
    for plain, written in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("|", "\\|"),
        ("*", "\\*"),
        ("\n", " "),
    ):
        text = text.replace(plain, written)
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
