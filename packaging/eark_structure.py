"""The folders of an E-ARK package (CSIP section 4, CSIPSTR1 to CSIPSTR16), and the METS held against them."""

from collections.abc import Iterable

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import Mets
from luutru.packaging.contents import Contents


def check_structure(contents: Contents, present: "Folders", report: Report) -> None:
    """Check which folders there are and what lies in them; requirements that a reader cannot test are left out."""
    folders = present.all
    if "METS.xml" not in contents.sizes:
        report.add("CSIPSTR4", "METS.xml")
    if "metadata" not in folders:
        report.add("CSIPSTR5", "metadata/")
    else:
        if "metadata/preservation" not in folders:
            report.add("CSIPSTR6", "metadata/preservation/")
        if "metadata/descriptive" not in folders:
            report.add("CSIPSTR7", "metadata/descriptive/")
    if "representations" not in folders:
        report.add("CSIPSTR9", "representations/")
    else:
        _representations(contents, folders, report)
    if "schemas" not in folders:
        report.add("CSIPSTR15", "schemas/")
    if "documentation" not in folders:
        report.add("CSIPSTR16", "documentation/")


def _representations(contents: Contents, folders: set[str], report: Report) -> None:
    found = {folder for folder in folders if folder.startswith("representations/") and folder.count("/") == 1}
    if not found:
        report.add("CSIPSTR10", "representations/")
    for folder in sorted(found):
        if f"{folder}/data" not in folders:
            report.add("CSIPSTR11", f"{folder}/data/")
        if f"{folder}/METS.xml" not in contents.sizes:
            report.add("CSIPSTR12", f"{folder}/METS.xml")
        if f"{folder}/metadata" not in folders:
            report.add("CSIPSTR13", f"{folder}/metadata/")


def check_against_folders(mets: Mets, folders: "Folders", folder: str, report: Report) -> None:
    """Check that a METS describes the metadata in its folder (CSIP17, CSIP31) and names folders there (CSIP64)."""
    place = f"{mets.location}/mets"
    kinds = folders.filled_below(f"{folder}metadata")
    if "descriptive" in kinds and not mets.dmd_secs:
        report.add("CSIP17", place)
    if "preservation" in kinds and not mets.amd_secs:
        report.add("CSIP31/not-described", place)
    if mets.amd_secs and kinds <= {"descriptive"}:
        report.add("CSIP31/no-files", place)
    for group in mets.groups:
        use = group.attributes.get("USE", "").strip("/")
        if use and not folders.has(folder + use):
            report.add("CSIP64/folder", group.location, value=use)


class Folders:
    """The folders of a package, looked at once for all of its METS documents."""

    def __init__(self, contents: Contents) -> None:
        self.all = _folders(contents.sizes, contents.folders)
        self._folded = {path.casefold() for path in self.all}
        self._below: dict[str, set[str]] = {}
        for path in _folders(contents.sizes):
            parent, _, name = path.rpartition("/")
            if parent.rpartition("/")[2] == "metadata":
                self._below.setdefault(parent, set()).add(name)

    def has(self, path: str) -> bool:
        """Whether there is such a folder, whatever its letter case."""
        return path.casefold() in self._folded

    def filled_below(self, metadata: str) -> set[str]:
        """The names of the folders with files in them, in a folder of metadata."""
        return self._below.get(metadata, set())


def _folders(files: Iterable[str], empty: Iterable[str] = ()) -> set[str]:
    """Every folder above the files, and the empty ones."""
    found: set[str] = set()
    for path in (*(path.rpartition("/")[0] for path in files), *empty):
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return found
