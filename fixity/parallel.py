"""How the reading of many files is spread over the machine's cores: by file.

Work goes in batches to small worker processes that import nothing but this part.  They are
started as fresh interpreters, not forked, so that a server with threads can use them.  A
little work is done in place: a process start costs more than it.
"""

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

BATCH_FILES = 512
BATCH_BYTES = 32 << 20
_WORTH_FILES = 1000
_WORTH_BYTES = 64 << 20

Task = Callable[[Any, list[Any]], list[Any]]


class WorkerDied(OSError):
    """A worker process ended before its work did; nothing is known of its last batch."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_batches(items: Iterable[tuple[Any, int]]) -> Iterator[list[Any]]:
    """Group (item, size in bytes) pairs into batches sized in files and bytes."""
    batch: list[Any] = []
    total = 0
    for item, size in items:
        batch.append(item)
        total += size
        if len(batch) >= BATCH_FILES or total >= BATCH_BYTES:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


def workers_for(files: int, size: int, largest: int = 0, asked: int | None = None) -> int:
    """How many workers a piece of work is worth; 0 means: do it in place.

    Work is shared by file: what is in the ``largest`` one stays with one worker.
    """
    if asked is not None:
        return asked
    if files < 2 or (files < _WORTH_FILES and size - largest < _WORTH_BYTES):
        return 0
    return min(cores(), files)


def run(
    task: Task, shared: Any, batches: Iterable[list[Any]], workers: int
) -> Iterator[tuple[list[Any], list[Any]]]:
    """Do a task on each batch; yields (batch, its results) in the order they are done.

    ``task`` is a module-level function of this part.  Raises what the task raises, and
    WorkerDied.  Workers end with the iterator, however it ends.
    """
    if not workers:
        for batch in batches:
            yield batch, task(shared, batch)
        return
    crew = _Crew(task, shared, iter(batches), workers)
    try:
        yield from crew.results()
    finally:
        crew.end()


class _Crew:
    """Worker processes, a thread for each to hand it batches, and one queue of results."""

    def __init__(self, task: Task, shared: Any, batches: Iterator[list[Any]], workers: int) -> None:
        self._batches = batches
        self._lock = threading.Lock()
        self._done: queue.Queue[Any] = queue.Queue(maxsize=4 * workers)
        self._ended = False
        self._processes = _started(workers)
        job = (task.__module__, task.__name__, shared)
        self._threads = [
            threading.Thread(target=self._serve, args=(process, job), daemon=True)
            for process in self._processes
        ]
        for thread in self._threads:
            thread.start()

    def results(self) -> Iterator[tuple[list[Any], list[Any]]]:
        left = len(self._threads)
        while left:
            item = self._done.get()
            if item is None:
                left -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item

    def end(self) -> None:
        self._ended = True
        for process in self._processes:
            process.kill()
        while any(thread.is_alive() for thread in self._threads):
            try:
                self._done.get(timeout=0.05)  # a thread may wait for room
            except queue.Empty:
                continue
        for process in self._processes:
            process.communicate()

    def _serve(self, process: "subprocess.Popen[bytes]", job: Sequence[Any]) -> None:
        assert process.stdin is not None and process.stdout is not None
        try:
            pickle.dump(job, process.stdin, pickle.HIGHEST_PROTOCOL)
            while (batch := self._next()) is not None:
                pickle.dump(batch, process.stdin, pickle.HIGHEST_PROTOCOL)
                process.stdin.flush()
                answer = pickle.load(process.stdout)
                self._done.put(answer if isinstance(answer, BaseException) else (batch, answer))
            self._done.put(None)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            if not self._ended:
                self._done.put(WorkerDied(f"a worker process ended early ({error!r})"))
        except BaseException as error:  # noqa: BLE001  (from the batches' own iterator; raised by results)
            self._done.put(error)

    def _next(self) -> list[Any] | None:
        with self._lock:
            return None if self._ended else next(self._batches, None)


def _started(workers: int) -> "list[subprocess.Popen[bytes]]":
    """All of them or, where one cannot be started, none."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(workers):
            processes.append(_start())
    except BaseException:
        for process in processes:
            process.kill()
            process.communicate()
        raise
    return processes


def _start() -> "subprocess.Popen[bytes]":
    top = str(Path(__file__).absolute().parents[2])
    code = f"import sys; sys.path.insert(0, {top!r}); from luutru.fixity.worker import main; main()"
    # -S: no site packages are needed, and looking for them is half of the start-up.
    command = [sys.executable, "-I", "-S", "-c", code]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
