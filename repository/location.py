"""What the archive needs of a storage location beyond OCFL (OAIS Archival Storage).

Two kinds hold holdings: a local folder (`local_storage`) and a bucket (`s3_storage`).  Nothing
else in the archive knows which one it deals with.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from luutru.packaging.ocfl.storage import Storage


class Location(Storage, Protocol):
    """A `Storage` that can be made, staged for and tidied up.  Raises as a Storage does."""

    audits_by_attestation: bool
    """Whether a routine audit may compare what the location's server attests instead of reading."""

    @property
    def place(self) -> str:
        """Where it is, for people: a folder or a URL."""

    @property
    def staging(self) -> Path:
        """The local folder where deposits are unpacked and objects are built before they are adopted."""

    def prepare(self) -> None:
        """Make the location and declare its storage root, where it is not there yet."""

    def sweep(self) -> Sequence[str]:
        """Remove what dead processes left of what was never part of the holdings; returns their names."""
