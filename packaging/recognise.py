"""What a package is, told by what lies in it, never by its name (OAIS *Receive Submission*)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from luutru.metadata_profiles.finding import Report
from luutru.packaging.contents import Contents

PackageKind = Literal["bagit", "eark", "bagged-eark", "unknown"]

_BAG = "bagit.txt"
_METS = "METS.xml"
_HEAD = 8192
# What file managers leave behind.
_JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a package is and where: ``root`` is the folder of the bag or of the E-ARK package.

    ``package`` is the folder of the E-ARK package, which in a bag lies below its ``data/``.
    Folders are paths in the contents, empty for the top.
    """

    kind: PackageKind
    root: str = ""
    package: str = ""


def recognise(contents: Contents, report: Report | None = None) -> Recognised:
    """The kind and place of a package: at the top, or in the only folder there.

    A finding for each file that a file manager left beside that folder.
    """
    recognised = _recognised(contents)
    if report is not None and recognised.root:
        for path in _beside(contents, recognised.root):
            report.add("LUUTRU-UNPACK/junk", path)
    return recognised


def _beside(contents: Contents, folder: str) -> Iterator[str]:
    return (path for path in contents.sizes if not path.startswith(f"{folder}/"))


def _recognised(contents: Contents) -> Recognised:
    for folder in _candidates(contents):
        prefix = f"{folder}/" if folder else ""
        if prefix + _BAG in contents.sizes or _like_a_bag(contents, prefix):
            inner = _package_in_payload(contents, prefix)
            if inner is not None:
                return Recognised("bagged-eark", folder, inner)
            return Recognised("bagit", folder)
        if _has_mets(contents, prefix):
            return Recognised("eark", folder, folder)
    return Recognised("unknown")


def _candidates(contents: Contents) -> list[str]:
    """The top, and its only folder where nothing but what file managers leave lies beside it."""
    tops = {path.partition("/")[0] for path in contents.sizes}
    tops -= {top for top in tops if top in _JUNK or top.startswith("._")}
    only = next(iter(tops)) if len(tops) == 1 else ""
    inside = only and any(path.startswith(f"{only}/") for path in contents.sizes)
    return ["", only] if inside else [""]


def _like_a_bag(contents: Contents, prefix: str) -> bool:
    """A bag that lost its declaration is a bad bag, not an unknown thing."""
    manifest = any(
        path.startswith(f"{prefix}manifest-") and path.endswith(".txt") and "/" not in path[len(prefix) :]
        for path in contents.sizes
    )
    return manifest and any(path.startswith(f"{prefix}data/") for path in contents.sizes)


def _has_mets(contents: Contents, prefix: str) -> bool:
    """A METS at the top, or the folders of an information package without one (a bad package)."""
    if prefix + _METS in contents.sizes:
        return True
    folders = {path[len(prefix) :].partition("/")[0] for path in contents.sizes if path.startswith(prefix)}
    folders |= {
        folder[len(prefix) :].partition("/")[0] for folder in contents.folders if folder.startswith(prefix)
    }
    return "representations" in folders and bool({"metadata", "schemas", "documentation"} & folders)


def _package_in_payload(contents: Contents, prefix: str) -> str | None:
    """The folder of an E-ARK package that is the bag's payload, if there is one."""
    data = f"{prefix}data/"
    if _says_eark(contents, data + _METS):
        return data.rstrip("/")
    tops = {path[len(data) :].partition("/")[0] for path in contents.sizes if path.startswith(data)}
    if len(tops) == 1:
        only = data + tops.pop()
        if _says_eark(contents, f"{only}/{_METS}"):
            return only
    return None


def _says_eark(contents: Contents, path: str) -> bool:
    """Whether a METS names the profiles or the extension of E-ARK: a bag may hold any METS as a record."""
    if path not in contents.sizes:
        return False
    try:
        with contents.open(path) as stream:
            return b"dilcis" in stream.read(_HEAD).lower()
    except OSError:
        return False
