"""A DIP as a BagIt bag (RFC 8493)."""

from collections.abc import Iterator, Sequence
from datetime import date

from luutru.packaging.bag_writer import write_bag_tags
from luutru.packaging.dip import BAG_RECEIPT, PROVENANCE, Entry, Stored

_BAG_PAYLOAD = "representations/rep1/data/"

Payload = Sequence[tuple[str, Stored]]


def payload_of(files: Sequence[Stored], kind: str) -> list[tuple[str, Stored]]:
    """Where the submitted files lie in the bag: a bag's payload as it was, else the AIP's paths."""
    cut = len("representations/rep1/") if kind == "bagit" else 0
    return [
        (file.path[cut:] if cut and file.path.startswith(_BAG_PAYLOAD) else f"data/{file.path}", file)
        for file in files
        if file.original and not file.path.startswith("submission/")
    ]


def bag_entries(
    payload: Payload, provenance: Sequence[Stored], receipt: bytes, *, object_id: str, title: str, agency: str
) -> Iterator[Entry]:
    """All files of the bag, tag files last.  Raises DamagedSource while they are read."""
    for path, file in payload:
        yield Entry(path, file)
    tags: dict[str, bytes] = {BAG_RECEIPT: receipt}
    for file in provenance:
        name = file.path.rpartition("/")[2]
        tags[f"{PROVENANCE}/{name}"] = b"".join(Entry(name, file).blocks())
    info = [
        ("Source-Organization", agency),
        ("External-Identifier", object_id),
        ("External-Description", title),
        ("Bagging-Date", date.today().isoformat()),
    ]
    written = write_bag_tags(
        {path: {"sha256": file.sha256, "sha512": file.sha512} for path, file in payload},
        {path: file.size for path, file in payload},
        tags,
        [(label, " ".join(value.split())) for label, value in info if value],
    )
    for path, data in {**tags, **written}.items():
        yield Entry(path, data)
