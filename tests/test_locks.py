"""The locks name every dependency by version and hash, serve every platform, and know no index."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-bootstrap.txt"]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def read_lock(name: str) -> list[tuple[Requirement, int]]:
    """The pins of a lock, each with how many hashes it has."""
    joined = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [(Requirement(line.split("--hash")[0]), line.count("--hash=sha256:")) for line in lines]


def declared(group: str | None) -> list[Requirement]:
    """What pyproject.toml asks for: the project's dependencies, or those of a group."""
    if group is None:
        return [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    found = []
    for entry in PROJECT["dependency-groups"][group]:
        found += declared(entry["include-group"]) if isinstance(entry, dict) else [Requirement(entry)]
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_version_and_hashes(name: str) -> None:
    pins = read_lock(name)
    assert pins
    assert [
        str(pin) for pin, hashes in pins if hashes == 0 or not re.fullmatch(r"==[^,*]+", str(pin.specifier))
    ] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_no_place(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if re.match(r"-|.*(://|\bfile:|@ )", line)] == []


def test_a_lock_serves_every_platform() -> None:
    hashes = {pin.name: count for pin, count in read_lock("requirements.txt")}
    assert hashes["lxml"] > 50, "the lock was made of the wheels of one machine"


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("requirements.txt", [None]),
        ("requirements-dev.txt", [None, "dev"]),
        ("requirements-bootstrap.txt", ["bootstrap"]),
    ],
)
def test_what_is_declared_is_locked(name: str, groups: list[str | None]) -> None:
    pins = {canonicalize_name(pin.name): pin for pin, _ in read_lock(name)}
    wanted = [requirement for group in groups for requirement in declared(group)]
    unmet = []
    for requirement in wanted:
        pin = pins.get(canonicalize_name(requirement.name))
        if pin is None or not requirement.specifier.contains(str(pin.specifier)[2:]):
            unmet.append(str(requirement))
    assert unmet == [], "run make lock"


def test_the_locks_agree() -> None:
    run_time = {str(pin) for pin, _ in read_lock("requirements.txt")}
    assert run_time <= {str(pin) for pin, _ in read_lock("requirements-dev.txt")}
