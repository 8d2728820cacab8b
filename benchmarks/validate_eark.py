"""Validating E-ARK SIPs without their payload: ours against eark-validator, in one run, alternating, best of several.

eark-validator pins another lxml, so it gets an environment of its own, made on the spot (uv,
from the package index); it is never a dependency of ours.  At import it fetches four
vocabularies over the network: the stand-in answers with one term each, which only makes it
faster.  It reads no payload; ours is asked for the same (``schema_only``).  Its last step, a
list of the files, looks for the FLocat of a file before it was read and crashes on any METS
longer than one buffer; that step is left out, which makes it faster too.

A SIP has one file of 100 bytes for each of ``--files``; both validators see the same folder.

    python benchmarks/validate_eark.py [--files 10000 100000] [--rounds 2] [--keep FOLDER]
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from validate_bag import Run, measure

from luutru.packaging.mets_writer import MetsFile, MetsHeader, write_mets

PEER = "eark-validator==1.1.3"

_OURS = """
import sys, time
from pathlib import Path
from luutru.packaging.package import validate_path
from luutru.packaging.unpack import Limits
began = time.perf_counter()
report = validate_path(Path(sys.argv[1]), limits=Limits(), schema_only=True)
print(len(report.findings), time.perf_counter() - began)
sys.exit(not report.valid)
"""

_PEERS = """
import io, sys, time, urllib.request
urllib.request.urlopen = lambda *_, **__: io.BytesIO(b"<Term>Mixed</Term>")
from pathlib import Path
from eark_validator import rules, structure
from eark_validator.mets import MetsValidator
from eark_validator.specifications.specification import SpecificationType, SpecificationVersion
sip = Path(sys.argv[1])
began = time.perf_counter()
structure.validate(sip)
MetsValidator(str(sip)).validate_mets("METS.xml")
results = []
for kind in (SpecificationType.CSIP, SpecificationType.SIP):
    profile = rules.ValidationProfile(kind, SpecificationVersion.V2_1_0)
    profile.validate(sip / "METS.xml")
    results += profile.get_all_results()
print(len(results), time.perf_counter() - began)
"""


def main() -> None:
    """Make the SIPs and the peer's environment, let both run, print the table."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--files", type=int, nargs="+", default=[10_000, 100_000])
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--keep", type=Path, help="folder for the SIPs and the environment; used again")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="luutru-benchmark-") as folder:
        place: Path = options.keep or Path(folder)
        python = peer_environment(place / "eark-validator")
        for files in options.files:
            sip = place / f"sip-{files}"
            make_sip(sip, files)
            compare(files, sip, python, options.rounds)


def peer_environment(place: Path) -> Path:
    """The Python of an environment that holds the peer."""
    python = place / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, place], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, PEER], check=True)
    return python


def make_sip(sip: Path, files: int) -> None:
    """A SIP whose METS names every file with its digest; one that is there is taken as it is."""
    if sip.exists():
        return
    draft = sip.with_suffix(".draft")
    described: list[MetsFile] = []
    for path, data in _contents(files):
        (draft / path).parent.mkdir(parents=True, exist_ok=True)
        (draft / path).write_bytes(data)
        described.append(MetsFile(path, len(data), hashlib.sha256(data).hexdigest(), "text/plain"))
    header = MetsHeader("uuid-1", "SIP", "SIP", datetime.now(UTC), ("Luutru", "1"), ("H29", "H29"))
    with (draft / "METS.xml").open("wb") as out:
        write_mets(out, header, described)
    draft.rename(sip)


def _contents(files: int) -> Iterator[tuple[str, bytes]]:
    yield "metadata/descriptive/dc.xml", b"<dc/>"
    yield "documentation/read-me.txt", b"read me"
    yield "schemas/mets.xsd", b"<schema/>"
    for number in range(files):
        yield (
            f"representations/rep1/data/{number // 1000:04d}/{number % 1000:03d}.txt",
            f"record {number}\n".encode().ljust(100),
        )


def compare(files: int, sip: Path, python: Path, rounds: int) -> None:
    """Let both validate the SIP in turn, and print the best of each."""
    best: dict[str, Run] = {}
    contestants = {
        "luutru, no payload": [sys.executable, "-c", _OURS, str(sip)],
        "eark-validator": [str(python), "-c", _PEERS, str(sip)],
    }
    for _ in range(rounds):
        for name, command in contestants.items():
            run = measure(command)
            known = best.get(name, run)
            best[name] = Run(
                min(run.inside, known.inside),
                min(run.whole, known.whole),
                min(run.processor, known.processor),
                max(run.peak, known.peak),
            )
    print(f"\na SIP of {files:,} files: best of {rounds}")
    print(f"{'':22}{'inside':>9}{'whole':>9}{'cpu':>9}{'ratio in':>10}{'peak':>12}")
    peer = best["eark-validator"]
    for name, run in best.items():
        print(
            f"{name:22}{run.inside:8.2f}s{run.whole:8.2f}s{run.processor:8.2f}s"
            f"{peer.inside / run.inside:9.2f}x{run.peak / 2**20:8.0f} MiB"
        )


if __name__ == "__main__":
    main()
