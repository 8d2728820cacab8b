"""Ingest against ``cp -r`` plus one hashing pass; audit against the machine's hashing limit.

The same bags as in validate_bag.py: many small files, and one large file.  In each round the
contestants take turns, each in a fresh process and a fresh home; the best round counts.

- *cp and hash*: what a careful person does by hand: ``cp -r`` twice (we keep two copies) and
  one pass of SHA-512 and SHA-256 over one copy.
- *hashing limit*: read and SHA-256 every file that an audit reads, of both copies: the best of
  one process, two threads and two processes, nothing else done, without the start of an interpreter.
- *audit*: the seconds that its summary states, against that limit; and the whole command, start and end of it included.
- *flat in file size*: the peak of memory of an audit and a validation of one file of a quarter
  of the large size, and of one of the large size.

    python benchmarks/archive.py [--files 100000] [--size 8192] [--large 1073741824] [--rounds 2]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from validate_bag import Run, make_bag, measure

_LUUTRU = str(Path(sys.executable).with_name("luutru"))

_HASH = """
import hashlib, os, sys, time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

NAMES = sys.argv[3].split(",")


def digest(paths):
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        hashes = [hashlib.new(name) for name in NAMES]
        while block := os.read(handle, 1 << 20 if os.fstat(handle).st_size > 1 << 20 else 1 << 14):
            for one in hashes:
                one.update(block)
        os.close(handle)


if __name__ == "__main__":
    paths = [os.path.join(top, name) for root in sys.argv[4:] for top, _, names in os.walk(root) for name in names]
    began = time.perf_counter()
    if sys.argv[2] == "1":
        digest(paths)
    else:
        pool = {"t": ThreadPoolExecutor, "p": ProcessPoolExecutor}[sys.argv[1]]
        with pool(2) as two:
            list(two.map(digest, (paths[0::2], paths[1::2])))
    print(time.perf_counter() - began)
"""


def main() -> None:
    """Make the bags, let the contestants run, print the ratios."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--files", type=int, default=100_000)
    asked.add_argument("--size", type=int, default=8192)
    asked.add_argument("--large", type=int, default=1 << 30)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--keep", type=Path, help="folder for the bags; they are kept there and used again")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="luutru-benchmark-") as folder:
        place, work = options.keep or Path(folder), Path(folder)
        hasher = work / "hash.py"
        hasher.write_text(_HASH)
        small, large = place / f"small-{options.files}-{options.size}", place / f"large-{options.large}"
        make_bag(small, options.files, options.size)
        make_bag(large, 1, options.large)
        for title, bag in (
            (f"{options.files:,} files of {options.size:,} bytes", small),
            (f"one file of {options.large:,} bytes", large),
        ):
            compare(title, bag, work, hasher, options.rounds)
        smaller = place / f"large-{options.large // 4}"
        make_bag(smaller, 1, options.large // 4)
        show_peaks([smaller, large], work)


def compare(title: str, bag: Path, work: Path, hasher: Path, rounds: int) -> None:
    """One bag: ingest and audit it, and what they are measured by, in turn."""
    best: dict[str, Run] = {}

    def note(name: str, run: Run) -> None:
        known = best.get(name, run)
        best[name] = Run(
            min(run.inside, known.inside),
            min(run.whole, known.whole),
            min(run.processor, known.processor),
            max(run.peak, known.peak),
        )

    for number in range(rounds):
        # Nothing is deleted before the end: ext4 makes new files slowly for minutes after many were.
        home, copies = work / f"{bag.name}-home-{number}", work / f"{bag.name}-copies-{number}"
        os.environ["LUUTRU_HOME"] = str(home)
        by_hand = f'cp -r "{bag}" "{copies}/1" && cp -r "{bag}" "{copies}/2"'
        copies.mkdir()
        hashed = f'"{sys.executable}" "{hasher}" p 2 sha512,sha256 "{copies}/1"'
        note("cp -r twice and hash", measure(["sh", "-c", f"{by_hand} && {hashed}"]))
        note("luutru ingest", measure([_LUUTRU, "ingest", str(bag), "--agency", "H29"]))
        roots = [str(path) for path in sorted(home.glob("storage/*/ocfl"))]
        for kind, workers in (("p", "1"), ("t", "2"), ("p", "2")):
            limit = measure([sys.executable, str(hasher), kind, workers, "sha256", *roots])
            note("hashing limit", Run(limit.inside, limit.inside, limit.processor, 0))
        note("luutru audit", measure([_LUUTRU, "audit", "--format", "jsonl"], said=_summary_seconds))
        subprocess.run(["sync"], check=True)
    print(f"\n{title}: best of {rounds}, {os.cpu_count()} cores, page cache warm")
    hand, ingest = best["cp -r twice and hash"], best["luutru ingest"]
    limit, audit = best["hashing limit"], best["luutru audit"]
    print(f"cp -r twice and hash  {hand.whole:8.2f}s")
    print(
        f"luutru ingest         {ingest.whole:8.2f}s  {ingest.whole / hand.whole:.1f} times as long  {_mib(ingest)}"
    )
    print(f"hashing limit         {limit.whole:8.2f}s")
    print(
        f"luutru audit          {audit.inside:8.2f}s  {limit.inside / audit.inside:.0%} of the limit  {_mib(audit)}"
    )
    print(f"  the whole command   {audit.whole:8.2f}s  {limit.inside / audit.whole:.0%} of the limit")


def _summary_seconds(output: str) -> float:
    return float(json.loads(output.splitlines()[-1])["summary"]["seconds"])


def show_peaks(bags: Sequence[Path], work: Path) -> None:
    """What memory an audit and a validation take at most, for each bag."""
    print("\nflat in file size:")
    for bag in bags:
        os.environ["LUUTRU_HOME"] = str(work / f"{bag.name}-home-peak")
        measure([_LUUTRU, "ingest", str(bag), "--agency", "H29"])
        audit, validate = measure([_LUUTRU, "audit"]), measure([_LUUTRU, "validate", str(bag)])
        print(f"{bag.name:20}  audit {_mib(audit)}, validate {_mib(validate)}")


def _mib(run: Run) -> str:
    return f"peak {run.peak / 2**20:.0f} MiB"


if __name__ == "__main__":
    main()
