"""The house rules that no other tool holds: size, opening words, and no trace of the machine."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = ["repository", "packaging", "metadata_profiles", "api", "fixity", "tests", "benchmarks"]
LONGEST = 400
HOSTS = re.compile(r"\b(?:[\w-]+\.)*(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|debian\.org)\b")
# Where people and machines keep their work; a test's hostile path may name any other place.
PLACES = re.compile(r"(?<![\w./~-])/(?:work|root|Users|opt/pypi)(?:/[\w.-]+)+")
MODULES = sorted(path.relative_to(ROOT) for folder in CODE for path in (ROOT / folder).rglob("*.py"))


def tracked_texts() -> list[tuple[str, str]]:
    """Every text file that git keeps, with its text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: what git keeps cannot be listed")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    texts = []
    for path in paths:
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if b"\0" not in content:
                texts.append((str(path.relative_to(ROOT)), content.decode("utf-8", "replace")))
    assert texts, "git lists no file: the check would pass on nothing"
    return texts


def test_no_module_is_longer_than_a_person_reads() -> None:
    lengths = {str(path): (ROOT / path).read_bytes().count(b"\n") for path in MODULES}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_every_module_says_what_it_is() -> None:
    silent = []
    for path in MODULES:
        tree = ast.parse((ROOT / path).read_bytes())
        empty_package = path.name == "__init__.py" and not tree.body
        if not empty_package and not ast.get_docstring(tree):
            silent.append(str(path))
    assert silent == []


def test_git_keeps_no_registry_host() -> None:
    assert [(name, found) for name, text in tracked_texts() for found in HOSTS.findall(text)] == []


def test_git_keeps_no_path_of_a_machine() -> None:
    here = "|".join(re.escape(str(place)) for place in (ROOT, Path.home()))
    places = re.compile(rf"{PLACES.pattern}|(?<![\w.-])(?:{here})/\w")
    found = [(name, hit.group()) for name, text in tracked_texts() for hit in places.finditer(text)]
    assert found == []


def test_every_make_target_that_a_text_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        (name, target)
        for name, text in tracked_texts()
        if name.endswith((".md", ".yml")) or name == ".ci/run"
        for target in re.findall(r"(?:`|^\s*)make ([a-z]+)", text, re.MULTILINE)
    }
    assert {(name, target) for name, target in named if target not in targets} == set()
