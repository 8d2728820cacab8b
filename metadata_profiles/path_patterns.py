"""Paths allowed by a BagIt profile: full path names, or patterns as glob(7) has them.

An asterisk stands for any characters, ``/`` among them: the specification says of ``["*"]`` that it
allows every file, wherever it lies.  Names that differ by their Unicode form alone are one name.
"""

import fnmatch
import re
from collections.abc import Iterable
from unicodedata import normalize

_PLAIN = re.compile(r"[^*?\[]*")


class Patterns:
    """A list of paths and patterns, matched in one pass."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.shown = tuple(patterns)
        # A name that has brackets in it and is meant as it stands is in this set too.
        self._paths = frozenset(normalize("NFC", item) for item in self.shown)
        wild = [fnmatch.translate(item) for item in self._paths if not _PLAIN.fullmatch(item)]
        self._wild = re.compile("|".join(wild)) if wild else None

    def match(self, path: str) -> bool:
        """Whether a path is one of the paths, or of the form of one of the patterns."""
        name = normalize("NFC", path)
        return name in self._paths or (self._wild is not None and self._wild.match(name) is not None)
