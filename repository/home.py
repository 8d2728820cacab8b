"""Makes an archive's home with settings other than the first ones."""

from pathlib import Path

from luutru.fixity.durable import write_durably
from luutru.fixity.signing import PRIVATE_NAME, PUBLIC_NAME, load_or_create_key, load_public_key
from luutru.repository.archive import make_home
from luutru.repository.database import make_engine
from luutru.repository.schema import migrate
from luutru.repository.settings import FILE_NAME, S3_URL, default_home, load_settings


def initialise(home: Path | None, *, database: str | None, storage: list[str] | None) -> None:
    """Make a home; with a database or storage locations given, its settings are written with them.

    Raises ValueError for a location not of the form NAME=FOLDER or NAME=s3://BUCKET/PREFIX, for fewer than two, or when
    the home has settings already.
    """
    place = (home or default_home()).absolute()
    if not (database or storage):
        make_home(place)
        return
    if (place / FILE_NAME).exists():
        raise ValueError(f"{place / FILE_NAME} exists: edit it instead")
    lines = [f"database_url = {_quoted(database)}"] if database else []
    locations = [_location(item) for item in storage or []]
    if storage and len(locations) < 2:
        raise ValueError("give at least two storage locations, each on a medium of its own")
    for name, kind, where in locations:
        lines += ["", "[[locations]]", f"name = {_quoted(name)}", f"{kind} = {_quoted(where)}"]
    place.mkdir(parents=True, exist_ok=True)
    write_durably(place / FILE_NAME, ("\n".join(lines) + "\n").encode("utf-8"))


def migrate_catalogue(home: Path | None) -> tuple[str | None, str]:
    """Bring the catalogue of a home to the present schema, or make it; returns the schemas before and after.

    Raises CatalogueOutdated for one that a later version made, CatalogueUnavailable.
    """
    place = (home or default_home()).absolute()
    make_home(place)
    engine = make_engine(load_settings(place).database)
    try:
        return migrate(engine)
    finally:
        engine.dispose()


def make_new_key(home: Path | None) -> None:
    """Make another key where the archive's is lost; the old public half is kept, to check what it signed."""
    folder = load_settings(home).shared_folder / "keys"
    public = folder / PUBLIC_NAME
    if public.exists() and not (folder / PRIVATE_NAME).exists():
        public.rename(folder / f"archive-key.{load_public_key(public).id}.pub.pem")
    load_or_create_key(folder)


def _location(item: str) -> tuple[str, str, str]:
    """Name, kind of setting and place of a location."""
    name, separator, place = item.partition("=")
    if not (name and separator and place):
        raise ValueError(f"{item!r} is not of the form NAME=FOLDER or NAME=s3://BUCKET/PREFIX")
    if place.startswith(S3_URL):
        return name, "url", place
    return name, "path", str(Path(place).absolute())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
