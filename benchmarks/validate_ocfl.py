"""Validating an OCFL object: ours against ocfl-py, in one run, alternating, best of several.

One object of one version, SHA-512, no fixity block: 100,000 files of 8 KiB, a thousand to a
folder.  Each contestant is a fresh process.  Printed is what ``validate_bag.py`` prints:
seconds inside the call and of the whole process, processor seconds, peak of memory.

    python benchmarks/validate_ocfl.py [--files 100000] [--size 8192] [--rounds 3] [--keep FOLDER]
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from validate_bag import compare

GOAL = 2.5

_OURS = """
import sys, time
from pathlib import Path
from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.validate import validate_object
began = time.perf_counter()
report = Report(sys.argv[1])
validate_object(Path(sys.argv[1]), report)
print(time.perf_counter() - began)
sys.exit(not report.valid)
"""

_PEER = """
import sys, time
from ocfl.validator import Validator
began = time.perf_counter()
valid = Validator().validate_object(sys.argv[1])
print(time.perf_counter() - began)
sys.exit(not valid)
"""

CONTESTANTS: Mapping[str, Sequence[str]] = {
    "luutru: validate_object": [sys.executable, "-c", _OURS],
    "luutru: the command": [str(Path(sys.executable).with_name("luutru")), "validate"],
    "ocfl-py": [sys.executable, "-c", _PEER],
}


def main() -> None:
    """Make the object, let the contestants run, print the table and whether the goal is met."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--files", type=int, default=100_000)
    asked.add_argument("--size", type=int, default=8192)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--keep", type=Path, help="folder for the object; it is kept there and used again")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="luutru-benchmark-") as folder:
        place = (options.keep or Path(folder)) / f"object-{options.files}-{options.size}"
        make_object(place, options.files, options.size)
        title = f"{options.files:,} files of {options.size:,} bytes"
        best = compare(title, place, options.rounds, CONTESTANTS, "ocfl-py")
    ratio = best["ocfl-py"].inside / best["luutru: validate_object"].inside
    print(f"goal: {GOAL} times as fast; measured: {ratio:.2f} ({'met' if ratio >= GOAL else 'NOT met'})")


def make_object(place: Path, files: int, size: int) -> None:
    """An object of random bytes; one that is there is taken as it is."""
    if place.exists():
        return
    draft = place.with_suffix(".draft")
    manifest: dict[str, list[str]] = {}
    state: dict[str, list[str]] = {}
    for number in range(files):
        path = f"d{number // 1000:04d}/f{number % 1000:03d}.bin"
        data = os.urandom(size)
        target = draft / "v1/content" / path
        if number % 1000 == 0:
            target.parent.mkdir(parents=True)
        target.write_bytes(data)
        digest = hashlib.sha512(data).hexdigest()
        manifest[digest] = [f"v1/content/{path}"]
        state[digest] = [path]
    version = {
        "created": "2026-03-01T08:30:00+07:00",
        "message": "benchmark",
        "user": {"name": "benchmark", "address": "mailto:benchmark@example.org"},
        "state": state,
    }
    inventory = {
        "id": "urn:luutru:benchmark",
        "type": "https://ocfl.io/1.1/spec/#inventory",
        "digestAlgorithm": "sha512",
        "head": "v1",
        "manifest": manifest,
        "versions": {"v1": version},
    }
    data = json.dumps(inventory, indent=2).encode()
    for folder in (draft, draft / "v1"):
        (folder / "inventory.json").write_bytes(data)
        (folder / "inventory.json.sha512").write_text(f"{hashlib.sha512(data).hexdigest()} inventory.json\n")
    (draft / "0=ocfl_object_1.1").write_text("ocfl_object_1.1\n")
    os.sync()
    draft.rename(place)


if __name__ == "__main__":
    main()
