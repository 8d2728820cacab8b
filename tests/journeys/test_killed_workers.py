"""A worker is killed at any of its steps: the next one finishes what was accepted, once."""

import asyncio
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from luutru.packaging.samples.as_bag import make_bag
from luutru.packaging.samples.records import make_records
from luutru.repository import job_kinds as kinds
from luutru.repository.archive import Archive, open_archive
from luutru.repository.audit import audit
from luutru.repository.deposits import get_deposit
from luutru.repository.holdings import object_ids
from luutru.repository.ingest import ingest
from luutru.repository.ingest_job import INGEST_STEPS
from luutru.repository.job_queries import status_of
from luutru.repository.job_states import begin, end
from luutru.repository.jobs import Jobs
from luutru.repository.receipts import read_receipt_file
from luutru.repository.submission import submit_upload
from luutru.repository.uploads import create_upload, receive_content

# A worker that kills itself around the step that is named.
_DOOMED = """
import os, signal, sys
from luutru.api.cli import main
from luutru.repository import jobs

name, moment = sys.argv.pop(1), sys.argv.pop(1)
do_it = jobs.attempt

def attempt(archive, do, arguments):
    if do.__name__ == name and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    found = do_it(archive, do, arguments)
    if do.__name__ == name:
        os.kill(os.getpid(), signal.SIGKILL)
    return found

jobs.attempt = attempt
main()
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bag of records, zipped."""
    place = tmp_path_factory.mktemp("package")
    (place / "records").mkdir()
    make_records(place / "records")
    bag = make_bag(place / "records", place / "bag")
    packed = place / "bag.zip"
    with zipfile.ZipFile(packed, "w") as target:
        for path in sorted(bag.rglob("*")):
            target.write(path, f"bag/{path.relative_to(bag)}")
    return packed


@pytest.fixture
def archive(tmp_path: Path, database: str) -> Archive:
    assert database in ("sqlite", "postgresql")
    return open_archive(tmp_path / "home")


@contextmanager
def asking(archive: Archive) -> Iterator[Jobs]:
    """Jobs that are asked for here and done elsewhere."""
    jobs = Jobs(archive, kinds.job_kinds(archive.settings))
    jobs.open(works=False)
    try:
        yield jobs
    finally:
        jobs.close()


def submit(archive: Archive, package: Path) -> str:
    """Hand a package over; its deposit is a job that nobody has begun."""
    upload = create_upload(archive, "H29", "gói.zip")

    async def chunks() -> AsyncIterator[bytes]:
        yield package.read_bytes()

    asyncio.run(receive_content(archive, upload.id, chunks()))
    with asking(archive) as jobs:
        return submit_upload(archive, jobs, upload.id).id


def work(archive: Archive, *doom: str, home: Path | None = None) -> int:
    """A worker of the archive until nothing is left to do, or until it is killed; its exit code."""
    command = [sys.executable, "-c", _DOOMED, *(doom or ("nothing", "never")), "worker", "--until-idle"]
    environment = {
        **os.environ,
        "LUUTRU_HOME": str(home or archive.settings.home),
        "LUUTRU_WORKER_DEAD_AFTER_SECONDS": "2",
    }
    return subprocess.run(command, env=environment, check=False, timeout=120, capture_output=True).returncode


STEPS = [step.__name__ for step in (begin, *INGEST_STEPS, end)]
# After a step's effect and before its record is the harder moment: it is tried each time, on both databases.
MOMENTS = [
    pytest.param("sqlite", "before", marks=pytest.mark.soak),
    pytest.param("postgresql", "before", marks=pytest.mark.soak),
    ("sqlite", "after"),
    ("postgresql", "after"),
]


@pytest.mark.parametrize(("database", "moment"), MOMENTS, indirect=["database"])
@pytest.mark.parametrize("step", STEPS)
def test_an_ingest_killed_at_a_step_is_finished_by_the_next_worker(
    archive: Archive, package: Path, step: str, moment: str
) -> None:
    deposit = submit(archive, package)
    assert work(archive, step, moment) == -signal.SIGKILL
    assert work(archive) == 0
    job = status_of(archive, deposit)
    assert (job.status, job.result) == ("done", {"status": "stored", "object": object_ids(archive)[0]})
    assert get_deposit(archive, deposit).status == "stored"
    assert read_receipt_file(archive, deposit)
    assert_whole(archive)


@pytest.mark.parametrize(("database", "moment"), MOMENTS, indirect=["database"])
@pytest.mark.parametrize(
    ("kind", "step"),
    [("repair", kinds.repair_one), ("dissemination", kinds.disseminate), ("audit", kinds.audit_next)],
    ids=["repair", "dissemination", "audit"],
)
def test_other_work_killed_at_its_step_is_finished_by_the_next_worker(
    archive: Archive, package: Path, kind: str, step: Callable[..., object], moment: str
) -> None:
    object_id = ingest(archive, package, agency="H29").object_id or ""
    damaged = next(f for f in archive.first.list("ocfl") if f.path.endswith(".pdf"))
    argument = {"id": "copy", "object": object_id, "format": "bag"}
    if kind != "dissemination":
        (Path(archive.first.place) / damaged.path).write_bytes(b"damaged")
        argument = {}
    with asking(archive) as jobs:
        job = jobs.start(kind, argument, agency="H29")
    assert work(archive, step.__name__, moment) == -signal.SIGKILL
    assert work(archive) == 0
    done = status_of(archive, job)
    assert done.status == "done" and done.result
    if kind == "audit":
        assert done.result["damages_total"] == 1
        assert done.result["summary"] | {"seconds": 0} == audit(archive).as_json() | {"seconds": 0}
        return
    if kind == "dissemination":
        assert zipfile.ZipFile(archive.folder("disseminations") / "copy.zip").testzip() is None
        assert [path.name for path in archive.folder("disseminations").iterdir()] == ["copy.zip"]
    assert_whole(archive)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", ["take_in", "copy", "register_stored"])
def test_the_work_of_a_machine_that_never_returns_is_taken_over_by_another(
    archive: Archive, package: Path, tmp_path: Path, step: str
) -> None:
    """Two homes are two machines: they share the database, the locations and one folder, and no lock."""
    deposit = submit(archive, package)
    assert work(archive, step, "after") == -signal.SIGKILL
    other = tmp_path / "other-machine"
    other.mkdir()
    locations = [f'[[locations]]\nname = "{s.name}"\npath = "{s.place}"\n' for s in archive.locations]
    (other / "luutru.toml").write_text(f'shared = "{archive.settings.home}"\n' + "".join(locations))
    assert work(archive, home=other) == 0
    job = status_of(archive, deposit)
    assert (job.status, job.run, job.takeovers) == ("done", 2, 1)
    assert job.worker and (other / "workers" / f"{job.worker}.lock").exists()
    assert get_deposit(archive, deposit).status == "stored"
    assert read_receipt_file(archive, deposit)
    assert_whole(archive)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_kills_every_worker_is_given_up_and_named(archive: Archive, package: Path) -> None:
    """A package that brings its worker down does not bring down one after the other for ever."""
    deposit = submit(archive, package)
    for _ in range(30):
        if work(archive, "take_in", "before") != -signal.SIGKILL:
            break
    else:
        raise AssertionError("it goes on killing workers")
    job = status_of(archive, deposit)
    assert job.status == "failed" and "died" in (job.result or {})["error"]
    assert get_deposit(archive, deposit).status == "failed"
    assert list(archive.first.list_objects()) == []


def assert_whole(archive: Archive) -> None:
    """One object, intact in both locations, and nothing left on the way."""
    found: list[object] = []
    summary = audit(archive, on_damage=found.append)
    assert found == [] and (summary.objects, summary.intact) == (1, 2)
    assert [len(list(storage.list_objects())) for storage in archive.locations] == [1, 1]
    for storage in archive.locations:
        assert [path.name for path in storage.staging.iterdir() if path.is_dir()] == []
