"""Inventories by the digest of their bytes: equal bytes are parsed once, however many copies there are."""

from collections.abc import Callable, Collection
from threading import Lock

from luutru.packaging.ocfl.inventory import Inventory


class ParsedInventories:
    """What was parsed so far; safe to ask from several threads at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parsed: dict[tuple[str, frozenset[str]], Inventory] = {}

    def get(self, digest: str, fixity: Collection[str], parse: Callable[[], Inventory]) -> Inventory:
        """The inventory whose bytes have this digest, with these fixity algorithms.

        Raises what ``parse`` raises, each time.
        """
        key = (digest, frozenset(fixity))
        with self._lock:
            if key not in self._parsed:
                self._parsed[key] = parse()
            return self._parsed[key]
