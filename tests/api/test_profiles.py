"""Profiles on the command line and over REST: listed, shown, chosen, told; exit codes by the contract."""

import json
import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from luutru.api.app import make_app
from luutru.api.cli import make_cli
from luutru.packaging.samples.as_bag import make_bag
from luutru.packaging.samples.records import make_records
from luutru.repository.agencies import ensure_agency, issue_token
from luutru.repository.archive import open_archive
from luutru.repository.catalog import writing

Run = Callable[..., tuple[int, list[Any], str]]


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    (folder / "records").mkdir()
    make_records(folder / "records")
    return make_bag(folder / "records", folder / "bag")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command; returns exit code, the lines it printed as JSON, standard error (or, in text, the text)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LUUTRU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    cli = make_cli()

    def run(*arguments: object, text: bool = False) -> tuple[int, list[Any], str]:
        words = [*map(str, arguments), *(() if text else ("--format", "jsonl"))]
        done = CliRunner().invoke(cli, words)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        if text:
            return done.exit_code, [], done.stdout + done.stderr
        return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    return run


def own(tmp_path: Path, name: str, **more: Any) -> Path:
    """A BagIt profile in the home's own folder."""
    info = {
        "BagIt-Profile-Identifier": f"urn:example:{name}",
        "BagIt-Profile-Version": "1.4",
        "Source-Organization": "Kho",
        "External-Description": "Túi của kho",
        "Version": "2",
    }
    whole = {
        "BagIt-Profile-Info": info,
        "Serialization": "forbidden",
        "Accept-BagIt-Version": ["1.0"],
        **more,
    }
    (tmp_path / "home" / "profiles").mkdir(parents=True, exist_ok=True)
    path = tmp_path / "home" / "profiles" / f"{name}.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def test_profiles_are_listed_those_of_the_home_too(run: Run, tmp_path: Path) -> None:
    own(tmp_path, "kho")
    code, lines, _ = run("profiles", "list")
    assert code == 0
    listed = {line["id"]: line for line in lines}
    assert {"kho", "agency-bag", "tt05-package"} <= listed.keys()
    assert (
        listed["tt05-package"]["status"] == "draft" and listed["tt05-package"]["valid_from"] == "2025-07-01"
    )
    code, _, text = run("profiles", text=True)
    assert code == 0 and all(name in text for name in listed) and "draft" in text
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["profiles"], "no home is made"


def test_a_file_that_is_no_profile_is_told_beside_the_others(run: Run, tmp_path: Path) -> None:
    own(tmp_path, "kho").with_name("broken.toml").write_text("kind = ", encoding="utf-8")
    code, lines, err = run("profiles", "list")
    assert code == 1 and "broken.toml" in err and "kho" in {line["id"] for line in lines}


def test_a_profile_is_shown_with_what_it_asks(run: Run) -> None:
    code, (line,), _ = run("profiles", "show", "tt05-formats")
    assert code == 0 and line["usable"] and line["content"]["valid_from"] == "2025-07-01"
    code, _, text = run("profiles", "show", "tt05-formats", "--lang", "vi", text=True)
    assert code == 0 and "Dự thảo" in text and "Điều 8" in text and "fmt/" in text


def test_a_faulty_profile_is_shown_with_its_faults(run: Run, tmp_path: Path) -> None:
    path = own(tmp_path, "kho", Manifests_Required=["sha512"])
    code, (line,), _ = run("profiles", "show", path)
    assert code == 0 and [finding["rule"] for finding in line["findings"]] == ["BP-Profile/unknown-key"]
    own(tmp_path, "kho", **{"Data-Empty": "no"})
    code, (line,), _ = run("profiles", "show", "kho", "--lang", "en")
    assert code == 1 and not line["usable"] and line["findings"][0]["location"] == "kho.json#/Data-Empty"
    assert run("profiles", "show", "kho", text=True)[0] == 1
    path.write_text("[]", encoding="utf-8")
    code, lines, err = run("profiles", "show", "kho")
    assert code == 1 and lines == [] and "kho.json" in err


@pytest.mark.parametrize("words", [["show"], ["show", "nope"], ["list", "agency-bag"], ["make"]])
def test_what_cannot_be_shown_is_exit_code_2(run: Run, words: list[str]) -> None:
    code, lines, err = run("profiles", *words)
    assert code == 2 and lines == [] and err


def test_validate_judges_by_profiles_and_says_which(run: Run, bag: Path, tmp_path: Path) -> None:
    code, (line,), _ = run(
        "validate", bag, "--profile", "agency-bag", "--profile", "tt05-formats", "--on", "2024-05-06"
    )
    assert code == 1 and not line["valid"]
    assert [said["id"] for said in line["profiles"]] == ["agency-bag", "tt02-formats"]
    assert "BP-Identifier" in {finding["code"] for finding in line["findings"]}
    code, _, text = run("validate", bag, "--profile", own(tmp_path, "kho"), "--lang", "vi", text=True)
    assert code == 1 and "kho 2" in text and "BagIt-Profile-Identifier" in text
    code, (line,), _ = run("validate", bag)
    assert code == 0 and line["profiles"] == []


@pytest.mark.parametrize("words", [["--profile", "nope"], ["--profile", "agency-bag", "--on", "yesterday"]])
def test_a_profile_or_day_that_is_none_is_exit_code_2(run: Run, bag: Path, words: list[str]) -> None:
    code, lines, err = run("validate", bag, *words)
    assert code == 2 and lines == [] and words[-1] in err


def test_an_agency_is_given_profiles_and_its_deposits_are_judged(run: Run, bag: Path, tmp_path: Path) -> None:
    assert run("agency", "H29")[0] == 2
    assert run("agency", "H29", "--profile", "agency-bag")[0] == 2
    code, (line,), _ = run("agency", "H29", "--name", "Sở Nội vụ", "--profile", "agency-bag")
    assert code == 0 and line == {"code": "H29", "name": "Sở Nội vụ", "profiles": ["agency-bag"]}
    code, (line,), _ = run("ingest", bag, "--agency", "H29")
    assert (code, line["status"], [said["id"] for said in line["profiles"]]) == (
        1,
        "rejected",
        ["agency-bag"],
    )
    code, _, err = run("agency", "H29", "--profile", "nope")
    assert code == 2 and "nope" in err
    assert run("agency", "H29", "--profile", "agency-bag", "--no-profile")[0] == 2
    assert "agency-bag" in run("agency", "H29", text=True)[2]
    assert run("agency", "H29", "--no-profile")[1][0]["profiles"] == []
    code, _, text = run("ingest", bag, "--agency", "H29", "--profile", "tt05-formats", text=True)
    assert code == 0 and "tt05-formats 1 (draft" in text
    code, lines, err = run("ingest", bag, "--agency", "H29", "--profile", "nope")
    assert code == 2 and lines == [] and "nope" in err


def test_staff_choose_the_profiles_of_an_agency_over_rest(bag: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "home")
    own(tmp_path, "kho")
    with writing(archive.engine) as session:
        ensure_agency(session, "H29")
        tokens = {who: issue_token(session, who) for who in ("H29", None)}
    headers = {who: {"Authorization": f"Bearer {token}"} for who, token in tokens.items()}
    path = "/api/v1/agencies/H29/profiles"
    with TestClient(make_app(archive)) as client:
        assert client.put(path, json={"profiles": ["kho"]}, headers=headers["H29"]).status_code == 403
        chosen = client.put(path, json={"profiles": ["kho", "tt05-formats"]}, headers=headers[None])
        assert chosen.status_code == 200 and chosen.json()["profiles"] == ["kho", "tt05-formats"]
        wrong = client.put(
            path, json={"profiles": [str(tmp_path / "home/profiles/kho.json")]}, headers=headers[None]
        )
        assert wrong.status_code == 422 and wrong.json()["type"] == "urn:luutru:problem:profile"
        nobody = client.put("/api/v1/agencies/X/profiles", json={"profiles": []}, headers=headers[None])
        assert nobody.status_code == 404
        listed = client.get("/api/v1/agencies", headers=headers[None]).json()["items"]
        assert listed[0]["profiles"] == ["kho", "tt05-formats"]
        assert _report(client, headers["H29"], bag)["profiles"][0]["id"] == "kho"


def test_an_agency_can_read_the_profiles_beforehand_over_rest(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "home")
    path = own(tmp_path, "kho")
    path.with_name("broken.json").write_text("[", encoding="utf-8")
    with writing(archive.engine) as session:
        ensure_agency(session, "H29")
        headers = {"Authorization": f"Bearer {issue_token(session, 'H29')}"}
    with TestClient(make_app(archive)) as client:
        listed = client.get("/api/v1/profiles", headers=headers).json()["items"]
        assert {"kho", "agency-bag", "tt05-formats"} <= {item["id"] for item in listed}
        assert {item["status"] for item in listed if item["id"] == "tt05-formats"} == {"draft"}
        given = client.get("/api/v1/profiles/kho", headers=headers)
        assert given.content == path.read_bytes() and given.headers["content-type"] == "application/json"
        assert client.get("/api/v1/profiles/tt05-formats", headers=headers).text.startswith("#")
        for name in ("nope", "broken", "..%2Fluutru", "%2Fetc%2Fpasswd", "luutru.toml", "kho.json"):
            assert client.get(f"/api/v1/profiles/{name}", headers=headers).status_code == 404
        assert client.get("/api/v1/profiles").status_code == 401


def _report(client: TestClient, headers: dict[str, str], bag: Path) -> dict[str, Any]:
    """The report on a bag deposited as a zip."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for file in bag.rglob("*"):
            out.write(file, f"bag/{file.relative_to(bag)}")
    created = client.post("/api/v1/deposits", json={"name": "gói.zip"}, headers=headers)
    path = created.headers["Location"]
    client.put(f"{path}/content", content=packed.getvalue(), headers=headers)
    client.post(f"{path}/submit", headers=headers)
    for _ in range(1000):
        if client.get(path, headers=headers).json()["status"] in ("stored", "rejected", "failed"):
            break
        time.sleep(0.02)
    report: dict[str, Any] = client.get(f"{path}/report", headers=headers).json()
    assert {"BP-Serialization", "BP-Identifier"} <= {finding["code"] for finding in report["findings"]}
    return report
