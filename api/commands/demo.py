"""``luutru demo``: the whole story on sample records, each step done for real and told as it goes."""

import os
import shutil
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.filesize import decimal
from rich.panel import Panel
from rich.table import Table

from luutru.api.console import FAILED, LangOption, Language, language, out, safe
from luutru.api.report_text import findings_table, print_report
from luutru.api.words import word


def demo(
    lang: LangOption = None,
    home: Annotated[
        Path | None,
        typer.Option("--home", help="folder for the demo's archive (default: a new temporary one)"),
    ] = None,
) -> None:
    """The whole story on sample records, in a fresh temporary home, told as it goes."""
    place = home or Path(tempfile.mkdtemp(prefix="luutru-demo-"))
    if home and home.exists() and any(home.iterdir()):
        out.print(f"[red]{safe(home)}: not empty[/]")
        raise typer.Exit(FAILED)
    story = _Story(place, language(lang))
    begun = time.monotonic()
    try:
        story.tell()
    except _NotAsItShould as error:
        story.say("failed", style="bold red", what=error)
        raise typer.Exit(FAILED) from error
    story.end(time.monotonic() - begun)


class _NotAsItShould(Exception):
    """A step had another result than the story tells."""


class _Story:
    """The steps; each leaves what the next one needs."""

    def __init__(self, home: Path, chosen: Language) -> None:
        self.home = home
        self.chosen = chosen
        self.work = home / "agency"
        self.archive_home = home / "archive"
        texts = Path(__file__).with_name("demo_texts.toml").read_text("utf-8")
        self.texts: dict[str, dict[str, str]] = tomllib.loads(texts)

    def say(self, key: str, *, style: str = "bold", **words: Any) -> None:
        text = self.texts[key][self.chosen].format(**words)
        out.print(f"\n[{style}]{safe(text).replace(chr(92) + 'x0a', chr(10))}[/]")

    def tell(self) -> None:
        from luutru.repository.archive import open_archive

        title = self.texts["title"][self.chosen]
        out.print(Panel(title, box=box.DOUBLE, expand=False, style="bold cyan"))
        self._records()
        self._pack()
        self.archive = open_archive(self.archive_home)
        self._deposit()
        self._reject()
        self._damage()
        self._repair()
        self._rebuild()
        self._disseminate()

    def _records(self) -> None:
        from luutru.packaging.samples.records import OFFICE, TITLE, make_records

        self.records = self.work / "records"
        self.records.mkdir(parents=True)
        files = make_records(self.records)
        self.say("records", office=OFFICE)
        out.print(f"   [italic]{safe(TITLE)}[/]")
        table = _table(word("path", self.chosen), word("bytes", self.chosen))
        for file in files:
            table.add_row(safe(file.relative_to(self.records)), decimal(file.stat().st_size))
        out.print(table)

    def _pack(self) -> None:
        from luutru.packaging.package import validate_path
        from luutru.packaging.samples.as_bag import make_bag
        from luutru.packaging.samples.as_eark import make_eark_sip
        from luutru.packaging.unpack import Limits

        self.bag = make_bag(self.records, self.work / "bag")
        self.sip = make_eark_sip(self.records, self.work / "sip")
        self.say("packed")
        for package in (self.bag, self.sip):
            report = validate_path(package, limits=Limits())
            print_report(report, self.chosen)
            self._expect(report.valid, f"{package} is invalid")

    def _deposit(self) -> None:
        from luutru.packaging.samples.records import OFFICE_CODE
        from luutru.repository.ingest import ingest

        self.say("stored")
        table = _table(*(word(key, self.chosen) for key in ("path", "state", "object")))
        outcomes = [ingest(self.archive, package, agency=OFFICE_CODE) for package in (self.bag, self.sip)]
        for package, outcome in zip((self.bag, self.sip), outcomes, strict=True):
            table.add_row(package.name, f"[green]{word(outcome.status, self.chosen)}[/]", outcome.object_id)
            self._expect(outcome.status == "stored", f"{package} was {outcome.status}")
        out.print(table)
        self.object_id = outcomes[0].object_id or ""

    def _reject(self) -> None:
        from luutru.packaging.samples.as_bag import break_bag, make_bag
        from luutru.packaging.samples.records import OFFICE_CODE
        from luutru.repository.ingest import ingest

        broken = make_bag(self.records, self.work / "broken-bag")
        break_bag(broken)
        outcome = ingest(self.archive, broken, agency=OFFICE_CODE)
        self.say("rejected")
        out.print(f"[red]✗[/] {broken.name}: [bold]{word(outcome.status, self.chosen)}[/]")
        out.print(findings_table(outcome.report.findings, self.chosen))
        self._expect(outcome.status == "rejected", "the broken bag was not rejected")

    def _damage(self) -> None:
        second = self.archive.locations[1]
        chosen = next(file for file in second.list("ocfl") if file.path.endswith(".pdf"))
        path = Path(second.place) / chosen.path
        with path.open("r+b") as file:
            file.seek(chosen.size // 2)
            byte = file.read(1)
            file.seek(chosen.size // 2)
            file.write(bytes([byte[0] ^ 0x01]))
        self.say("damaged", path=path)
        found = self._audit()
        self._expect(found == ["altered"], f"the audit found {found}")

    def _audit(self) -> list[str]:
        from luutru.repository.audit import Damage, audit

        damages: list[Damage] = []
        summary = audit(self.archive, on_damage=damages.append)
        if damages:
            table = _table(*(word(key, self.chosen) for key in ("location", "path", "outcome")))
            for damage in damages:
                outcome = word(str(damage.outcome), self.chosen)
                table.add_row(damage.location, safe(damage.path), f"[red]{outcome}[/]")
            out.print(table)
        mark = "[green]✓[/]" if not damages else "[red]✗[/]"
        out.print(
            f"{mark} {summary.intact} {word('intact', self.chosen)}, {summary.damaged} "
            f"{word('damaged', self.chosen)}; {summary.files} {word('files', self.chosen).lower()}, "
            f"{decimal(summary.bytes)} {word('read', self.chosen)}"
        )
        return [str(damage.outcome) for damage in damages]

    def _repair(self) -> None:
        from luutru.repository.repair import Mended, repair

        self.say("repaired")
        done: list[Mended] = []
        repair(self.archive, on_action=done.append)
        for mended in done:
            out.print(f"[green]✓[/] {safe(mended.path)} ({word('from', self.chosen)} {mended.source})")
            out.print(f"  {word('quarantined', self.chosen)} {mended.location}/{safe(mended.quarantine)}")
        found = self._audit()
        self._expect([m.action for m in done] == ["restored"] and not found, f"{done}, {found}")

    def _rebuild(self) -> None:
        from luutru.repository.archive import open_archive
        from luutru.repository.rebuild import rebuild, rows_of

        before = rows_of(self.archive)
        self.archive.engine.dispose()
        for name in os.listdir(self.archive_home):
            if name.startswith("catalogue.db"):
                (self.archive_home / name).unlink()
        self.archive = open_archive(self.archive_home, rebuilding=True)
        rebuild(self.archive, self.archive.locations[1].name)
        self.say("rebuilt")
        after = rows_of(self.archive)
        count = sum(len(rows) for rows in after.values())
        text = self.texts["equal" if before == after else "unequal"][self.chosen].format(rows=count)
        out.print(f"[green]✓[/] {text}" if before == after else f"[red]✗ {text}[/]")
        self._expect(before == after, "the rebuilt catalogue differs")

    def _disseminate(self) -> None:
        from luutru.packaging.unpack import Limits
        from luutru.packaging.verify import verify
        from luutru.repository.access import disseminate_folder

        self.dip = self.home / "researcher" / "copy"
        disseminate_folder(self.archive, self.object_id, self.dip)
        self.say("disseminated")
        report, statement = verify(self.dip, self.archive.key.public, limits=Limits())
        print_report(report, self.chosen)
        for name in ("archive", "object", "version", "issued"):
            out.print(f"   {name}: {safe((statement or {}).get(name))}")
        files = [path for path in self.records.rglob("*") if path.is_file()]
        same = [
            path
            for path in files
            if (self.dip / "data" / path.relative_to(self.records)).read_bytes() == path.read_bytes()
        ]
        out.print(f"[green]✓[/] {self.texts['same-bytes'][self.chosen].format(count=len(same))}")
        self._expect(report.valid and len(same) == len(files), "the copy differs")

    def _expect(self, good: bool, what: str) -> None:
        if not good:
            raise _NotAsItShould(what)

    def end(self, seconds: float) -> None:
        self.say("end", style="bold green", seconds=f"{seconds:.1f}", home=self.home)
        short = self.object_id.rpartition(":")[2]
        name = "luutru" if shutil.which("luutru") else sys.argv[0]
        for command in (
            f"export LUUTRU_HOME={self.archive_home}",
            f"{name} list",
            f"{name} show {short}",
            f"{name} audit",
            f"{name} verify {self.dip}",
            f"{name} serve",
        ):
            out.print(f"   {command}", style="cyan")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
