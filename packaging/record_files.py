"""Paths that descriptions give of files, held against the files of a package."""

from collections.abc import Collection
from unicodedata import normalize

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.record_profile import RecordProfile
from luutru.packaging.contents import Contents

_SHOWN = 200


class DescribedFiles:
    """Which files of a package are described, as far as descriptions name any."""

    def __init__(self, contents: Contents, profile: RecordProfile, report: Report) -> None:
        self._contents, self._profile, self._report = contents, profile, report
        self._seen: set[str] = set()
        self._named = False
        # Tables are written with composed letters; the names of files may be decomposed.
        self._composed = {normalize("NFC", path): path for path in contents.sizes if not path.isascii()}
        tops = {
            "/".join(path.split("/")[:2]) for path in contents.sizes if path.startswith("representations/")
        }
        self._folders = [
            "",
            "data/",
            *(f"{top}/data/" for top in sorted(tops)),
            *(f"{top}/" for top in sorted(tops)),
        ]

    def take(self, path: str, place: str) -> None:
        """Note the file of one description; one that is not there, or was described before, is told."""
        self._named = True
        found = self._find(path, place)
        if found is None:
            self._add("file-missing", "RECORD-FILE/missing", place, path=path[:_SHOWN])
        elif found in self._seen:
            self._add("file-doubled", "RECORD-FILE/doubled", place, path=path[:_SHOWN])
        else:
            self._seen.add(found)

    def finish(self, carriers: Collection[str]) -> None:
        """Tell the records that no description names, where any is named at all."""
        if not self._named:
            return
        for path in self._contents.sizes:
            if _is_record(path) and path not in self._seen and path not in carriers:
                self._add("undescribed", "RECORD-FILE/undescribed", path)

    def _find(self, path: str, place: str) -> str | None:
        name = normalize("NFC", path.replace("\\", "/")).removeprefix("./")
        own = place.rpartition(":")[0].rpartition("/")[0]
        for folder in (*self._folders, f"{own}/" if own else ""):
            whole = folder + name
            whole = self._composed.get(whole, whole)
            if whole in self._contents.sizes:
                return whole
        return None

    def _add(self, weight: str, rule: str, place: str, **words: str) -> None:
        profile = self._profile
        self._report.add(rule, place, severity=profile.weights[weight], **words, source=profile.cite())


def _is_record(path: str) -> bool:
    """Whether a file is one of the package's records: its payload."""
    parts = path.split("/", 3)
    return parts[0] == "data" or (parts[0] == "representations" and len(parts) == 4 and parts[2] == "data")
