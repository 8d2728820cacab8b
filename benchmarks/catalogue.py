"""The catalogue by its size, on SQLite and PostgreSQL: what an archive asks most, from 10,000 to 1,000,000 objects.

Rows are generated, ten files, two copies and five events an object, and loaded in bulk; then each
question is asked again and again with a cold choice of object, by the functions the archive
itself uses.  Printed is the median and the slowest of the answers, in milliseconds.

- *next to audit*: the 100 copies whose last check is the longest ago.
- *page*: one object with its versions, files, copies and events.
- *identifier*: one object and its deposit, by their identifiers.
- *agency*: a page of 100 objects of one agency, with their copies by state.
- *register*: a new object of ten files with its copies and five events, committed to the medium.
- *record*: one audit of a copy, committed to the medium.

PostgreSQL is the server of LUUTRU_TEST_POSTGRES; without it SQLite alone is measured.

    python benchmarks/catalogue.py [--objects 10000,100000] [--files 10] [--rounds 50] [--on sqlite]
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha512
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import SQLModel

from luutru.repository import holdings
from luutru.repository.catalog import insert_many, open_catalog, reading, table_of, writing
from luutru.repository.events import EventRecord, now, record
from luutru.repository.models import Copy, Deposit, Event, File, Object, Version

START = datetime(2026, 1, 1, tzinfo=UTC)
COPIES = ("local-1", "local-2")
TYPES = ("transfer", "validation", "ingestion", "replication", "ingestion end")


def main() -> None:
    """Fill each database step by step and measure at each step."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--objects", default="10000,100000", help="sizes, growing: numbers of objects")
    asked.add_argument("--files", type=int, default=10, help="files of an object")
    asked.add_argument("--rounds", type=int, default=50, help="how often each question is asked, at most 100")
    asked.add_argument("--on", choices=("sqlite", "postgresql"), help="one database alone")
    given = asked.parse_args()
    sizes = sorted(int(size) for size in given.objects.split(","))
    print(f"{'database':<11}{'objects':>9}{'file rows':>11}{'load s':>8}  median / slowest answer in ms")
    if given.on != "postgresql":
        with tempfile.TemporaryDirectory(prefix="luutru-bench-") as folder:
            measure("sqlite", f"sqlite:///{Path(folder) / 'catalogue.db'}", sizes, given.files, given.rounds)
    if given.on == "sqlite":
        return
    if server := os.environ.get("LUUTRU_TEST_POSTGRES"):
        with new_database(server) as url:
            measure("postgresql", url, sizes, given.files, given.rounds)
    else:
        print("no PostgreSQL: LUUTRU_TEST_POSTGRES names no server", file=sys.stderr)


class new_database:
    """A database for the time of one measurement."""

    def __init__(self, server: str) -> None:
        self._url = sa.make_url(server)
        self._name = f"luutru_bench_{uuid4().hex}"

    def __enter__(self) -> str:
        self._run(f"create database {self._name}")
        return self._url.set(database=self._name).render_as_string(hide_password=False)

    def __exit__(self, *_: object) -> None:
        self._run(f"drop database {self._name} with (force)")

    def _run(self, statement: str) -> None:
        engine = sa.create_engine(
            self._url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


def measure(name: str, url: str, sizes: list[int], files: int, rounds: int) -> None:
    """One database through all sizes."""
    engine = open_catalog(url)
    loaded = 0
    for size in sizes:
        begun = time.perf_counter()
        while loaded < size:
            upto = min(size, loaded + 20_000)
            load(engine, range(loaded, upto), files)
            loaded = upto
        with engine.begin() as connection:
            connection.exec_driver_sql("analyze")
        seconds = time.perf_counter() - begun
        told = "  ".join(
            f"{what} {ask(rounds, question)}" for what, question in questions(engine, size, files)
        )
        print(f"{name:<11}{size:>9}{size * files:>11}{seconds:>8.0f}  {told}", flush=True)
    engine.dispose()


def ask(rounds: int, question: Callable[[], None]) -> str:
    """Median and slowest time of a question in milliseconds."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        question()
        taken.append((time.perf_counter() - begun) * 1000)
    return f"{statistics.median(taken):.1f} / {max(taken):.1f}"


def questions(engine: sa.Engine, size: int, files: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """What is asked, by name."""
    chance = random.Random(size)
    fresh = iter(range(10**9 + size, 10**10))

    def due() -> None:
        with reading(engine) as session:
            assert len(holdings.due_copies(session, now(), limit=100)) == 100

    def page() -> None:
        with reading(engine) as session:
            found = holdings.get_object(session, object_id(chance.randrange(size)))
            assert holdings.versions_of(session, found.id) and holdings.copies_of(session, found.id)
            assert len(holdings.files_of(session, found.id)) == min(files, 100)
            assert holdings.events_of(session, found.id)

    def identifier() -> None:
        with reading(engine) as session:
            number = chance.randrange(size)
            assert holdings.get_object(session, object_id(number).removeprefix("urn:uuid:"))
            assert session.get(Deposit, uuid(number))

    def agency() -> None:
        with reading(engine) as session:
            after = object_id(chance.randrange(size // 2))
            found = holdings.list_objects(session, agency=f"H{chance.randrange(50)}", after=after, limit=100)
            assert found and len(holdings.summaries(session, found)) == len(found)

    def register() -> None:
        number = next(fresh)
        with writing(engine) as session:
            for model, rows in rows_of_objects([number], files):
                if model is not Event:
                    insert_many(session, model, rows)
            for type_ in TYPES:
                record(session, EventRecord(type_, object_id=object_id(number), deposit_id=uuid(number)))

    def checked() -> None:
        held = object_id(chance.randrange(size))
        copy = {"object_id": held, "location": "local-1", "state": "intact", "checked": now().isoformat()}
        with writing(engine) as session:
            record(session, EventRecord("fixity check", object_id=held, facts={"copy": copy}))

    yield from {
        "next to audit": due,
        "page": page,
        "identifier": identifier,
        "agency": agency,
        "register": register,
        "record": checked,
    }.items()


def load(engine: sa.Engine, numbers: range, files: int) -> None:
    """Bring generated objects in, as fast as the database takes them."""
    if engine.dialect.name != "postgresql":
        with writing(engine) as session:
            for model, rows in rows_of_objects(numbers, files):
                insert_many(session, model, rows)
        return
    with engine.begin() as connection:
        raw: Any = connection.connection.driver_connection
        for model, rows in rows_of_objects(numbers, files):
            columns = [column.name for column in table_of(model).columns]
            with raw.cursor().copy(f'copy "{table_of(model).name}" ({",".join(columns)}) from stdin') as copy:
                for row in rows:
                    copy.write_row([_plain(row.get(name)) for name in columns])


def _plain(value: object) -> object:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def rows_of_objects(
    numbers: range | list[int], files: int
) -> Iterator[tuple[type[SQLModel], Iterator[dict[str, Any]]]]:
    """The rows of generated objects, table by table."""
    ids = [(number, object_id(number)) for number in numbers]
    yield Object, (
        {"id": id, "agency": agency_of(n), "title": f"Hồ sơ số {n}", "kind": "bagit", "path": path_of(id),
         "head": "v1", "created": moment(n)}
        for n, id in ids
    )  # fmt: skip
    yield Version, (
        {"object_id": id, "number": "v1", "created": moment(n), "message": "", "inventory_digest": digest(n),
         "files": files, "bytes": files * 50_000}
        for n, id in ids
    )  # fmt: skip
    yield File, (
        {"object_id": id, "path": f"representations/rep1/data/Tờ trình {k:04}.pdf", "version": "v1",
         "size": 50_000, "sha512": digest(n * 31 + k), "puid": "fmt/477", "mime": "application/pdf",
         "original_name": f"data/Tờ trình {k:04}.pdf"}
        for n, id in ids
        for k in range(files)
    )  # fmt: skip
    yield Copy, (
        {"object_id": id, "location": name, "state": "intact", "stored": moment(n), "checked": moment(n)}
        for n, id in ids
        for name in COPIES
    )  # fmt: skip
    yield Deposit, (
        {"id": uuid(n), "agency": agency_of(n), "source": f"sip-{n}", "status": "stored", "received": moment(n),
         "finished": moment(n), "fingerprint": digest(n), "object_id": id}
        for n, id in ids
    )  # fmt: skip
    yield Event, (
        {"sequence": n * 1000 + k + 1, "id": f"urn:uuid:{UUID(int=n * 8 + k)}", "type": type_,
         "date_time": moment(n), "outcome": "success", "detail": f"{type_} of the submission",
         "agent": "Luutru", "object_id": id, "deposit_id": uuid(n)}
        for n, id in ids
        for k, type_ in enumerate(TYPES)
    )  # fmt: skip


def uuid(number: int) -> str:
    """An identifier that grows with its number, as UUIDv7 does."""
    return str(UUID(int=(number << 76) | (7 << 64) | int.from_bytes(sha512(b"%d" % number).digest()[:7])))


def object_id(number: int) -> str:
    """The identifier of a generated object."""
    return f"urn:uuid:{uuid(number)}"


def agency_of(number: int) -> str:
    """One of fifty agencies."""
    return f"H{number % 50}"


def path_of(object_id: str) -> str:
    """A path as long as a real one."""
    return f"ocfl/5eb/7ab/324/{object_id.replace(':', '%3a')}"


def moment(number: int) -> datetime:
    """When a generated object came."""
    return START + timedelta(seconds=number)


def digest(number: int) -> str:
    """128 hexadecimal digits that compress as badly as a real digest."""
    return sha512(b"%d" % number).hexdigest()


if __name__ == "__main__":
    main()
