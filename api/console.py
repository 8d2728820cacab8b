"""What all commands share: format, language, exit codes, and text that is safe to print.

Exit codes are part of the contract: 0 good, 1 the content is bad, 2 the command could
not do its work.
"""

import json
import locale
import os
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from rich.progress import Progress

Language = Literal["vi", "en"]

GOOD, BAD, FAILED = 0, 1, 2


class Format(StrEnum):
    """Text for people or one JSON object a line for programs."""

    TEXT = "text"
    JSONL = "jsonl"


class ReportFormat(StrEnum):
    """What a report on packages can be written as; html is one page on all of them."""

    TEXT = "text"
    JSONL = "jsonl"
    HTML = "html"


class Lang(StrEnum):
    """Vietnamese or English."""

    VI = "vi"
    EN = "en"


FormatOption = Annotated[Format, typer.Option("--format", help="text for people, jsonl for programs")]
LangOption = Annotated[Lang | None, typer.Option("--lang", help="language of findings: vi or en")]
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="the archive's home [LUUTRU_HOME, else ./luutru-home]")
]

out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
err = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def language(choice: Lang | None, setting: Language | None = None) -> Language:
    """The option, else ``LUUTRU_LANGUAGE``, else the home's setting, else the locale's, else English."""
    chosen = (choice and choice.value) or os.environ.get("LUUTRU_LANGUAGE") or setting
    if chosen in ("vi", "en"):
        return cast(Language, chosen)
    return "vi" if (locale.getlocale()[0] or "").startswith("vi") else "en"


def safe(text: object) -> str:
    """Text from outside, made harmless for a terminal and for rich's markup."""
    shown = "".join(
        f"\\x{ord(c):02x}" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in str(text)
    )
    return escape(shown)


def print_json(line: Mapping[str, Any]) -> None:
    """One JSON object on one line of standard output."""
    data = json.dumps(line, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(data.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def fail(message: object) -> typer.Exit:
    """Say on standard error why the command could not do its work; raise what this returns."""
    err.print(f"[bold red]luutru:[/] {safe(message)}")
    return typer.Exit(FAILED)


class Ticker:
    """A progress bar on a terminal, silent elsewhere; counts bytes."""

    def __init__(self, progress: "Progress | None", task: int) -> None:
        self._progress = progress
        self._task = task

    def __call__(self, files: int, size: int) -> None:
        """Files and bytes done since the last call."""
        if self._progress:
            self._progress.update(cast(Any, self._task), advance=size)


@contextmanager
def progress(title: str, total_bytes: int | None = None) -> Iterator[Ticker]:
    """A progress bar for something that can last; only where a person is looking."""
    if not sys.stderr.isatty():
        yield Ticker(None, 0)
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        yield Ticker(bar, bar.add_task(safe(title), total=total_bytes))
