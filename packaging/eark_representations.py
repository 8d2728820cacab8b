"""Representations of an E-ARK package against the divisions of its root METS (CSIP105, CSIP107, CSIP110).

Each representation that has a METS of its own should have a division in the root's structural
map that is named after it and points to that METS; none may speak of one that is not there.
"""

import posixpath
from collections.abc import Iterable
from urllib.parse import unquote

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import Mets, Q, attributes, divisions, place_of


def check_representation_divisions(root: Mets, described: Iterable[str], report: Report) -> None:
    """Hold the root METS's divisions against the representations' METS documents (``described``: their paths)."""
    waiting = {path.casefold(): path for path in described}
    expected = dict(waiting)
    for struct_map in [item for item in root.struct_maps if item.get("LABEL") == "CSIP"]:
        for division in divisions(struct_map):
            place, label = place_of(root.location, division), division.get("LABEL") or ""
            targets = [
                _path(attributes(pointer).get("xlink:href", "")) for pointer in division.findall(f"{Q}mptr")
            ]
            for target in targets:
                known = expected.get(target.casefold())
                waiting.pop(target.casefold(), None)
                if known and not _names(label, known):
                    report.add("CSIP107", place, value=label, path=known)
                    report.add("CSIP110/label", place, value=label, path=known)
            named = f"{_path(label)}/METS.xml".casefold()
            if label.startswith("Representations/") and targets and named not in expected:
                report.add("CSIP105/missing", place, value=label)
                report.add("CSIP107/missing", place, value=label)
    for path in waiting.values():
        report.add("CSIP105", f"{root.location}/structMap", path=path)
        report.add("CSIP107/not-named", f"{root.location}/structMap", path=path)


def _path(href: str) -> str:
    return posixpath.normpath(unquote(href.strip()).removeprefix("./").rstrip("/")) if href.strip() else ""


def _names(label: str, mets_path: str) -> bool:
    """Whether a label is the path of the METS document (2.0.4) or of its folder (2.1), in any letter case."""
    return _path(label).casefold() in (mets_path.casefold(), mets_path.rpartition("/")[0].casefold())
