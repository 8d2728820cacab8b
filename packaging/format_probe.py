"""Looks inside files in worker processes: a hostile file ends a worker, never the archive.

Each worker answers one file at a time, in bounded memory; one that takes too long is killed.
What it died of is the answer for that file, and the next file gets a new worker.
"""

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from threading import Timer
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

from luutru.packaging.format_facts import Facts, Failed, Reader, from_json, to_json

_WORKER = "from luutru.packaging.format_probe import _work; _work()"
_ANSWER = 64 * 1024

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may cost: seconds, MiB of memory, pages looked at, pixels decoded for a page.

    ``total`` is the seconds that all files together may take.
    """

    seconds: int = 60
    total: int = 43_200
    memory: int = 1024
    pages: int = 200
    pixels: int = 250_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """A file and how to read it."""

    reader: Reader
    path: Path


class Probe:
    """A few workers, started when they are needed; use it in a ``with`` statement."""

    def __init__(self, bounds: Bounds, *, workers: int | None = None) -> None:
        count = workers or min(4, os.cpu_count() or 1)
        self._ends = monotonic() + bounds.total
        self._pool = ThreadPoolExecutor(count)
        self._window = 4 * count
        self._workers = [_Worker(bounds) for _ in range(count)]
        self._idle: LifoQueue[_Worker] = LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._end()  # what a worker is at is of no use any more
        self._pool.shutdown()
        self._end()

    def _end(self) -> None:
        for worker in self._workers:
            worker.end()

    def answers(
        self, questions: Iterable[tuple[Key, Question | None]]
    ) -> Iterator[tuple[Key, Facts | Failed | None]]:
        """The facts on each file in the order asked; None where nothing was asked."""
        waiting: deque[tuple[Key, Future[Facts | Failed] | None]] = deque()
        for key, question in questions:
            waiting.append((key, self._pool.submit(self._ask, question) if question else None))
            if len(waiting) > self._window:
                yield _settled(*waiting.popleft())
        while waiting:
            yield _settled(*waiting.popleft())

    def _ask(self, question: Question) -> Facts | Failed:
        if monotonic() > self._ends:
            return Failed("given-up")
        worker = self._idle.get()
        try:
            return worker.ask(question)
        finally:
            self._idle.put(worker)


def _settled(key: Key, future: "Future[Facts | Failed] | None") -> tuple[Key, Facts | Failed | None]:
    return key, future.result() if future else None


class _Worker:
    """One process at a time."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: Question) -> Facts | Failed:
        used = self._process is not None
        answer = self._once(question)
        if used and isinstance(answer, Failed) and answer.why == "crash":
            return self._once(question)  # it may have died of an earlier file, or of something else
        return answer

    def _once(self, question: Question) -> Facts | Failed:
        process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        late: list[bool] = []

        def stop() -> None:
            late.append(True)
            process.kill()

        watch = Timer(self._bounds.seconds, stop)
        watch.start()
        answer = b""
        try:
            asked = {"reader": question.reader, "path": os.fspath(question.path)}
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline(_ANSWER)
        except (OSError, ValueError):
            pass  # it died before it could hear
        finally:
            watch.cancel()
        try:
            said = json.loads(answer)
            if said.get("failed") in ("memory", "no-tool"):
                return Failed(said["failed"], str(said.get("detail", "")))
            return from_json(question.reader, said)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.end()
            return Failed("time") if late else Failed("crash", f"{process.returncode}")
        finally:
            if late:
                self.end()

    def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with suppress(BrokenPipeError):
                process.__exit__(None, None, None)

    def _start(self) -> "subprocess.Popen[bytes]":
        bounds = self._bounds
        command = [sys.executable, "-P", "-c", _WORKER]
        command += [str(bounds.memory), str(bounds.pages), str(bounds.pixels)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return self._process


def _work() -> None:
    """The process's own side: a question a line in, an answer a line out."""
    memory, pages, pixels = (int(value) for value in sys.argv[1:4])
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _bound(memory << 20)
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        try:
            answer = to_json(_read(asked["reader"], Path(asked["path"]), pages, pixels))
        except MemoryError:
            answer = {"failed": "memory"}
        except ImportError as error:
            answer = {"failed": "no-tool", "detail": str(error)[:200]}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _read(reader: str, path: Path, pages: int, pixels: int) -> Facts:
    if reader == "pdf":
        from luutru.packaging.format_pdf import read_pdf

        return read_pdf(path, pages=pages)
    if reader == "image":
        from luutru.packaging.format_image import read_image

        return read_image(path, pages=pages, pixels=pixels)
    from luutru.packaging.format_media import read_media

    return read_media(path)


def _bound(memory: int) -> None:
    """Hold this process to so many bytes of its own, leave no core behind."""
    try:
        import resource
    except ImportError:
        return  # a system without such limits: time is bounded all the same
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
