"""A DIP (OAIS) of an AIP version: what goes into it, from where, and proof on the way out.

A plan lists entries; a sink writes them.  Every byte is compared with the AIP's digest while
it is written, so that damage is never handed out.

As a bag: the submitted files under the names they had, below ``data/``; the AIP's METS and
PREMIS and the signed receipt in the tag folder ``provenance/``.  As an E-ARK DIP: the AIP's
representations, documentation, schemas and descriptive metadata at their places, the AIP's
PREMIS in ``metadata/preservation/``, its METS and the receipt in ``metadata/other/provenance/``.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

PROVENANCE = "provenance"
RECEIPT_NAME = "receipt.json"
BAG_RECEIPT = f"{PROVENANCE}/{RECEIPT_NAME}"

_BLOCK = 1 << 20


class DamagedSource(OSError):
    """The stored bytes are not what the AIP says they are; nothing of them may be handed out."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the AIP: its logical path, submitted name, size, digests, and how to read it."""

    path: str
    original: str
    size: int
    sha256: str
    sha512: str
    open: Callable[[], BinaryIO]
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the DIP: its path there, and either bytes of our own or a stored file."""

    path: str
    source: Stored | bytes

    def blocks(self) -> Iterator[bytes]:
        """The bytes, proven while they pass.  Raises DamagedSource at the end of other bytes."""
        if isinstance(self.source, bytes):
            yield self.source
            return
        digest = hashlib.sha512()
        with self.source.open() as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                yield block
        if digest.hexdigest() != self.source.sha512:
            raise DamagedSource(f"{self.source.path} is not what the AIP says")


def is_chosen(path: str, representations: Collection[str] | None) -> bool:
    """Whether a file of the AIP belongs to the chosen representations, or to none."""
    if representations is None or not path.startswith("representations/"):
        return True
    return path.split("/")[1] in representations


def write_folder(entries: Iterator[Entry], target: Path) -> None:
    """Write a DIP as a folder.  Raises FileExistsError when it is there, DamagedSource, OSError."""
    target.mkdir(parents=True)
    for entry in entries:
        place = target / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            for block in entry.blocks():
                file.write(block)
