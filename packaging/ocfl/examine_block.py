"""One block of an OCFL inventory that leads from digests to paths: manifest, state, fixity (OCFL section 3.5).

An inventory of 100,000 files has 200,000 entries: the plain ones are taken many at a time,
only the others are looked at one by one.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.json_stream import JsonStream

# Longer than any that a file system takes.
_LONG_PATH = 4096
_SUSPICIOUS = ("\n/", "/\n", "\n.", ".\n", "/.", "//", "\n\n")


@dataclass(frozen=True, slots=True)
class BlockRules:
    """The rules of a kind of block; ``folded`` is whether a digest's letter case does not tell it apart."""

    repeated: str
    no_list: str
    twice: str
    slash: str
    element: str
    folded: bool = True


MANIFEST = BlockRules("E096", "E092/not-a-list", "E101/twice", "E100", "E099")
FIXITY = BlockRules("E097", "E057/not-a-list", "E093/twice", "E100", "E099")
STATE = BlockRules("E050/twice", "E050/not-a-list", "E095/twice", "E053", "E052", folded=False)


class BlockReader:
    """Reads the blocks of one inventory; what each version's state repeats is kept once."""

    def __init__(self, json: JsonStream, where: str, report: Report) -> None:
        self._json = json
        self._where = where
        self._report = report
        self._first_state: dict[str, str] | None = None
        self._strings: dict[str, str] = {}

    def read(self, name: str, rules: BlockRules) -> dict[str, str]:
        """Path -> digest, as it is written; what is wrong with the block's form is reported."""
        block: dict[str, str] = {}
        digests: set[str] = set()
        for batch in self._json.batches():
            if not self._take_plain(batch, rules, block, digests):
                self._take_one_by_one(batch, name, rules, block, digests)
        return self._shared(block) if rules is STATE else block

    def _shared(self, state: dict[str, str]) -> dict[str, str]:
        """The same state, of the very texts of earlier ones: most objects have one version only."""
        if self._first_state is None:
            self._first_state = state
            return state
        keep = self._strings.setdefault
        if not self._strings:
            for path, digest in self._first_state.items():
                keep(path, path)
                keep(digest, digest)
        return {keep(path, path): keep(digest, digest) for path, digest in state.items()}

    def _take_plain(
        self,
        batch: Sequence[tuple[str, object]],
        rules: BlockRules,
        block: dict[str, str],
        digests: set[str],
    ) -> bool:
        """Take entries of one plain path each that repeat nothing; False where they are not such."""
        plain = _plain_entries(batch)
        if plain is None:
            return False
        paths, found = plain
        folded = found
        if rules.folded and (text := "".join(found)) != text.lower():
            folded = [one.lower() for one in found]
        fresh = set(folded)
        if len(fresh) < len(found) or not digests.isdisjoint(fresh):
            return False
        if len(set(paths)) < len(paths) or not block.keys().isdisjoint(paths):
            return False
        digests |= fresh
        block.update(zip(paths, found, strict=True))
        return True

    def _take_one_by_one(
        self,
        batch: Sequence[tuple[str, object]],
        name: str,
        rules: BlockRules,
        block: dict[str, str],
        digests: set[str],
    ) -> None:
        add, where = self._report.add, self._where
        for digest, listed in batch:
            folded = digest.lower() if rules.folded else digest
            if folded in digests:
                add(rules.repeated, where, digest=digest, block=name, version=name)
            digests.add(folded)
            if not _is_list_of_texts(listed):
                add(rules.no_list, where, digest=digest, block=name, version=name)
                continue
            for path in listed:
                if path in block:
                    add(rules.twice, where, path=path, block=name, version=name)
                self._check_path(path, name, rules)
                block[path] = digest

    def _check_path(self, path: str, name: str, rules: BlockRules) -> None:
        if path.startswith("/") or path.endswith("/"):
            self._report.add(rules.slash, self._where, path=path, block=name)
        parts = (path.strip("/") if path else path).split("/")
        if "//" in path or any(part in ("", ".", "..") for part in parts):
            self._report.add(rules.element, self._where, path=path, block=name)


def _plain_entries(batch: Sequence[tuple[str, object]]) -> tuple[list[str], Sequence[str]] | None:
    """Paths and digests, where each entry has one path with nothing about it to be looked at; else None."""
    digests, lists = zip(*batch, strict=True)
    if set(map(type, lists)) != {list} or set(map(len, lists)) != {1}:
        return None
    paths = [listed[0] for listed in lists]
    if set(map(type, paths)) != {str}:
        return None
    # A line feed or a dot at the end of a name is rare, and costs no more than a second look.
    text = "\n" + "\n".join(paths) + "\n"
    return None if any(sign in text for sign in _SUSPICIOUS) else (paths, digests)


def _is_list_of_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(path, str) for path in value)


def conflicts(paths: Collection[str]) -> list[str]:
    """Paths that are also the folder of another path."""
    if max(map(len, paths), default=0) > _LONG_PATH:
        return _conflicts_of_long_paths(paths)
    folders: set[str] = set()
    for path in {path.rpartition("/")[0] for path in paths}:
        while path and path not in folders:
            folders.add(path)
            path = path.rpartition("/")[0]
    return [path for path in paths if path in folders]


def _conflicts_of_long_paths(paths: Collection[str]) -> list[str]:
    """The same without a text for each folder: a path of a megabyte may have half a million of them."""
    ordered = sorted(paths)
    found = []
    for path in paths:
        at = bisect_left(ordered, f"{path}/")
        if at < len(ordered) and ordered[at].startswith(f"{path}/"):
            found.append(path)
    return found
