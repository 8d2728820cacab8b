"""One copy of an object as it is found in a location, and what is noted about it."""

from collections.abc import Collection
from dataclasses import dataclass, field

from luutru.fixity.verdict import Outcome, Verdict
from luutru.fixity.walk import Listing
from luutru.packaging.ocfl.commit import sidecar_digest, stored_digest
from luutru.packaging.ocfl.inventory import Inventory, InventoryError
from luutru.packaging.ocfl.inventory_reader import read_inventory
from luutru.packaging.ocfl.parsed_inventories import ParsedInventories
from luutru.packaging.ocfl.storage import Storage, StorageError


@dataclass(slots=True)
class FoundCopy:
    """What lies below an object's path, what of it is accounted for, what was read, what is wrong.

    Paths are relative to the object.  Nothing here raises because of damage.
    """

    storage: Storage
    path: str
    listing: Listing
    parsed: ParsedInventories = field(default_factory=ParsedInventories)
    others: dict[str, str] = field(init=False)
    holders: set[str] = field(default_factory=set)
    damage: dict[str, Verdict] = field(default_factory=dict)
    accounted: set[str] = field(default_factory=set)
    files: int = 0
    bytes: int = 0
    attested: int = 0

    def __post_init__(self) -> None:
        self.others = dict(self.listing.others)

    def note(self, path: str, outcome: Outcome, detail: str = "") -> None:
        """Keep the first verdict on a path: what is found first is closest to the cause."""
        self.damage.setdefault(path, Verdict(path, outcome, detail, self.listing.sizes.get(path, 0)))

    def present(self, path: str) -> bool:
        """Whether a file that should be here is a file; if not, notes what is the matter."""
        self.accounted.add(path)
        if path in self.listing.sizes:
            return True
        what = self.others.get(path)
        if what == "unreadable" or any(self.others.get(folder) == "unreadable" for folder in above(path)):
            self.note(path, Outcome.UNREADABLE, "its folder cannot be read")
        elif what is not None:
            self.note(path, Outcome.ALTERED, f"{what} in place of the file")
        elif path in self._folders():
            self.note(path, Outcome.ALTERED, "folder in place of the file")
        else:
            self.note(path, Outcome.MISSING)
        return False

    def count(self, path: str) -> None:
        """Count a file as read."""
        self.files += 1
        self.bytes += self.listing.sizes.get(path, 0)

    def digest(self, path: str, algorithm: str) -> str | None:
        """The digest of a small file that should be here, or None where that cannot be had."""
        if not self.present(path):
            return None
        self.count(path)
        try:
            return stored_digest(self.storage, f"{self.path}/{path}", algorithm)
        except (StorageError, OSError) as error:
            self.note(path, Outcome.UNREADABLE, str(error))
            return None

    def stated(self, path: str) -> str | None:
        """The digest that a sidecar states, or None where it states none."""
        if not self.present(path):
            return None
        self.count(path)
        try:
            return sidecar_digest(self.storage, f"{self.path}/{path}")
        except (StorageError, OSError) as error:
            self.note(path, Outcome.UNREADABLE, str(error))
            return None

    def inventory(self, path: str, digest: str | None, fixity: Collection[str]) -> Inventory | None:
        """The inventory in a file with these fixity algorithms, or None where it is not one; notes why.

        ``digest`` is that of the file's bytes, where it could be had.
        """
        if path not in self.listing.sizes:
            return None
        try:
            if digest is None:
                return self._parse(path, fixity)
            return self.parsed.get(digest, fixity, lambda: self._parse(path, fixity))
        except InventoryError as error:
            self.note(path, Outcome.ALTERED, str(error))
        except (StorageError, OSError) as error:
            self.note(path, Outcome.UNREADABLE, str(error))
        return None

    def _parse(self, path: str, fixity: Collection[str]) -> Inventory:
        with self.storage.read(f"{self.path}/{path}") as stream:
            return read_inventory(stream, fixity=fixity)

    def _folders(self) -> set[str]:
        """All folders, gathered when first asked for: only damage asks."""
        if not self.holders:
            for path in (*self.listing.sizes, *self.listing.folders, *self.others):
                while path and path not in self.holders:
                    path = path.rpartition("/")[0]
                    self.holders.add(path)
            self.holders |= self.listing.folders
        return self.holders


def above(path: str) -> list[str]:
    """The folders that a path lies in, the outermost (``""``) first."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts))]
