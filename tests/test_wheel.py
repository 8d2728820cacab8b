"""The wheel holds all of the five parts, and does the main job where no source is."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ["repository", "packaging", "metadata_profiles", "api", "fixity"]
UV = Path(sys.executable).with_name("uv")


def run(*command: str | Path, folder: Path, seconds: int = 300) -> str:
    """What a command prints, started in a folder with nothing of ours in its environment."""
    ours = ("LUUTRU_", "PYTHON", "VIRTUAL_ENV", "COLUMNS", "PYTEST_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"TMPDIR": str(folder), "PYTHONUTF8": "1", "NO_COLOR": "1"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def build(folder: Path) -> Path:
    """The wheel, built as for a release: from the source distribution, not from the checkout."""
    dist = folder / "dist"
    run(
        UV,
        "build",
        "--quiet",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "--out-dir",
        dist,
        ROOT,
        folder=folder,
    )
    (wheel,) = dist.glob("*.whl")
    return wheel


def test_the_wheel_holds_every_file_of_the_parts(tmp_path: Path) -> None:
    ours = {
        f"luutru/{path.relative_to(ROOT).as_posix()}"
        for part in PARTS
        for path in (ROOT / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(build(tmp_path)) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert {name.rpartition(".")[2] for name in ours} >= {"py", "toml"}
    assert ours - packed == set(), "left out of the wheel"
    assert {name.split("/")[0] for name in packed} == {"luutru"}


def test_the_wheel_does_the_main_job_elsewhere(tmp_path: Path) -> None:
    wheel = build(tmp_path)
    python = tmp_path / "environment" / "bin" / "python"
    run(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "environment", folder=tmp_path)
    into = ("--quiet", "--python", python)
    run(UV, "pip", "sync", *into, "--require-hashes", ROOT / "requirements.txt", folder=tmp_path)
    run(UV, "pip", "install", *into, "--no-deps", wheel, folder=tmp_path)

    found = run(python, "-c", "import luutru.packaging as part; print(list(part.__path__))", folder=tmp_path)
    assert str(ROOT) not in found

    story = run(python.with_name("luutru"), "demo", folder=tmp_path)
    assert story.strip(), "the demo told nothing"
