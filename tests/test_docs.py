"""The documents keep pace with the code: commands, routes, settings, findings, decisions, links, examples."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import click
import pytest
import typer

from luutru.api import problems
from luutru.api.app import make_app
from luutru.api.cli import make_cli
from luutru.metadata_profiles.rules import catalogue
from luutru.repository.archive import open_archive
from luutru.repository.settings import LocationSettings, Settings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
METHODS = "GET|POST|PUT|PATCH|DELETE"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sections(text: str, level: int = 2) -> dict[str, str]:
    """The text below each heading of a level."""
    parts = re.split(rf"^{'#' * level} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands() -> dict[str, click.Command]:
    group = typer.main.get_command(make_cli())
    found: dict[str, click.Command] = group.commands  # type: ignore[attr-defined]
    return found


COMMANDS = commands()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_in_the_page_of_commands(name: str) -> None:
    section = sections(read("docs/cli.md"))[f"luutru {name}"]
    options = {
        option
        for parameter in COMMANDS[name].params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }
    assert set(re.findall(r"^\| `(--[a-z-]+)", section, re.MULTILINE)) == options


def test_no_command_is_told_that_is_not_there() -> None:
    told = {
        title.removeprefix("luutru ")
        for title in sections(read("docs/cli.md"))
        if title.startswith("luutru ")
    }
    assert told == set(COMMANDS)


def test_every_route_is_in_the_page_of_the_service(tmp_path: Path) -> None:
    paths = make_app(open_archive(tmp_path / "home")).openapi()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert routes, "without a route the check would pass on nothing"
    told = set(re.findall(rf"^\| `((?:{METHODS}) [^`]+)`", read("docs/rest.md"), re.MULTILINE))
    assert told == routes | {"GET /api/v1/openapi.json"}


def test_every_problem_is_in_the_page_of_the_service() -> None:
    section = sections(read("docs/rest.md"))["Problems"]
    told = set(re.findall(r"`([a-z0-9-]+)`", "".join(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE))))
    assert {kind for _, kind, *_ in problems._TABLE.values()} <= told


def test_every_setting_is_in_the_page_of_settings() -> None:
    text = read("docs/settings.md")
    rows = re.findall(r"^\| `([a-z_]+)` \| `(LUUTRU_[A-Z_]+)` \| (.+?) \|", text, re.MULTILINE)
    assert {name for name, _, _ in rows} == set(Settings.model_fields)
    for name, variable, default in rows:
        assert variable == f"LUUTRU_{name.upper()}"
        real = Settings.model_fields[name].default
        if isinstance(real, bool | int | float) or (isinstance(real, str) and real):
            assert default.split("`")[1] == str(real).lower().replace("luutru", "Luutru")
    for field in LocationSettings.model_fields:
        assert f"| `{field}` |" in sections(text)["Locations"]


def test_the_page_of_findings_is_that_of_the_catalogues() -> None:
    spec = spec_from_file_location("make_findings", DOCS / "make_findings.py")
    assert spec is not None and spec.loader is not None
    maker = module_from_spec(spec)
    spec.loader.exec_module(maker)
    text = read("docs/findings.md")
    assert text == maker.page(), "run «make docs»"
    assert {rule for rule in catalogue() if f"| `{rule}` |" not in text} == set()


def test_every_decision_is_listed_under_its_own_title() -> None:
    files = sorted(path for path in (DOCS / "decisions").glob("[0-9]*.md"))
    listed = re.findall(
        r"^\| \[(\d+)\]\((.+?)\) \| (.+?) \|$", read("docs/decisions/README.md"), re.MULTILINE
    )
    told = [(path.name, path.read_text("utf-8").splitlines()[0]) for path in files]
    assert [(name, f"# {number}. {title}") for number, name, title in listed] == told


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_a_decision_has_its_four_parts(path: Path) -> None:
    parts = list(sections(path.read_text("utf-8")))
    assert parts == ["Context", "Decision", "Alternatives", "Consequences"]


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)\)", text)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for link in links(page):
        target, _, anchor = link.partition("#")
        if target.startswith(("http://", "https://")):
            continue
        place = (page.parent / target).resolve() if target else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_in_json_are_json(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8"), "json"):
        try:
            json.loads(block)
        except ValueError:
            for line in block.splitlines():
                json.loads(line)


def test_every_page_is_within_reach_of_the_readme() -> None:
    reached, pending = set[Path](), [ROOT / "README.md"]
    while pending:
        page = pending.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            pending += [
                (page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link
            ]
    assert set(PAGES) - reached == set()


def test_the_reading_path_names_files_that_are_there() -> None:
    text = sections(read("docs/architecture.md"))["A reading path"]
    named = re.findall(r"`([\w/]+\.(?:py|toml))`", text)
    assert len(named) > 20
    assert [
        name for name in named if not ((ROOT / name).exists() or (ROOT / "packaging" / name).exists())
    ] == []


def test_the_changelog_knows_the_version() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert re.search(rf"\b{re.escape(version)}\b", read("CHANGELOG.md"))


def test_the_readme_names_the_two_commands() -> None:
    (start, *_) = blocks(read("README.md"), "")
    assert re.findall(r"^make (\w+)", start, re.MULTILINE) == ["demo", "test"]


def test_the_tour_of_the_readme_can_be_walked(tmp_path: Path) -> None:
    (tour,) = blocks(read("README.md"), "sh")
    # make would make the environment that this test runs in: the command behind it is run instead.
    assert "$(BIN)/luutru demo $(ARGS)" in read("Makefile")
    lines, count = re.subn(r'^make demo ARGS="(.*)"$', r"luutru demo \1", tour, flags=re.MULTILINE)
    assert count == 1
    script = "".join(_checked(line) for line in lines.splitlines())
    here = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr}"
    assert "genuine" in ran.stdout


def _checked(line: str) -> str:
    """A line of the tour that must end with the exit code it tells, 0 unless it tells one."""
    told = re.search(r"# exit code (\d)", line)
    code = told[1] if told else "0"
    return f"{line}\n[ $? = {code} ] || {{ echo {shlex.quote(line)} >&2; exit 9; }}\n"
