"""The REST service: deposits, objects, audits, disseminations, and who may see what."""

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from luutru.api.app import make_app
from luutru.packaging.receipt import read_receipt
from luutru.packaging.unpack import Limits
from luutru.packaging.verify import verify
from luutru.repository.agencies import ensure_agency, issue_token
from luutru.repository.archive import Archive, open_archive
from luutru.repository.catalog import writing

API = "/api/v1"
BAG = {
    "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    "data/H\u1ed3 s\u01a1.txt": "Kính gửi".encode(),
}


def bag_zip(*, broken: bool = False) -> bytes:
    import hashlib

    data = BAG["data/Hồ sơ.txt"]
    digest = hashlib.sha256(b"other" if broken else data).hexdigest()
    files = {**BAG, "manifest-sha256.txt": f"{digest}  data/Hồ sơ.txt\n".encode()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"bag/{name}", content)
    return buffer.getvalue()


class Caller:
    """A client with one bearer token."""

    def __init__(self, client: TestClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, **options: Any) -> Any:
        headers = {**self._headers, **options.pop("headers", {})}
        return self._client.request(method, API + path, headers=headers, **options)

    def finished(self, path: str, *, until: set[str]) -> dict[str, Any]:
        """The resource once its status is one of those waited for."""
        for _ in range(400):
            found: dict[str, Any] = self("GET", path).json()
            if found["status"] in until:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{path} is still {found['status']}")

    def deposit(self, data: bytes) -> dict[str, Any]:
        """A whole deposit."""
        created = self("POST", "/deposits", json={"name": "gói.zip"})
        assert created.status_code == 201
        path = created.headers["Location"].removeprefix(API)
        assert self("PUT", f"{path}/content", content=data).json()["status"] == "uploaded"
        assert self("POST", f"{path}/submit").status_code == 202
        return self.finished(path, until={"stored", "rejected", "failed"})


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "home")


@pytest.fixture
def client(archive: Archive) -> Iterator[TestClient]:
    with TestClient(make_app(archive)) as client:
        yield client


def token(archive: Archive, agency: str | None) -> str:
    with writing(archive.engine) as session:
        if agency:
            ensure_agency(session, agency)
        return issue_token(session, agency)


@pytest.fixture
def agency(archive: Archive, client: TestClient) -> Caller:
    return Caller(client, token(archive, "H29"))


@pytest.fixture
def other(archive: Archive, client: TestClient) -> Caller:
    return Caller(client, token(archive, "H01"))


@pytest.fixture
def staff(archive: Archive, client: TestClient) -> Caller:
    return Caller(client, token(archive, None))


def test_a_deposit_from_upload_to_receipt(database: str, archive: Archive, agency: Caller) -> None:
    assert archive.engine.dialect.name == database
    deposit = agency.deposit(bag_zip())
    assert deposit["status"] == "stored" and deposit["object"].startswith("urn:uuid:")
    report = agency("GET", f"/deposits/{deposit['id']}/report").json()
    assert report["valid"] and report["kind"] == "bagit"
    receipt = read_receipt(agency("GET", f"/deposits/{deposit['id']}/receipt").content)
    assert receipt.signed_by(archive.key.public) and receipt.statement["object"] == deposit["object"]
    listed = agency("GET", "/deposits").json()["items"]
    assert [item["id"] for item in listed] == [deposit["id"]]


def test_a_rejected_deposit_is_told_in_the_language_asked_for(agency: Caller) -> None:
    deposit = agency.deposit(bag_zip(broken=True))
    assert deposit["status"] == "rejected" and deposit["object"] is None
    path = f"/deposits/{deposit['id']}/report"
    vi = agency("GET", path).json()["findings"]
    en = agency("GET", path, headers={"Accept-Language": "en"}).json()["findings"]
    assert [item["code"] for item in vi] == [item["code"] for item in en] == ["RFC8493-3"]
    assert "bị thay đổi" in vi[0]["message"] and "altered" in en[0]["message"]
    assert agency("GET", f"/deposits/{deposit['id']}/receipt").status_code == 404


def test_what_is_no_package_is_rejected_not_crashed_on(agency: Caller) -> None:
    assert agency.deposit(b"this is no zip")["status"] == "rejected"
    assert agency.deposit(bag_zip()[:-30])["status"] == "rejected"
    assert agency.deposit(b"")["status"] == "rejected"


def test_text_that_cannot_be_kept_is_refused_not_crashed_on(database: str, agency: Caller) -> None:
    assert agency("POST", "/deposits", content=rb'{"name": "a\ud800"}').status_code == 422
    nul = agency("POST", "/deposits", json={"name": "a\0b"})
    assert nul.status_code == (201 if database == "sqlite" else 422)
    assert agency("GET", "/objects/a%00b").status_code == (404 if database == "sqlite" else 422)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_catalogue_that_does_not_answer_is_told_as_passing(
    database: str, archive: Archive, client: TestClient
) -> None:
    assert archive.engine.dialect.name == database
    known = Caller(client, token(archive, None))
    url = archive.engine.url
    admin = sa.create_engine(url.set(database="template1"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'alter database "{url.database}" allow_connections false')
        connection.exec_driver_sql(
            f"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{url.database}'"
        )
        told = known("GET", "/objects")
        connection.exec_driver_sql(f'alter database "{url.database}" allow_connections true')
    admin.dispose()
    assert (told.status_code, told.json()["type"]) == (503, "urn:luutru:problem:catalogue-unavailable")
    assert known("GET", "/objects").status_code == 200


def test_the_upload_stays_as_it_came(archive: Archive, agency: Caller) -> None:
    data = bag_zip()
    deposit = agency.deposit(data)
    assert (archive.settings.home / "uploads" / deposit["id"] / "package").read_bytes() == data
    again = agency("PUT", f"/deposits/{deposit['id']}/content", content=b"other")
    assert again.status_code == 409
    assert agency("POST", f"/deposits/{deposit['id']}/submit").status_code == 409
    assert (archive.settings.home / "uploads" / deposit["id"] / "package").read_bytes() == data


def test_an_object_in_all_its_parts(agency: Caller) -> None:
    object_id = agency.deposit(bag_zip())["object"]
    assert agency("GET", "/objects").json()["items"][0]["id"] == object_id
    assert agency("GET", f"/objects/{object_id}").json()["agency"] == "H29"
    assert [v["number"] for v in agency("GET", f"/objects/{object_id}/versions").json()["items"]] == ["v1"]
    assert len(agency("GET", f"/objects/{object_id}/copies").json()["items"]) == 2
    types = [e["type"] for e in agency("GET", f"/objects/{object_id}/events").json()["items"]]
    assert {"validation", "ingestion", "replication"} <= set(types)
    names, cursor = [], ""
    while cursor is not None:
        page = agency("GET", f"/objects/{object_id}/files", params={"limit": 2, "cursor": cursor}).json()
        names += [file["path"] for file in page["items"]]
        cursor = page["next"]
    assert names == sorted(names) and "representations/rep1/data/Hồ sơ.txt" in names


def test_an_agency_sees_only_its_own(agency: Caller, other: Caller, staff: Caller) -> None:
    deposit = agency.deposit(bag_zip())
    for path in (
        f"/deposits/{deposit['id']}",
        f"/deposits/{deposit['id']}/report",
        f"/deposits/{deposit['id']}/receipt",
        f"/objects/{deposit['object']}",
        f"/objects/{deposit['object']}/files",
        f"/objects/{deposit['object']}/events",
    ):
        assert other("GET", path).status_code == 404
        assert staff("GET", path).status_code == 200
    assert other("GET", "/deposits").json()["items"] == []
    assert other("GET", "/objects").json()["items"] == []
    assert other("PUT", f"/deposits/{deposit['id']}/content", content=b"x").status_code == 404
    assert other("POST", "/disseminations", json={"object": deposit["object"]}).status_code == 404
    assert other("POST", "/deposits", json={"name": "x", "agency": "H29"}).status_code == 403


def test_staff_only_is_staff_only(agency: Caller) -> None:
    assert agency("POST", "/audits", json={}).status_code == 403
    assert agency("GET", "/agencies").status_code == 403
    assert agency("POST", "/agencies", json={"code": "H02"}).status_code == 403


def test_without_a_token_nothing_is_told(client: TestClient) -> None:
    routes = client.get(f"{API}/openapi.json").json()["paths"]
    assert len(routes) > 15
    for path, methods in routes.items():
        if path == "/health":
            continue
        for method in methods:
            answer = client.request(method, path.format_map(dict.fromkeys(_names(path), "x")), json={})
            assert answer.status_code == 401, (method, path)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get(f"{API}/objects", headers={"Authorization": "Bearer wrong"}).status_code == 401


def _names(path: str) -> list[str]:
    import string

    return [name for _, name, _, _ in string.Formatter().parse(path) if name]


def test_an_audit_finds_what_was_damaged(archive: Archive, agency: Caller, staff: Caller) -> None:
    agency.deposit(bag_zip())
    started = staff("POST", "/audits", json={})
    assert started.status_code == 202
    done = staff.finished(f"/audits/{started.json()['id']}", until={"done", "failed"})
    assert done["result"]["summary"]["damaged"] == 0 and done["result"]["summary"]["copies"] == 2
    file = next(f for f in archive.locations[1].list("ocfl") if f.path.endswith("Hồ sơ.txt"))
    (Path(archive.locations[1].place) / file.path).write_bytes(b"damaged")
    started = staff("POST", "/audits", json={})
    done = staff.finished(f"/audits/{started.json()['id']}", until={"done", "failed"})
    assert [(d["location"], d["outcome"]) for d in done["result"]["damages"]] == [("local-2", "altered")]


@pytest.mark.parametrize("form", ["bag", "eark"])
def test_a_copy_is_asked_for_and_proves_itself(
    archive: Archive, agency: Caller, tmp_path: Path, form: str
) -> None:
    object_id = agency.deposit(bag_zip())["object"]
    asked = agency("POST", "/disseminations", json={"object": object_id, "format": form})
    assert asked.status_code == 202
    path = f"/disseminations/{asked.json()['id']}"
    assert agency.finished(path, until={"done", "failed"})["status"] == "done"
    (tmp_path / "dip.zip").write_bytes(agency("GET", f"{path}/content").content)
    report, _ = verify(tmp_path / "dip.zip", archive.key.public, limits=Limits())
    assert report.valid, report.findings


def test_problems_are_rfc_9457_in_both_languages(agency: Caller) -> None:
    vi = agency("GET", "/deposits/nothing")
    en = agency("GET", "/deposits/nothing", headers={"Accept-Language": "fr, en;q=0.8, vi;q=0.1"})
    assert vi.headers["content-type"] == "application/problem+json"
    assert vi.json()["title"] == "Không tìm thấy" and en.json()["title"] == "Not found"
    assert vi.json()["status"] == 404 and vi.json()["type"].startswith("urn:luutru:problem:")
    wrong = agency("POST", "/deposits", json={})
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["pointer"] == "/body/name"
    assert agency("POST", "/nowhere").status_code == 404


def test_jobs_outlive_a_restart(archive: Archive) -> None:
    """What a service accepted and had no time for is done by the next."""
    with TestClient(make_app(archive, works=False)) as first:
        agency = Caller(first, token(archive, "H29"))
        created = agency("POST", "/deposits", json={"name": "gói.zip"}).json()
        agency("PUT", f"/deposits/{created['id']}/content", content=bag_zip())
        assert agency("POST", f"/deposits/{created['id']}/submit").status_code == 202
    with TestClient(make_app(archive)) as again:
        caller = Caller(again, token(archive, "H29"))
        done = caller.finished(f"/deposits/{created['id']}", until={"stored", "rejected", "failed"})
    assert done["status"] == "stored"


def test_staff_follow_jobs_and_take_them_back(archive: Archive) -> None:
    with TestClient(make_app(archive, works=False)) as service:
        staff = Caller(service, token(archive, None))
        job = staff("POST", "/audits", json={}).json()
        (listed,) = staff("GET", "/jobs", params={"status": "queued"}).json()["items"]
        assert listed == staff("GET", f"/jobs/{job['id']}").json()
        assert listed["kind"] == "audit"
        assert staff("POST", f"/jobs/{job['id']}/cancel").json()["status"] == "cancelled"
        assert staff("POST", f"/jobs/{job['id']}/cancel").status_code == 409
        assert staff("GET", "/jobs/none").status_code == 404
        agency = Caller(service, token(archive, "H29"))
        assert agency("GET", "/jobs").status_code == 403
    with TestClient(make_app(archive)) as again:
        staff = Caller(again, token(archive, None))
        done = staff.finished(f"/jobs/{staff('POST', '/audits', json={}).json()['id']}", until={"done"})
        assert staff("GET", f"/jobs/{job['id']}").json()["status"] == "cancelled"
    assert done["result"]["summary"]["objects"] == 0


def test_a_damaged_copy_is_repaired_as_a_job(archive: Archive, agency: Caller, staff: Caller) -> None:
    deposit = agency.deposit(bag_zip())
    file = next(f for f in archive.first.list("ocfl") if f.path.endswith("sơ.txt"))
    (Path(archive.first.place) / file.path).write_bytes(b"damaged")
    job = staff("POST", "/repairs", json={"object": deposit["object"]}).json()
    result = staff.finished(f"/jobs/{job['id']}", until={"done", "failed"})["result"]
    assert (result["repaired"], result["unrepairable"]) == (1, 0)
    assert result["actions"][0]["outcome"] == "altered"
    every = staff("POST", "/repairs", json={}).json()
    again = staff.finished(f"/jobs/{every['id']}", until={"done", "failed"})["result"]
    assert (again["objects"], again["repaired"]) == (1, 0)


def test_old_uploads_go_after_their_term(
    archive: Archive, agency: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from luutru.repository import uploads
    from luutru.repository.events import now

    deposit = agency.deposit(bag_zip())
    place = archive.settings.home / "uploads" / deposit["id"]
    assert uploads.purge_expired(archive) == [] and place.exists()
    monkeypatch.setattr(uploads, "now", lambda: now() + timedelta(days=31))
    assert uploads.purge_expired(archive) == [deposit["id"]]
    assert not place.exists()


def test_health_names_a_location_that_is_gone(archive: Archive, client: TestClient) -> None:
    assert client.get("/health").json()["status"] == "ok"
    (Path(archive.locations[1].place) / "ocfl").rename(Path(archive.locations[1].place) / "away")
    health = client.get("/health").json()
    assert health["status"] == "degraded" and health["locations"]["local-1"] == "ok"
