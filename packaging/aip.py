"""The AIP kept of a SIP: where each submitted file lies in it (E-ARK AIP; OAIS *AIP Design*).

No submitted byte and no name is lost: the mapping is one to one, and the producer's own path
stands in PREMIS as *originalName*.

========================  ==========================================================
in a bag                  in the AIP
``data/X``                ``representations/rep1/data/X``
any other file T          ``submission/bagit/T``
in an E-ARK package       in the AIP
``representations/**``    the same, likewise ``documentation/**``, ``schemas/**``,
                          ``metadata/descriptive/**`` and ``metadata/other/**``
any other file P          ``submission/eark/P`` (its METS.xml, preservation metadata ...)
========================  ==========================================================

In a bag that holds an E-ARK package the bag's tag files go as in a bag, the package's as in
an E-ARK package; what lies beside the package in the payload goes to ``submission/payload/``.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from luutru.packaging.recognise import Recognised

METS_PATH = "METS.xml"
PREMIS_PATH = "metadata/preservation/premis.xml"

_KEPT = ("representations/", "documentation/", "schemas/", "metadata/descriptive/", "metadata/other/")


def aip_path(recognised: Recognised, path: str) -> str:
    """Where a file of a recognised SIP lies in its AIP; ``path`` as in the SIP's contents."""
    root, package = _folder(recognised.root), _folder(recognised.package)
    if not path.startswith(root):
        return f"submission/beside/{path}"
    if recognised.kind == "eark":
        return _eark(path.removeprefix(package)) if path.startswith(package) else f"submission/beside/{path}"
    inner = path.removeprefix(root)
    if not inner.startswith("data/"):
        return f"submission/bagit/{inner}"
    if recognised.kind == "bagit":
        return f"representations/rep1/{inner}"
    if path.startswith(package):
        return _eark(path.removeprefix(package))
    return f"submission/payload/{inner.removeprefix('data/')}"


def _eark(path: str) -> str:
    return path if path.startswith(_KEPT) and "/" in path else f"submission/eark/{path}"


def _folder(prefix: str) -> str:
    return prefix.rstrip("/") + "/" if prefix else ""


def arrange(unpacked: Path, content: Path, places: Mapping[str, str]) -> None:
    """Move files to their places (source path -> AIP path), whole folders at once where they stay together.

    Both folders are on one file system.  Raises OSError.
    """
    content.mkdir(parents=True)
    for source, target in _moves(places):
        destination = content / target
        destination.parent.mkdir(parents=True, exist_ok=True)
        (unpacked / source).rename(destination)


def _moves(places: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """The fewest renames: the topmost folders all of whose files keep their path below one place."""
    moves: dict[str, str | None] = {}
    for source, target in places.items():
        for folder, place in _folders(source, target):
            if moves.setdefault(folder, place) != place:
                moves[folder] = None
    done: dict[str, str] = {}
    for source, target in places.items():
        for folder, _ in reversed(list(_folders(source, target))):
            if place := moves[folder]:
                done[folder] = place
                break
        else:
            done[source] = target
    return done.items()


def _folders(source: str, target: str) -> Iterator[tuple[str, str | None]]:
    """Every folder above the source, deepest first, and where it would go for this file alone.

    None where source and target are not the same path below it: it cannot move as one.
    """
    together = True
    while "/" in source:
        source, _, name = source.rpartition("/")
        target, _, same = target.rpartition("/")
        together = together and name == same and bool(target)
        yield source, target if together else None
