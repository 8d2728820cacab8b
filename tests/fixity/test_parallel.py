"""Work spread over processes: nothing lost, nothing twice, no process left, and a dead worker is told."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.fixity import parallel
from luutru.fixity.check import _digest_batch, digest_files
from luutru.fixity.digest import FileDigest, UnknownAlgorithm
from luutru.fixity.parallel import WorkerDied, in_batches, run, workers_for

SHARED = ("/proc/self", ("sha256",))


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> "list[subprocess.Popen[bytes]]":
    """Every worker process that the test starts."""
    started: list[subprocess.Popen[bytes]] = []
    real = parallel._start

    def start() -> "subprocess.Popen[bytes]":
        started.append(real())
        return started[-1]

    monkeypatch.setattr(parallel, "_start", start)
    return started


def ended(crew: "list[subprocess.Popen[bytes]]") -> bool:
    """Whether all processes are gone, waited for, and their pipes closed."""
    pipes = [pipe for process in crew for pipe in (process.stdin, process.stdout) if pipe is not None]
    return all(process.returncode is not None for process in crew) and all(pipe.closed for pipe in pipes)


@given(st.lists(st.tuples(st.integers(), st.integers(0, 80 << 20)), max_size=50))
def test_batches_hold_everything_once_and_in_order(items: list[tuple[int, int]]) -> None:
    batches = list(in_batches(items))
    assert [item for batch in batches for item in batch] == [item for item, _ in items]
    assert all(batches)


def test_batches_end_by_number_and_by_size() -> None:
    assert [len(batch) for batch in in_batches((n, 0) for n in range(1100))] == [512, 512, 76]
    assert [len(batch) for batch in in_batches((n, 20 << 20) for n in range(5))] == [2, 2, 1]


def test_little_work_is_done_in_place_and_no_more_workers_than_files() -> None:
    assert workers_for(10, 1000) == 0
    assert workers_for(1, 1 << 40) == 0
    assert workers_for(2, 1 << 40) == min(parallel.cores(), 2)
    assert workers_for(10, 1000, asked=7) == 7
    assert workers_for(10, 1 << 40, (1 << 40) - 1000) == 0


def make(root: Path, count: int) -> dict[str, int]:
    for number in range(count):
        (root / str(number)).write_bytes(b"%d" % number)
    return {str(number): len(str(number)) for number in range(count)}


def test_batches_of_one_go_to_all_workers(
    tmp_path: Path, crew: "list[subprocess.Popen[bytes]]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "BATCH_FILES", 1)
    sizes = make(tmp_path, 200)
    found = list(digest_files(tmp_path, sizes, ("md5",), workers=3))
    assert sorted(path for path, _ in found) == sorted(sizes)
    assert len(crew) == 3 and ended(crew)
    assert all(process.returncode in (0, -signal.SIGKILL) for process in crew)


def _slow(sizes: dict[str, int]) -> Iterator[list[str]]:
    yield from ([path] for path in sizes)


def test_a_worker_killed_in_the_middle(tmp_path: Path, crew: "list[subprocess.Popen[bytes]]") -> None:
    sizes = make(tmp_path, 100)
    running = run(_digest_batch, (str(tmp_path), ("md5",)), _slow(sizes), 2)
    next(running)
    crew[0].kill()
    with pytest.raises(WorkerDied, match="ended early"):
        list(running)
    assert ended(crew)


def test_an_answer_that_is_none_is_a_worker_that_died(
    crew: "list[subprocess.Popen[bytes]]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a broken interpreter prints, it is no result."""
    command = [sys.executable, "-c", "import sys; sys.stdout.write('hello\\n' * 99); sys.stdin.read()"]

    def start() -> "subprocess.Popen[bytes]":
        crew.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return crew[-1]

    monkeypatch.setattr(parallel, "_start", start)
    with pytest.raises(WorkerDied):
        list(run(_digest_batch, SHARED, [["status"], ["stat"]], 2))
    assert ended(crew)


def test_what_the_task_raises_comes_through(tmp_path: Path, crew: "list[subprocess.Popen[bytes]]") -> None:
    sizes = make(tmp_path, 4)
    with pytest.raises(UnknownAlgorithm):
        list(digest_files(tmp_path, sizes, ("none",), workers=2))
    assert len(crew) == 2 and ended(crew)


def test_what_the_batches_raise_comes_through(crew: "list[subprocess.Popen[bytes]]") -> None:
    def broken() -> Iterator[list[str]]:
        yield ["status"]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(run(_digest_batch, SHARED, broken(), 2))
    assert ended(crew)


def test_an_iterator_that_is_dropped_ends_its_workers(
    tmp_path: Path, crew: "list[subprocess.Popen[bytes]]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when results wait that nobody takes."""
    monkeypatch.setattr(parallel, "BATCH_FILES", 1)
    running = digest_files(tmp_path, make(tmp_path, 300), ("md5",), workers=2)
    next(running)
    del running
    gc.collect()
    assert len(crew) == 2 and ended(crew)


def test_an_interrupt_ends_the_workers(tmp_path: Path, crew: "list[subprocess.Popen[bytes]]") -> None:
    sizes = make(tmp_path, 10)
    with pytest.raises(KeyboardInterrupt):
        for _ in digest_files(tmp_path, sizes, ("md5",), workers=2):
            raise KeyboardInterrupt
    gc.collect()
    assert ended(crew)


def test_a_start_that_fails_ends_those_that_started(
    crew: "list[subprocess.Popen[bytes]]", monkeypatch: pytest.MonkeyPatch
) -> None:
    start = parallel._start

    def limited() -> "subprocess.Popen[bytes]":
        if crew:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return start()

    monkeypatch.setattr(parallel, "_start", limited)
    with pytest.raises(BlockingIOError):
        list(run(_digest_batch, SHARED, [["status"]], 2))
    assert len(crew) == 1 and ended(crew)


def test_several_threads_at_once(tmp_path: Path) -> None:
    sizes = make(tmp_path, 40)
    found: list[dict[str, Any]] = []

    def ask() -> None:
        found.append(dict(digest_files(tmp_path, sizes, ("sha256",), workers=2)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(one == found[0] and one.keys() == sizes.keys() for one in found)
    assert all(isinstance(result, FileDigest) for result in found[0].values())


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """No signal handler runs then; the closed pipe has to tell them."""
    make(tmp_path, 4)
    code = (
        "import sys, time; from pathlib import Path\n"
        "from luutru.fixity import parallel; from luutru.fixity.check import digest_files\n"
        "real = parallel._start\n"
        "def start():\n    process = real(); print(process.pid, flush=True); return process\n"
        "parallel._start = start; parallel._BATCH_FILES = 1\n"
        "running = digest_files(Path(sys.argv[1]), dict.fromkeys('0123', 1), ('md5',), workers=2)\n"
        "next(running); print('ready', flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    lines = [parent.stdout.readline().strip() for _ in range(3)]
    assert lines[2] == b"ready"
    parent.kill()
    parent.communicate()
    workers = [int(line) for line in lines[:2]]
    for _ in range(200):
        if not any(_runs(pid) for pid in workers):
            return
        time.sleep(0.05)
    pytest.fail(f"workers {workers} outlive their parent")


@pytest.mark.parametrize("wait", ["0", "0.2"])
def test_workers_of_a_parent_that_is_done_end_without_a_word(wait: str, tmp_path: Path) -> None:
    """A command that ends while files are still read ahead must not print what its workers meet."""
    sizes = make(tmp_path, 40)
    for name in sizes:
        os.truncate(tmp_path / name, 4 << 20)
    code = (
        "import sys, time; from pathlib import Path; from luutru.fixity.read_ahead import ReadAhead\n"
        "root = Path(sys.argv[1]); ahead = ReadAhead(root, ('sha256', 'sha512', 'sha3-512'))\n"
        "for path in root.iterdir(): ahead.add(path.name, 4 << 20)\n"
        "ahead.close(); time.sleep(float(sys.argv[2]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path), wait], capture_output=True, check=True)
    assert done.stdout + done.stderr == b""


def _runs(pid: int) -> bool:
    try:
        return b"luutru.fixity.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_workers_import_no_more_than_they_need() -> None:
    """A worker starts for every audit: each heavy module would cost each time."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import luutru.fixity.worker, luutru.fixity.check, luutru.fixity.copying\n"
        "print(*sorted(name.split('.')[0] for name in sys.modules))"
    )
    top = str(Path(parallel.__file__).absolute().parents[2])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, top], capture_output=True, check=True, env=dict(os.environ)
    )
    assert not {"cryptography", "asyncio", "lxml", "sqlalchemy"} & set(done.stdout.decode().split())
