"""The command line's contract: shapes of its lines, exit codes, languages (design section 7)."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from luutru.api.cli import make_cli
from luutru.packaging.samples.as_bag import break_bag, make_bag
from luutru.packaging.samples.as_eark import make_eark_sip
from luutru.packaging.samples.records import make_records
from luutru.repository.database import make_engine
from luutru.repository.schema import newest_revision
from luutru.repository.settings import load_settings

LUUTRU = Path(sys.executable).with_name("luutru")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A good bag, a good SIP and a broken bag of the sample records."""
    folder = tmp_path_factory.mktemp("packages")
    (folder / "records").mkdir()
    make_records(folder / "records")
    made = {
        "bag": make_bag(folder / "records", folder / "bag"),
        "sip": make_eark_sip(folder / "records", folder / "sip"),
        "broken": make_bag(folder / "records", folder / "broken"),
    }
    break_bag(made["broken"])
    return made


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs ``luutru`` as a person would; returns exit code, standard output, standard error."""

    def run(*arguments: object, **environment: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [str(LUUTRU), *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "LUUTRU_HOME": str(tmp_path / "home"), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_validate_prints_one_line_a_path_in_order(
    run: Run, packages: dict[str, Path], tmp_path: Path
) -> None:
    paths = [packages["sip"], packages["broken"], packages["bag"]]
    code, out, _ = run("validate", *paths, "--format", "jsonl", "--lang", "en")
    found = lines(out)
    assert code == 1
    assert [line["path"] for line in found] == [str(path) for path in paths]
    assert [(line["kind"], line["valid"]) for line in found] == [
        ("eark", True),
        ("bagit", False),
        ("bagit", True),
    ]
    for finding in found[1]["findings"]:
        assert {"code", "severity", "location", "message"} <= finding.keys()
        assert finding["severity"] in ("error", "warning", "info")
    assert not (tmp_path / "home").exists(), "validate needs no home"


def test_validate_says_what_it_could_not_check(run: Run, packages: dict[str, Path]) -> None:
    code, out, err = run("validate", "nothing-here", packages["bag"], "--format", "jsonl")
    found = lines(out)
    assert code == 2 and "nothing-here" in err
    assert [(line["valid"], line["kind"]) for line in found] == [(False, "unknown"), (True, "bagit")]


def test_findings_speak_both_languages(run: Run, packages: dict[str, Path]) -> None:
    _, vietnamese, _ = run("validate", packages["broken"], "--lang", "vi")
    _, english, _ = run("validate", packages["broken"], "--lang", "en")
    _, by_environment, _ = run("validate", packages["broken"], LUUTRU_LANGUAGE="vi")
    assert "không hợp lệ" in vietnamese and "invalid" in english
    assert by_environment == vietnamese


def test_the_whole_story_by_hand(run: Run, packages: dict[str, Path], tmp_path: Path) -> None:
    code, out, _ = run("ingest", packages["bag"], packages["sip"], "--agency", "H29", "--format", "jsonl")
    deposits = lines(out)
    assert code == 0 and [line["status"] for line in deposits] == ["stored", "stored"]
    assert {"path", "deposit", "status", "object", "findings"} <= deposits[0].keys()

    code, out, _ = run("ingest", packages["broken"], "--agency", "H29", "--format", "jsonl", "--lang", "en")
    (rejected,) = lines(out)
    assert code == 1 and rejected["status"] == "rejected" and rejected["object"] is None
    assert {finding["code"] for finding in rejected["findings"]} >= {"RFC8493-3"}

    code, out, _ = run("list", "--format", "jsonl")
    assert code == 0 and [line["object"] for line in lines(out)] == [line["object"] for line in deposits]
    code, out, _ = run("show", deposits[0]["object"], "--format", "jsonl")
    assert code == 0 and len(lines(out)[0]["copies"]) == 2

    code, out, _ = run("audit", "--all", "--format", "jsonl")
    (last,) = lines(out)
    assert code == 0
    names = {"objects", "copies", "files", "bytes", "intact", "damaged", "attested", "seconds"}
    assert last["summary"].keys() == names

    damaged = next((tmp_path / "home" / "storage" / "local-2" / "ocfl").rglob("*.pdf"))
    damaged.write_bytes(b"x")
    code, out, _ = run("audit", "--format", "jsonl")
    *found, last = lines(out)
    assert code == 1 and last["summary"]["damaged"] == 1
    (line,) = found
    assert line.keys() == {"object", "location", "path", "outcome"}
    assert (line["location"], line["outcome"]) == ("local-2", "altered")

    code, out, _ = run("repair", "--format", "jsonl")
    assert code == 0 and lines(out)[-1]["summary"]["repaired"] == 1
    assert run("audit")[0] == 0

    for path in (tmp_path / "home").glob("catalogue.db*"):
        path.unlink()
    code, _, err = run("list")
    assert code == 2 and "luutru rebuild" in err
    assert run("rebuild", "--from", "local-2")[0] == 0

    for form in ("bag", "eark"):
        code, out, _ = run(
            "disseminate", deposits[0]["object"], "--to", form, "--format", form, "--output", "jsonl"
        )
        dip = lines(out)[0]["path"]
        assert code == 0 and run("validate", dip)[0] == 0
        code, out, _ = run("verify", dip, "--format", "jsonl")
        assert code == 0 and lines(out)[0]["genuine"]
    receipt = tmp_path / "home" / "receipts" / f"{deposits[0]['deposit']}.json"
    assert run("verify", receipt)[0] == 0
    receipt.write_text(receipt.read_text("utf-8").replace("H29", "H01"), "utf-8")
    assert run("verify", receipt)[0] == 1


def test_a_changed_dip_is_not_genuine(run: Run, packages: dict[str, Path], tmp_path: Path) -> None:
    _, out, _ = run("ingest", packages["bag"], "--agency", "H29", "--format", "jsonl")
    run("disseminate", lines(out)[0]["object"], "--to", "out")
    (dip,) = (tmp_path / "out").iterdir()
    receipt = dip / "provenance" / "receipt.json"
    keep = receipt.read_bytes()
    receipt.write_bytes(keep.replace(b'"version": "v1"', b'"version": "v2"'))
    assert run("verify", dip)[0] == 1
    receipt.write_bytes(keep)
    assert run("verify", dip)[0] == 0
    file = next((dip / "data").rglob("*.pdf"))
    file.write_bytes(file.read_bytes() + b" ")
    assert run("verify", dip)[0] == 1
    assert run("verify", dip, "--key", "no-such-key.pem")[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", "nothing-here", "--agency", "H29"),
        ("ingest", ".", "--agency", "not a code!"),
        ("show", "urn:uuid:00000000-0000-7000-8000-000000000000"),
        ("audit", "--object", "nothing"),
        ("repair", "--object", "nothing"),
        ("disseminate", "nothing", "--to", "out"),
        ("rebuild", "--from", "nowhere"),
        ("verify", "nothing-here"),
        ("token",),
        ("init", "--storage", "only=one"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_what_cannot_be_done_is_exit_code_2_and_a_sentence(run: Run, arguments: tuple[str, ...]) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert err.startswith("luutru: ") and "Traceback" not in err


def test_settings_that_do_not_fit_are_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "luutru.toml").write_text('language = "fr"\n')
    code, _, err = run("list")
    assert code == 2 and "language" in err and "Traceback" not in err


def test_init_takes_locations_elsewhere(run: Run, packages: dict[str, Path], tmp_path: Path) -> None:
    places = [f"{name}={tmp_path / name}" for name in ("khoa", "khob")]
    assert run("init", "--storage", places[0], "--storage", places[1])[0] == 0
    assert run("ingest", packages["bag"], "--agency", "H29")[0] == 0
    for name in ("khoa", "khob"):
        assert list((tmp_path / name / "ocfl").rglob("inventory.json"))


def test_names_cannot_play_with_the_terminal(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "\x1b[31mred\x07[bold]").write_text("x")
    _, out, _ = run("validate", folder)
    assert "\x1b" not in out and "\x07" not in out and "[bold]" in out


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_demo_tells_its_story(run: Run, tmp_path: Path, language: str) -> None:
    code, out, err = run("demo", "--home", tmp_path / "demo", "--lang", language)
    assert code == 0, err
    assert ("Hãy khám phá" if language == "vi" else "Explore it") in out
    assert run("audit", "--home", tmp_path / "demo" / "archive")[0] == 0


def test_the_service_answers_and_stops(run: Run, tmp_path: Path) -> None:
    _, token, _ = run("token", "--staff")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "LUUTRU_HOME": str(tmp_path / "home")}
    command = [str(LUUTRU), "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/objects")
            request.add_header("Authorization", f"Bearer {token.strip()}")
            for _ in range(200):
                try:
                    with urllib.request.urlopen(request) as answer:
                        assert json.load(answer) == {"items": [], "next": None}
                    break
                except (ConnectionError, urllib.error.URLError):
                    time.sleep(0.1)
            else:
                raise AssertionError("the service did not answer")
        finally:
            process.terminate()
    assert process.returncode in (0, -15)


def test_a_catalogue_is_migrated_by_command(database: str, tmp_path: Path) -> None:
    """From an earlier schema: on PostgreSQL nothing else does it, for other machines may still use it."""
    cli = make_cli(["migrate", "init", "list"])

    def run(command: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, [command, "--home", str(tmp_path / "home")])
        return done.exit_code, " ".join(done.output.split())

    first = f"{newest_revision()} already" if database == "postgresql" else "from schema none"
    code, said = run("migrate")
    assert code == 0 and first in said
    engine = make_engine(load_settings(tmp_path / "home").database)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop index ix_copy_checked")
        for table in ("object", "deposit"):
            connection.exec_driver_sql(f"drop index ix_{table}_agency_id")
            connection.exec_driver_sql(f'create index ix_{table}_agency on "{table}" (agency)')
        connection.exec_driver_sql("drop table worker")
        for column in ("priority", "worker", "run", "takeovers", "due", "cancelling", "progress"):
            connection.exec_driver_sql(f"alter table job drop column {column}")
        if database == "postgresql":
            connection.exec_driver_sql("create sequence event_sequence_seq")
        connection.exec_driver_sql("update alembic_version set version_num = '0002'")
    if database == "postgresql":
        code, said = run("list")
        assert code == 2 and "luutru migrate" in said
    code, said = run("migrate")
    assert code == 0 and f"0002 to {newest_revision()}" in said
    assert run("migrate")[0] == run("list")[0] == 0
    with engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    for command in ("migrate", "init", "list"):
        code, said = run(command)
        assert code == 2 and "later version" in said
