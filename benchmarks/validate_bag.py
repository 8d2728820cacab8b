"""Validating bags: ours against bagit-python, in one run, alternating, best of several.

Two bags with the same two digests (SHA-256 and SHA-512): many small files, and one large
file.  Each contestant is a fresh process, so that neither inherits the other's memory.
Printed are seconds inside the call (imports left out), seconds of the whole process,
processor seconds of all its processes (which a busy machine distorts less), and the
peak of resident memory summed over the process and all its children, sampled from
/proc every 20 ms (shared pages count once for each process, so the figure is never too low).

    python benchmarks/validate_bag.py [--files 100000] [--size 8192] [--large 1073741824] [--rounds 3]
"""

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from luutru.packaging.bag_writer import write_bag_tags

_ALGORITHMS = ("sha256", "sha512")
_BLOCK = 1 << 20

_OURS = """
import sys, time
from pathlib import Path
from luutru.metadata_profiles.finding import Report
from luutru.packaging.bag import validate_bag
from luutru.packaging.unpack import Limits, look
began = time.perf_counter()
report = Report(sys.argv[1])
validate_bag(look(Path(sys.argv[1]), report, limits=Limits(), scratch=Path("unused")), report)
print(time.perf_counter() - began)
sys.exit(not report.valid)
"""

_BAGIT = """
import sys, time, logging, bagit
logging.disable(logging.CRITICAL)
began = time.perf_counter()
bagit.Bag(sys.argv[1]).validate(processes={processes})
print(time.perf_counter() - began)
"""

CONTESTANTS: Mapping[str, Sequence[str]] = {
    "luutru: validate_bag": [sys.executable, "-c", _OURS],
    "luutru: the command": [str(Path(sys.executable).with_name("luutru")), "validate"],
    "bagit-python": [sys.executable, "-c", _BAGIT.format(processes=1)],
    "bagit-python, 2 processes": [sys.executable, "-c", _BAGIT.format(processes=2)],
}


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds inside the call, of the whole process, of processor time; the peak of memory in bytes."""

    inside: float
    whole: float
    processor: float
    peak: int


def main() -> None:
    """Make the bags, let the contestants run, print the table."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--files", type=int, default=100_000)
    asked.add_argument("--size", type=int, default=8192)
    asked.add_argument("--large", type=int, default=1 << 30)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--keep", type=Path, help="folder for the bags; they are kept there and used again")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="luutru-benchmark-") as folder:
        place = options.keep or Path(folder)
        small = place / f"small-{options.files}-{options.size}"
        large = place / f"large-{options.large}"
        make_bag(small, options.files, options.size)
        make_bag(large, 1, options.large)
        compare(f"{options.files:,} files of {options.size:,} bytes", small, options.rounds)
        compare(f"one file of {options.large:,} bytes", large, options.rounds)


def make_bag(bag: Path, files: int, size: int) -> None:
    """A bag of files of random bytes, a thousand to a folder; one that is there is taken as it is."""
    if bag.exists():
        return
    draft = bag.with_suffix(".draft")
    payload: dict[str, dict[str, str]] = {}
    for number in range(files):
        path = f"data/d{number // 1000:04d}/f{number % 1000:03d}.bin"
        if number % 1000 == 0:
            (draft / path).parent.mkdir(parents=True)
        hashes = [hashlib.new(name) for name in _ALGORITHMS]
        with (draft / path).open("wb") as file:
            for block in _random(size):
                file.write(block)
                for one in hashes:
                    one.update(block)
        payload[path] = {one.name: one.hexdigest() for one in hashes}
    for name, data in write_bag_tags(payload, dict.fromkeys(payload, size), {}, []).items():
        (draft / name).write_bytes(data)
    os.sync()
    draft.rename(bag)


def _random(size: int) -> Iterator[bytes]:
    for start in range(0, size, _BLOCK):
        yield os.urandom(min(_BLOCK, size - start))


def compare(
    title: str,
    place: Path,
    rounds: int,
    contestants: Mapping[str, Sequence[str]] = CONTESTANTS,
    against: str = "bagit-python",
) -> dict[str, Run]:
    """Let each contestant validate what lies in a folder in turn; print and return the best of each."""
    _read_all(place)
    best: dict[str, Run] = {}
    for _ in range(rounds):
        for name, command in contestants.items():
            run = measure([*command, str(place)])
            known = best.get(name, run)
            best[name] = Run(
                min(run.inside, known.inside),
                min(run.whole, known.whole),
                min(run.processor, known.processor),
                max(run.peak, known.peak),
            )
    peer = best[against]
    print(f"\n{title}: best of {rounds}, {os.cpu_count()} cores, page cache warm")
    print(f"{'':28}{'inside':>9}{'whole':>9}{'cpu':>9}{'ratio in':>10}{'ratio all':>11}{'peak':>10}")
    for name, run in best.items():
        print(
            f"{name:28}{run.inside:8.2f}s{run.whole:8.2f}s{run.processor:8.2f}s{peer.inside / run.inside:9.2f}x"
            f"{peer.whole / run.whole:10.2f}x{run.peak / 2**20:6.0f} MiB"
        )
    return best


def _read_all(place: Path) -> None:
    for path in place.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(_BLOCK):
                    pass


def last_word(output: str) -> float:
    """The seconds that a contestant prints at its end."""
    return float(output.split()[-1])


def measure(command: Sequence[str], *, said: Callable[[str], float] = last_word) -> Run:
    """Run a command to its end; what it ``said`` took the seconds inside, where it says anything.

    Raises RuntimeError where it finds what it validates not valid.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    watch = _Watch(process.pid)
    output, _ = process.communicate()
    whole = time.perf_counter() - began
    peak = watch.end()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)[:200]}: exit {process.returncode}\n{output}")
    try:
        inside = said(output)
    except (ValueError, IndexError):
        inside = whole  # a command says nothing of its inside
    return Run(inside, whole, processor, peak)


class _Watch:
    """Samples the memory of a process and its descendants until told to end."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def end(self) -> int:
        """Stop; the highest sum seen, in bytes."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _sample(self) -> None:
        while not self._over.wait(0.02):
            self._peak = max(self._peak, sum(map(_resident, _family(self._pid))))


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        # One that is about to become another program still looks like its parent, and owns nothing yet.
        if _command(child) != _command(str(pid)):
            yield from _family(int(child))


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
