"""Format identification by PRONOM (PREMIS *format identification*), with siegfried's ``pygfried``.

Siegfried runs in a process of its own: it holds a hundred mebibytes of signatures and the
interpreter's lock, and a file that upsets it must not take the archive down.  One process
is enough: siegfried itself spreads a batch over all cores.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from luutru.fixity.parallel import cores
from luutru.metadata_profiles.premis import Format

if TYPE_CHECKING:
    from pygfried import Match

TOOL = f"siegfried by pygfried {version('pygfried')}"

_BATCH = 256
_WORKER = "from luutru.packaging.formats import _work; _work()"


class IdentificationFailed(OSError):
    """The identifying process ended early; nothing is known of the formats."""


def identify(root: Path, paths: Iterable[str]) -> Iterator[tuple[str, Format]]:
    """The format of each file below a folder, in the order of the paths.

    A file that matches no signature, or cannot be read, has the format *unknown*.  Raises
    IdentificationFailed.
    """
    remaining = iter(paths)
    batch = list(islice(remaining, _BATCH))
    if not batch:
        return
    command = [sys.executable, "-P", "-c", _WORKER]
    # Its garbage is cheap to collect often: a third less memory, no time lost.
    quiet = {"GOGC": "5", **os.environ}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=quiet)
    try:
        while batch:
            formats = _ask(process, [str(root / path) for path in batch])
            yield from zip(batch, formats, strict=True)
            batch = list(islice(remaining, _BATCH))
    except BaseException:
        process.kill()
        raise
    finally:
        # It ends by itself, and tidies up, once nothing more can come.
        with suppress(BrokenPipeError):  # a request that it died of cannot be flushed
            process.__exit__(None, None, None)


def _ask(process: "subprocess.Popen[bytes]", files: list[str]) -> list[Format]:
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(files).encode() + b"\n")
        process.stdin.flush()
        return [Format(*map(sys.intern, item)) for item in json.loads(process.stdout.readline())]
    except (OSError, ValueError) as error:
        raise IdentificationFailed(f"format identification ended early ({error})") from error


def _work() -> None:
    """The process's own side: a JSON list of paths in, a JSON list of formats out, a line each."""
    from pygfried import Scanner

    scanner = Scanner()
    with tempfile.TemporaryDirectory(prefix="luutru-") as folder:
        for line in sys.stdin.buffer:
            files: list[str] = json.loads(line)
            asked = [_plain_name(file, Path(folder) / str(at)) for at, file in enumerate(files)]
            found = {
                item["filename"]: item["matches"]
                for item in scanner.identify_many(asked, workers=cores())["files"]
            }
            answer = [_first(found.get(file, [])) for file in asked]
            sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
            sys.stdout.buffer.flush()


def _plain_name(file: str, alias: Path) -> str:
    """The file itself, or a link to it by another name: siegfried's answer cannot carry every name."""
    if file.isprintable() and '"' not in file and "\\" not in file:
        return file
    suffix = Path(file).suffix
    alias = alias.with_suffix(suffix if suffix[1:].isalnum() else "")
    alias.unlink(missing_ok=True)
    alias.symlink_to(file)
    return str(alias)


def _first(matches: "list[Match]") -> tuple[str, str, str, str]:
    for match in matches:
        if match["ns"] == "pronom" and match["id"] != "UNKNOWN":
            return (
                match["id"],
                match["format"] or "unknown",
                match["version"],
                match["mime"].split(",")[0].strip(),
            )
    return "", "unknown", "", ""
