"""A DIP as a zip, written to something that cannot seek: a download, a pipe (ZIP64, UTF-8 names)."""

import zipfile
from collections.abc import Iterable, Iterator

from luutru.packaging.dip import Entry

_EPOCH = (1980, 1, 1, 0, 0, 0)


class _Buffer:
    """What zipfile writes to; emptied after each block."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data


def stream_zip(entries: Iterable[Entry], folder: str) -> Iterator[bytes]:
    """The zip in blocks, all entries below one folder, stored uncompressed: records mostly are compressed.

    Raises DamagedSource while it is under way; the zip is then not complete.
    """
    buffer = _Buffer()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:  # type: ignore[call-overload]
        for entry in entries:
            name = zipfile.ZipInfo(f"{folder}/{entry.path}", _EPOCH)
            name.external_attr = 0o644 << 16
            with archive.open(name, "w", force_zip64=True) as member:
                for block in entry.blocks():
                    member.write(block)
                    yield buffer.take()
    yield buffer.take()
