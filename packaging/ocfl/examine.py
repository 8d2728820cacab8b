"""One OCFL inventory examined for all that is wrong with it (OCFL 1.0 and 1.1, section 3.5).

Every statement that the specification makes about an inventory by itself is checked here and
reported under the specification's code.  Nothing is shared with the reader and the writer
that Luutru acts with, except the reading of JSON.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.examine_block import FIXITY, MANIFEST, STATE, BlockReader, conflicts
from luutru.packaging.ocfl.examine_version import (
    SeenVersion,
    check_created,
    check_message_and_user,
    check_padding,
    version_number,
)
from luutru.packaging.ocfl.json_stream import JsonError, JsonStream

SPECIFICATIONS = ("1.0", "1.1")
CONTENT_ALGORITHMS = ("sha512", "sha256")
HEX_LENGTHS = {
    "md5": 32,
    "sha1": 40,
    "sha256": 64,
    "sha512": 128,
    "blake2b-512": 128,
    # Community extensions 0001 and 0009.
    "blake2b-160": 40,
    "blake2b-256": 64,
    "blake2b-384": 96,
    "sha512/256": 64,
}
OTHER_FIXITY = ("size",)

_TYPE = re.compile(r"https://ocfl\.io/(\d+\.\d+)/spec/#inventory")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_HEX = re.compile(r"[0-9A-Fa-f]*")
_ENCODING_RULES = {"sha1": "E029", "sha256": "E030", "sha512": "E031", "blake2b-512": "E032"}
_KEYS = {"id", "type", "digestAlgorithm", "head", "contentDirectory", "manifest", "versions", "fixity"}


@dataclass(slots=True)
class SeenInventory:
    """What an inventory says, as far as it could be understood; ``where`` is its path.

    Blocks lead from path to digest, the digest as it is written (letter case matters to
    E050); ``content_directory_set`` is whether the key is there.
    """

    where: str
    id: str = ""
    specification: str = ""
    algorithm: str = ""
    head: str = ""
    content_directory: str = "content"
    content_directory_set: bool = False
    manifest: dict[str, str] = field(default_factory=dict)
    versions: dict[str, SeenVersion] = field(default_factory=dict)
    fixity: dict[str, dict[str, str]] = field(default_factory=dict)


def examine_inventory(stream: BinaryIO, where: str, report: Report) -> SeenInventory | None:
    """Read one inventory and report what is wrong with it; None when it is no JSON object (E033).

    Raises OSError as the stream does.
    """
    try:
        return _Examination(JsonStream(stream), where, report).run()
    except JsonError as error:
        report.add("E033", where, problem=error)
        return None


class _Examination:
    """One inventory under examination."""

    def __init__(self, json: JsonStream, where: str, report: Report) -> None:
        self._json = json
        self._report = report
        self._seen = SeenInventory(where)
        self._values: dict[str, object] = {}
        self._found: set[str] = set()
        self._blocks = BlockReader(json, where, report)
        self._unsaid: list[tuple[str, str, dict[str, Any]]] = []

    def run(self) -> SeenInventory | None:
        if self._json.peek() != "{":
            self._add("E033", problem="not a JSON object")
            return None
        blocks: dict[str, Callable[[], None]] = {
            "manifest": self._manifest,
            "versions": self._versions,
            "fixity": self._fixity,
        }
        for name in self._json.members():
            if name in self._found:
                raise JsonError(f"the name {name!r} stands twice")
            self._found.add(name)
            if name in blocks:
                blocks[name]()
            else:
                self._values[name] = self._json.value()
                if name not in _KEYS:
                    self._add("E102", key=name)
        self._json.end()
        self._check_words()
        self._check_versions()
        self._check_digests()
        self._check_content_paths()
        for latest, earlier, parameters in self._unsaid:
            rule_id = earlier if self._seen.specification == "1.0" else latest
            if rule_id:
                self._add(rule_id, **parameters)
        return self._seen

    def _add_by_specification(self, latest: str, earlier: str, **parameters: Any) -> None:
        """Report under the code of 1.1 or of 1.0, which does not have all of them.

        Which of the two the inventory follows may stand at its end.
        """
        self._unsaid.append((latest, earlier, parameters))

    def _add(self, rule_id: str, **parameters: Any) -> None:
        self._report.add(rule_id, self._seen.where, **parameters)

    # The words of an inventory (section 3.5.1).

    def _check_words(self) -> None:
        for name in ("id", "type", "digestAlgorithm", "head"):
            if name not in self._values:
                self._add("E036", key=name)
        seen = self._seen
        if "id" in self._values:
            seen.id = self._word("id")
            if not seen.id:
                self._add("E037/empty")
            elif not _URI.fullmatch(seen.id):
                self._add("W005", id=seen.id)
        if "type" in self._values:
            found = _TYPE.fullmatch(self._word("type"))
            if found and found[1] in SPECIFICATIONS:
                seen.specification = found[1]
            else:
                self._add("E038/unknown", type=self._values["type"])
        if "digestAlgorithm" in self._values:
            seen.algorithm = self._word("digestAlgorithm")
            if seen.algorithm not in CONTENT_ALGORITHMS:
                self._add("E025", algorithm=self._values["digestAlgorithm"])
            elif seen.algorithm != "sha512":
                self._add("W004", algorithm=seen.algorithm)
        if "contentDirectory" in self._values:
            seen.content_directory = self._word("contentDirectory")
            seen.content_directory_set = True
            if "/" in seen.content_directory or not isinstance(self._values["contentDirectory"], str):
                self._add("E017", name=self._values["contentDirectory"])
            elif seen.content_directory in (".", ".."):
                self._add("E018", name=seen.content_directory)
            elif not seen.content_directory:
                self._add_by_specification("E108", "E017/empty")
        for name in ("manifest", "versions"):
            if name not in self._found:
                self._add("E041", key=name)
        if "versions" not in self._found:
            self._add("E043")

    def _word(self, name: str) -> str:
        value = self._values.get(name)
        return value if isinstance(value, str) else ""

    # The blocks.

    def _manifest(self) -> None:
        if self._json.peek() != "{":
            self._json.value()
            self._add_by_specification("E106", "E092/not-an-object")
            return
        self._seen.manifest = self._blocks.read("manifest", MANIFEST)

    def _fixity(self) -> None:
        if self._json.peek() != "{":
            self._json.value()
            self._add_by_specification("E111", "E057/fixity")
            return
        for algorithm in self._json.members():
            known = algorithm in HEX_LENGTHS or algorithm in OTHER_FIXITY
            if not known:
                self._add("E056", algorithm=algorithm)
            if self._json.peek() != "{":
                self._json.value()
                self._add("E057/not-an-object", algorithm=algorithm)
                continue
            block = self._blocks.read(f"fixity {algorithm}", FIXITY)
            if known:
                self._seen.fixity[algorithm] = block

    def _versions(self) -> None:
        if self._json.peek() != "{":
            self._json.value()
            self._add("E044")
            self._add("E045")
            return
        for name in self._json.members():
            if name in self._seen.versions:
                raise JsonError(f"the name {name!r} stands twice in versions")
            version = self._seen.versions[name] = SeenVersion()
            if self._json.peek() != "{":
                self._json.value()
                self._add("E047", version=name)
                continue
            for member in self._json.members():
                if member in version.members:
                    raise JsonError(f"the name {member!r} stands twice in {name}")
                if member == "state":
                    version.members[member] = True
                    self._state(name, version)
                else:
                    version.members[member] = self._json.value()
            check_created(version, name, self._seen.where, self._report)
            check_message_and_user(version, name, self._seen.where, self._report)

    def _state(self, name: str, version: SeenVersion) -> None:
        if self._json.peek() != "{":
            self._json.value()
            self._add("E050/not-an-object", version=name)
            return
        version.state = self._blocks.read(name, STATE)
        for path in conflicts(version.state):
            self._add("E095/conflict", version=name, path=path)

    # What the blocks say of each other.

    def _check_versions(self) -> None:
        versions = self._seen.versions
        if "versions" in self._found and not versions:
            self._add("E008")
        numbers = {name: version_number(name) for name in versions}
        for name, number in numbers.items():
            if number is not None:
                continue
            self._add_by_specification("E104", "E046/name", version=name)
            if name.startswith("v"):
                self._add_by_specification("E105", "", version=name)
        known = sorted(number for number in numbers.values() if number is not None)
        if known and known[0] != 1:
            self._add("E009", first=f"v{known[0]}")
        elif known and known != list(range(1, len(known) + 1)):
            self._add("E010", where="versions")
        named = [name for name, number in numbers.items() if number is not None]
        check_padding(named, self._seen.where, self._report)
        if "head" in self._values:
            self._seen.head = self._word("head")
            newest = max(known, default=None)
            head = version_number(self._seen.head)
            if self._seen.head not in versions or head is None or head != newest:
                self._add("E040", head=self._values["head"])

    def _check_digests(self) -> None:
        seen = self._seen
        held = set(seen.manifest.values())
        stated = [(set(block.values()), name) for name, block in seen.fixity.items()]
        for digests, algorithm in [(held, seen.algorithm), *stated]:
            length = HEX_LENGTHS.get(algorithm)
            if length is None or (set(map(len, digests)) <= {length} and _HEX.fullmatch("".join(digests))):
                continue
            for digest in digests:
                if len(digest) != length or not _HEX.fullmatch(digest):
                    rule_id = _ENCODING_RULES.get(algorithm, "E057/digest")
                    self._add(rule_id, digest=digest, algorithm=algorithm)
        self._check_algorithm(held)
        used: set[str] = set()
        for name, version in seen.versions.items():
            state = set((version.state or {}).values())
            used |= state
            for digest in state - held if "manifest" in self._found else ():
                self._add("E050", version=name, digest=digest)
        if seen.versions:
            for digest in held - used:
                self._add("E050/unused" if seen.specification == "1.0" else "E107", digest=digest)

    def _check_algorithm(self, held: set[str]) -> None:
        """Digests of the manifest that another algorithm for content has."""
        seen = self._seen
        others = {HEX_LENGTHS[name]: name for name in CONTENT_ALGORITHMS if name != seen.algorithm}
        found = set(map(len, held)) & others.keys()
        if seen.algorithm in CONTENT_ALGORITHMS:
            for length in found:
                self._add("E039", algorithm=seen.algorithm, other=others[length])

    def _check_content_paths(self) -> None:
        seen = self._seen
        starts = tuple(f"{name}/{seen.content_directory}/" for name in seen.versions)
        numbers = {version_number(name) for name in seen.versions}
        for path in [path for path in seen.manifest if not path.startswith(starts)]:
            self._add("E042", path=path)
            folder = path.partition("/")[0]
            if folder not in seen.versions and version_number(folder) in numbers - {None}:
                self._add("E014", path=path)
            if path.replace("\\", "/").startswith(starts):
                self._add("E035", path=path)
        for path in conflicts(seen.manifest):
            self._add("E101/conflict", path=path)
        for algorithm, block in seen.fixity.items():
            for path in block.keys() - seen.manifest.keys():
                self._add("E057/not-in-manifest", path=path, algorithm=algorithm)
