"""JSON read piece by piece (RFC 8259), for inventories that are large or hostile.

An OCFL inventory of 100,000 files is some 50 MB of JSON; a tree of it costs several times
that.  Here only one member of an object is held at a time, and everything that could grow
without end (depth, strings, values, bytes) has a limit.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from json import JSONDecoder
from typing import BinaryIO

CHUNK = 256 * 1024

_SPACE = re.compile(r"[ \t\n\r]*")
_LITERAL = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LITERAL_START = frozenset("tfn-0123456789")


class JsonError(ValueError):
    """The text is not JSON, or goes beyond the reader's limits."""


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


_DECODER = JSONDecoder(object_pairs_hook=tuple, parse_constant=_refuse)


class JsonStream:
    """A JSON text read from start to end; the caller asks for what should come next."""

    def __init__(
        self,
        stream: BinaryIO,
        *,
        limit_bytes: int = 1 << 32,
        limit_values: int = 2_000_000,
        limit_string: int = 1 << 20,
        limit_depth: int = 32,
    ) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        self._text = ""
        self._at = 0
        self._before = 0
        self._tried = -1
        self._bytes = 0
        self._values = 0
        self._ended = False
        self._limit_bytes = limit_bytes
        self._limit_values = limit_values
        self._limit_string = limit_string
        self._limit_depth = limit_depth

    def peek(self) -> str:
        """The next character that is not white space; empty at the end of the text."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def members(self) -> Iterator[str]:
        """The names of an object's members; the caller reads each value before the next."""
        self._expect("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            name = self._string()
            self._expect(":")
            yield name
            if self._expect(",}") == "}":
                return

    def entries(self) -> Iterator[tuple[str, object]]:
        """The members of an object with their values, many at once where these are lists.

        An object inside a value comes as a tuple of its members.
        """
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[Sequence[tuple[str, object]]]:
        """The same members, as many at a time as lie in one piece of the text."""
        self._expect("{")
        if self.peek() == "}":
            self._at += 1
            return
        self._tried = -1
        while True:
            many, whole = self._many()
            if many:
                yield many
            if whole:
                return
            # One by one over the seam of two chunks, and wherever it is not plain.
            name = self._string()
            self._expect(":")
            yield ((name, self.value()),)
            if self._expect(",}") == "}":
                return

    def _many(self) -> tuple[tuple[tuple[str, object], ...], bool]:
        """Members that lie whole in the text at hand, and whether the object ended with them.

        Text that decodes as a whole object when it is cut after ``],`` is exactly the members
        before the cut; where it does not, the object may end before the cut.
        """
        if self._before == self._tried or "\\ud" in self._text or "\\uD" in self._text:
            return (), False
        self._tried = self._before
        cut = self._text.rfind("],", self._at)
        try:
            if cut < 0:
                raise ValueError
            found = _DECODER.decode("{" + self._text[self._at : cut + 1] + "}")
            self._at = cut + 2
            return found, False
        except (ValueError, RecursionError):
            pass
        try:
            found, end = _DECODER.raw_decode("{" + self._text[self._at :])
            self._at += end - 1
            return found, True
        except (ValueError, RecursionError):
            return (), False

    def value(self, depth: int = 0) -> object:
        """The next value as Python's own types; a name that stands twice in an object is an error."""
        self._values += 1
        if self._values > self._limit_values:
            raise self._error(f"more than {self._limit_values} values")
        if depth > self._limit_depth:
            raise self._error(f"nested deeper than {self._limit_depth}")
        first = self.peek()
        if first == '"':
            return self._string()
        if first == "{":
            result: dict[str, object] = {}
            for name in self.members():
                if name in result:
                    raise self._error(f"the name {name!r} stands twice in one object")
                result[name] = self.value(depth + 1)
            return result
        if first == "[":
            return list(self._items(depth))
        return self._literal(first)

    def end(self) -> None:
        """Make sure that nothing follows.  Raises JsonError otherwise."""
        if self.peek():
            raise self._error("text after the end of the value")

    def _items(self, depth: int) -> Iterator[object]:
        self._expect("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value(depth + 1)
            if self._expect(",]") == "]":
                return

    def _literal(self, first: str) -> object:
        if first not in _LITERAL_START or not first:
            raise self._error("a value is expected")
        # A number may go on in the next chunk.
        while len(self._text) - self._at < 64 and self._fill():
            pass
        found = _LITERAL.match(self._text, self._at)
        if found is None or found.end() - self._at >= 64:
            raise self._error("a value is expected")
        self._at = found.end()
        words: dict[str, object] = {"true": True, "false": False, "null": None}
        return words[found[0]] if found[0] in words else float(found[0])

    def _string(self) -> str:
        if self.peek() != '"':
            raise self._error("a string is expected")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                break
            except ValueError as error:
                # Unterminated, perhaps only because the chunk ends here.
                if len(self._text) - self._at > self._limit_string or not self._fill():
                    raise self._error("a string that does not end or has a bad character") from error
        if not isinstance(value, str):
            raise self._error("a string is expected")
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise self._error("half of a surrogate pair")
        self._at = end
        return value

    def _expect(self, choices: str) -> str:
        found = self.peek()
        if not found or found not in choices:
            raise self._error(f"{' or '.join(choices)} is expected")
        self._at += 1
        return found

    def _fill(self) -> bool:
        """Put more text behind what is still unread; False at the end of the stream."""
        if self._ended:
            return False
        data = self._stream.read(CHUNK)
        self._bytes += len(data)
        if self._bytes > self._limit_bytes:
            raise self._error(f"longer than {self._limit_bytes} bytes")
        try:
            more = self._decode(data, not data)
        except UnicodeDecodeError as error:
            raise self._error("not UTF-8") from error
        self._before += self._at
        self._text = self._text[self._at :] + more
        self._at = 0
        self._ended = not data
        return True

    def _error(self, what: str) -> JsonError:
        return JsonError(f"{what}, at character {self._before + self._at}")
