"""Payload and tag manifests (RFC 8493, sections 2.1.3 and 2.2.1)."""

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from luutru.fixity.digest import UnknownAlgorithm, digest_size, normalise
from luutru.metadata_profiles.finding import Report, Severity
from luutru.packaging.bag_tags import Declaration, decode_path, has_bare_percent, is_variable, read_lines
from luutru.packaging.contents import Contents
from luutru.packaging.paths import is_safe

_NAME = re.compile(r"(tag)?manifest-([^/]+)\.txt")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_PLAIN = re.compile(r"[a-z0-9]+")


@dataclass(slots=True)
class Manifest:
    """One manifest: the digest it gives to each path that is in the bag, and those that are not."""

    name: str
    algorithm: str
    digests: dict[str, bytes] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)


def manifest_names(contents: Contents) -> tuple[list[str], list[str]]:
    """The names of the bag's payload manifests and tag manifests."""
    payload: list[str] = []
    tags: list[str] = []
    for path in sorted(path for path in contents.sizes if "/" not in path):
        if match := _NAME.fullmatch(path):
            (tags if match[1] else payload).append(path)
    return payload, tags


def is_manifest(path: str) -> bool:
    """Whether a file of this name is a payload or tag manifest."""
    return _NAME.fullmatch(path) is not None


def manifest_algorithms(names: Iterable[str]) -> list[str]:
    """The known algorithms that manifests of these names use."""
    found: dict[str, None] = {}
    for name in names:
        if match := _NAME.fullmatch(name):
            with suppress(UnknownAlgorithm):
                found[normalise(match[2])] = None
    return list(found)


def read_manifest(contents: Contents, name: str, declaration: Declaration, report: Report) -> Manifest | None:
    """One manifest, its paths resolved to the files they mean; None where its algorithm is not known."""
    match = _NAME.fullmatch(name)
    assert match is not None
    try:
        manifest = Manifest(name, normalise(match[2]))
    except UnknownAlgorithm:
        report.add("RFC8493-2.4/unknown-algorithm", name, algorithm=match[2])
        return None
    if not _PLAIN.fullmatch(match[2]):
        severity = None if declaration.strict else Severity.WARNING
        report.add("RFC8493-2.4/algorithm-name", name, severity=severity, algorithm=match[2])
    if manifest.algorithm in ("md5", "sha1") and not match[1]:
        report.add("RFC8493-2.4/weak", name, algorithm=match[2])
    _Reader(contents, manifest, declaration, report, tags=bool(match[1])).run()
    return manifest


class _Reader:
    """Reads the entries of one manifest."""

    def __init__(
        self, contents: Contents, manifest: Manifest, declaration: Declaration, report: Report, *, tags: bool
    ) -> None:
        self._contents = contents
        self._manifest = manifest
        self._declaration = declaration
        self._report = report
        self._tags = tags
        self._length = 2 * digest_size(manifest.algorithm)
        self._by_nfc: dict[str, str] | None = None
        self._folders: set[str] | None = None

    def run(self) -> None:
        lines = read_lines(self._contents, self._manifest.name, self._declaration, self._report)
        digests, sizes = self._manifest.digests, self._contents.sizes
        doubtful: list[tuple[int, str]] = []
        length, tags, fromhex = self._length, self._tags, bytes.fromhex
        for number, line in enumerate(lines, 1):
            # The common line, quickly: a digest, two spaces, a plain path of the bag, not met yet.
            path = line[length + 2 :]
            if (
                line[length : length + 2] == "  "
                and path in sizes
                and path not in digests
                and "%" not in path
                and path.startswith("data/") is not tags
            ):
                try:
                    digest = fromhex(line[:length])
                except ValueError:
                    digest = b""
                if 2 * len(digest) == length:
                    digests[path] = digest
                    continue
            doubtful.append((number, line))
        for number, line in doubtful:
            self._entry(number, line)

    def _entry(self, number: int, line: str) -> None:
        place = f"{self._manifest.name}:{number}"
        value, path = self._split(line, place)
        if not value:
            return
        found = self._resolve(path, place)
        if found is None:
            return
        digest = bytes.fromhex(value)
        earlier = self._manifest.digests.get(found)
        if earlier is None:
            self._manifest.digests[found] = digest
        elif earlier == digest:
            once = self._declaration.strict and not self._tags
            rule = "RFC8493-2.1.3/not-exactly-once" if once else "RFC8493-2.1.3/listed-twice"
            self._report.add(rule, place, path=found)
        else:
            self._report.add("RFC8493-2.1.3/listed-twice-differently", place, path=found)

    def _split(self, line: str, place: str) -> tuple[str, str]:
        words = line.split(None, 1)
        if not words:
            return "", ""
        if len(words) < 2 or not _HEX.fullmatch(words[0]):
            self._report.add("RFC8493-2.1.3/syntax", place)
            return "", ""
        if len(words[0]) != self._length:
            self._report.add(
                "RFC8493-2.1.3/digest-length", place, algorithm=self._manifest.algorithm, length=self._length
            )
            return "", ""
        path = words[1]
        if path.startswith("*"):
            self._report.add("RFC8493-2.1.3/asterisk", place)
            path = path[1:]
        if path.startswith("./"):
            self._report.add("RFC8493-2.1.3/dot-slash", place, path=path)
            path = path[2:]
        return words[0], path

    def _resolve(self, text: str, place: str) -> str | None:
        """The file that a listed path means; None where it may mean none."""
        path = decode_path(text, self._declaration)
        sizes = self._contents.sizes
        as_it_stands = path not in sizes and text in sizes
        if as_it_stands or (self._declaration.strict and has_bare_percent(text)):
            severity = None if self._declaration.strict else Severity.WARNING
            self._report.add("RFC8493-2.1.3/percent", place, severity=severity, path=text)
            path = text if as_it_stands else path
        if "\\" in path and path not in sizes and path.replace("\\", "/") in sizes:
            self._report.add("RFC8493-2.1.3/separator", place, path=path)
            path = path.replace("\\", "/")
        if not is_safe(path) or is_variable(path) or (not self._tags and not path.startswith("data/")):
            self._report.add("RFC8493-5.1/outside", place, path=path)
            return None
        if self._tags and path.startswith("data/"):
            self._report.add("RFC8493-2.2.1/payload", place, path=path)
            return None
        if path in sizes:
            return path
        if self._is_folder(path.rstrip("/")):
            self._report.add("RFC8493-2.1.3/folder", place, path=path)
            return None
        other = self._same_in_nfc(path)
        if other is None or other in self._manifest.digests:
            self._manifest.absent.add(path)
            return None
        self._report.add("RFC8493-6.1.1/normalization", place, path=path)
        return other

    def _is_folder(self, path: str) -> bool:
        if self._folders is None:
            above = {name.rpartition("/")[0] for name in self._contents.sizes} | self._contents.folders
            self._folders = set()
            for folder in above:
                while folder and folder not in self._folders:
                    self._folders.add(folder)
                    folder = folder.rpartition("/")[0]
        return path in self._folders

    def _same_in_nfc(self, path: str) -> str | None:
        if self._by_nfc is None:
            self._by_nfc = {
                unicodedata.normalize("NFC", name): name
                for name in self._contents.sizes
                if not name.isascii()
            }
        return self._by_nfc.get(unicodedata.normalize("NFC", path))
