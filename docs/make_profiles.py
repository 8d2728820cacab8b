"""Writes ``docs/profiles/`` from the profiles that are shipped: ``make docs``; a test holds it current."""

from collections.abc import Iterator
from pathlib import Path

from luutru.metadata_profiles.profile_outline import Section, outline, shown
from luutru.metadata_profiles.profile_registry import Profile, list_profiles

FOLDER = Path(__file__).with_name("profiles")

_KINDS = {
    "bagit": "BagIt profile ([what is checked](../conformance/bagit-profiles.md))",
    "record": "metadata of fonds, files and documents ([what is checked](../conformance/record-profiles.md))",
    "package-form": "form of E-ARK packages",
    "formats": "file formats, and the quality of digitised records",
}
_INDEX = """\
# Profiles

What is asked of a package beyond its standard. A profile is one file of data in `metadata_profiles/profiles/`; none of it is code. This page and those
of the profiles are made from these files by `make docs`; change the files, not the pages.

{table}

A **draft** rests on less than the official text. It says so wherever it shows: here, in `luutru profiles`, and in each report of a package it
judged. It is corrected by editing its file alone. A BagIt profile is its own text: it is official for whoever it names as its
`Source-Organization`, and no law stands behind it.

## Choosing

- For one check: `luutru validate PATH --profile tt05-formats`; a name, or a file. Repeat for more.
- For an agency: `luutru agency H99.08 --profile agency-bag --profile tt05-formats`, or
  [`PUT /api/v1/agencies/{{code}}/profiles`](../rest.md). Each of its deposits is judged by them from then on.
- For one deposit, besides those of its agency: `luutru ingest PATH --agency H99.08 --profile NAME_OR_FILE`.

The report, the events of the deposit and its receipt say which profiles judged it: id, version, and the SHA-256 of the file.

## Dates

A profile holds from `valid_from` to `valid_until`. Profiles of one `family` and kind follow each other in time. Whichever of them is named,
a deposit is judged by the one in force on the day it was received; `luutru validate --on 2024-12-31` judges as on that day. Where none was in
force, the one named judges, and the report says so. A BagIt profile has no dates.

## An archive's own

Files in the folder `profiles` of the home are found by name like the shipped ones; one of the same id takes the shipped one's place. Nothing is
ever fetched over the network: a BagIt profile that lies at a URI is put there as a file, and is then found by its
`BagIt-Profile-Identifier` too.

- `<id>.json` is a BagIt profile as its [specification](https://bagit-profiles.github.io/bagit-profiles-specification/) has it.
- `<id>.toml` begins with `kind` (`record`, `package-form` or `formats`), `id` (the file's name), `family`, `title_vi`, `title_en`, `version`,
  `status` (`draft` or `official`), `instrument`, `articles`, `valid_from` and, where it has ended, `valid_until`. The rest is as in the
  shipped profile of its kind: copy that and edit it.

`luutru profiles show FILE` says what is wrong with a profile, and where. A faulty profile judges nothing: a package that was to be judged by it is not valid, an
agency cannot be given it, and a deposit is not taken in until it is mended.
"""


def pages() -> dict[str, str]:
    """Every page by file name."""
    shipped = list_profiles()
    return {"README.md": _index(shipped), **{f"{p.id}.md": _page(p) for p in shipped}}


def _index(shipped: list[Profile]) -> str:
    rows = ["| profile | | kind | version | status | in force |", "| --- | --- | --- | --- | --- | --- |"]
    for profile in shipped:
        title = _cell(profile.title_vi)
        if profile.title_en != profile.title_vi:
            title += f"<br>{_cell(profile.title_en)}"
        cells = (title, profile.kind, _cell(profile.version), _status(profile), _in_force(profile))
        rows.append(f"| [`{profile.id}`]({profile.id}.md) | {' | '.join(cells)} |")
    return _INDEX.format(table="\n".join(rows))


def _page(profile: Profile) -> str:
    return "\n".join(_lines(profile))


def _lines(profile: Profile) -> Iterator[str]:
    yield f"# {profile.title_vi}\n"
    if profile.title_en != profile.title_vi:
        yield f"{profile.title_en}\n"
    if profile.status == "draft":
        yield "> **Dự thảo · draft.** Chưa được đối chiếu với văn bản chính thức. It was not compared with the official text.\n"
    facts = {
        "id": f"`{profile.id}`",
        "kind": _KINDS[profile.kind],
        "family": f"`{profile.family}`",
        "version": _cell(profile.version),
        "status": _status(profile),
        "instrument": _cell(profile.instrument),
        "articles": _cell(shown(profile.articles)),
        "in force": _in_force(profile),
    }
    yield "| | |\n| --- | --- |"
    yield from (f"| {key} | {value} |" for key, value in facts.items() if value)
    yield ""
    for section in outline(profile):
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    if section.key:
        yield f"## {section.key}\n"
    yield "| " + " | ".join(_cell(name) for name in section.columns) + " |"
    yield "| " + " | ".join("---" for _ in section.columns) + " |"
    for row in section.rows:
        yield "| " + " | ".join(_cell(cell) for cell in row) + " |"
    yield ""


def _status(profile: Profile) -> str:
    return "**draft**" if profile.status == "draft" else profile.status


def _in_force(profile: Profile) -> str:
    if profile.valid_from is None:
        return ""
    return f"{profile.valid_from} – {profile.valid_until or '…'}"


def _cell(text: str) -> str:
    """Text as it stands, in a table of Markdown."""
    for plain, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\\", "\\\\"), ("|", "\\|")):
        text = text.replace(plain, written)
    for mark in "*_`[]":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


if __name__ == "__main__":
    for page in FOLDER.glob("*.md"):
        page.unlink()
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
