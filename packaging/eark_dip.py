"""A DIP as an E-ARK package (CSIP 2.x, OAISPACKAGETYPE DIP)."""

import hashlib
import io
from collections.abc import Iterator, Sequence

from luutru.packaging.aip import METS_PATH, PREMIS_PATH
from luutru.packaging.dip import PROVENANCE, RECEIPT_NAME, Entry, Stored
from luutru.packaging.mets_writer import MetsFile, MetsHeader, write_mets

_PROVENANCE = f"metadata/other/luutru-{PROVENANCE}"
RECEIPT_PATH = f"{_PROVENANCE}/{RECEIPT_NAME}"


def is_own(path: str) -> bool:
    """Whether a file of a DIP was put there by the archive, not submitted."""
    return path in (METS_PATH, PREMIS_PATH) or path.startswith(f"{_PROVENANCE}/")


def content_of(files: Sequence[Stored]) -> list[tuple[str, Stored]]:
    """Where the submitted files lie in the DIP: at their places in the AIP; evidence of the carrier stays there."""
    return [(file.path, file) for file in files if file.original and not file.path.startswith("submission/")]


def eark_entries(
    content: Sequence[tuple[str, Stored]], provenance: Sequence[Stored], receipt: bytes, header: MetsHeader
) -> Iterator[Entry]:
    """All files of the package, its METS last.  Raises DamagedSource while they are read."""
    entries = [Entry(path, file) for path, file in content]
    places = {METS_PATH: f"{_PROVENANCE}/AIP-METS.xml", PREMIS_PATH: PREMIS_PATH}
    entries += [Entry(places[file.path], file) for file in provenance if file.path in places]
    entries.append(Entry(RECEIPT_PATH, receipt))
    yield from entries
    mets = io.BytesIO()
    write_mets(mets, header, (_mets_file(entry) for entry in entries))
    yield Entry(METS_PATH, mets.getvalue())


def _mets_file(entry: Entry) -> MetsFile:
    if isinstance(entry.source, bytes):
        digest = hashlib.sha256(entry.source).hexdigest()
        return MetsFile(entry.path, len(entry.source), digest, "application/json")
    return MetsFile(entry.path, entry.source.size, entry.source.sha256, entry.source.mime)
