"""An archive in a temporary home, packages for it, and damage to do to it."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from luutru.repository.archive import Archive, open_archive

Tree = dict[str, bytes]
MakeBag = Callable[..., Path]

RECORDS: Tree = {
    "Tờ trình 215-TTr-SNV.txt": "Kính gửi: Ủy ban nhân dân tỉnh.\n".encode(),
    "Phụ lục/Danh mục.csv": "Số,Tiêu đề\n1,Công văn\n".encode(),
    "ảnh.bin": bytes(range(256)) * 40,
}


@pytest.fixture
def archive(tmp_path: Path, database: str) -> Archive:
    """A new archive with two locations, on each kind of database."""
    return open_archive(tmp_path / "home")


@pytest.fixture
def make_bag(tmp_path: Path) -> MakeBag:
    """Makes a BagIt 1.0 bag of a tree, by hand."""

    def make(tree: Tree | None = None, name: str = "bag") -> Path:
        bag = tmp_path / name
        lines = []
        (bag / "data").mkdir(parents=True)
        for path, data in (RECORDS if tree is None else tree).items():
            place = bag / "data" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            written = path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
            lines.append(f"{hashlib.sha256(data).hexdigest()}  data/{written}\n")
        (bag / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        (bag / "bag-info.txt").write_text("External-Description: Hồ sơ thử nghiệm\n", "utf-8")
        (bag / "manifest-sha256.txt").write_bytes("".join(lines).encode())
        return bag

    return make
