"""Sample records as a BagIt bag (RFC 8493) with a table that describes them, and the same bag damaged on purpose."""

import shutil
from pathlib import Path

from luutru.fixity.digest import digest_file
from luutru.fixity.verdict import Outcome
from luutru.fixity.walk import list_files
from luutru.packaging.bag_writer import write_bag_tags
from luutru.packaging.samples.described import TABLE, described_in_a_table
from luutru.packaging.samples.records import FILE_CODE, OFFICE, TITLE

_ALGORITHMS = ("sha256", "sha512")
_INFO = [
    ("Source-Organization", OFFICE),
    ("Organization-Address", "Số 1 đường Lưu Trữ, tỉnh Sông Lam"),
    ("Contact-Name", "Phòng Quản lý văn thư, lưu trữ"),
    ("External-Identifier", FILE_CODE),
    ("External-Description", TITLE),
    ("Bagging-Date", "2024-04-15"),
]
_STRAY = "data/Bản nháp không thuộc hồ sơ.txt"


def make_bag(records: Path, target: Path) -> Path:
    """Make a bag of the files in a folder, as the new folder ``target``.

    Raises FileExistsError where the target is there, OSError.
    """
    target.mkdir(parents=True)
    shutil.copytree(records, target / "data")
    payload: dict[str, dict[str, str]] = {}
    sizes: dict[str, int] = {}
    for path in list_files(records).sizes:
        digest = digest_file(records / path, _ALGORITHMS)
        values = (value.hex() for value in digest.digests)
        payload[f"data/{path}"] = dict(zip(_ALGORITHMS, values, strict=True))
        sizes[f"data/{path}"] = digest.size
    tags = {TABLE: described_in_a_table(sorted(payload))}
    for name, data in (tags | write_bag_tags(payload, sizes, tags, _INFO)).items():
        (target / name).write_bytes(data)
    return target


def break_bag(bag: Path) -> dict[str, Outcome]:
    """Damage a bag of at least two files: alter one, remove one, add one; what was done, by path.

    Every manifest still says what was there before.  Raises ValueError for a smaller bag.
    """
    files = sorted(path for path, size in list_files(bag).sizes.items() if size and path.startswith("data/"))
    if len(files) < 2:
        raise ValueError(f"{bag} has too few files to be broken in every way")
    altered, missing = files[0], files[-1]
    place = bag / altered
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 0x01
    place.write_bytes(data)
    (bag / missing).unlink()
    (bag / _STRAY).write_text("Tệp này không có trong bản kê.\n", encoding="utf-8")
    return {altered: Outcome.ALTERED, missing: Outcome.MISSING, _STRAY: Outcome.UNEXPECTED}
