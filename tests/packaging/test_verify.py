"""A DIP and its receipt prove each other, or it is said why they do not."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from luutru.fixity.signing import SigningKey
from luutru.packaging.dip import BAG_RECEIPT
from luutru.packaging.receipt import content_digest, sign_receipt
from luutru.packaging.samples.as_bag import make_bag
from luutru.packaging.samples.records import make_records
from luutru.packaging.unpack import Limits
from luutru.packaging.verify import verify

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


@pytest.fixture
def dip(tmp_path: Path) -> Path:
    """A bag with a receipt over its payload."""
    (tmp_path / "records").mkdir()
    make_records(tmp_path / "records")
    bag = make_bag(tmp_path / "records", tmp_path / "dip")
    put(bag, sign_receipt(statement(bag), KEY))
    return bag


def statement(bag: Path) -> dict[str, Any]:
    files = [path for path in sorted((bag / "data").rglob("*")) if path.is_file()]
    found = [
        (path.relative_to(bag).as_posix(), hashlib.sha512(path.read_bytes()).hexdigest()) for path in files
    ]
    return {"kind": "receipt", "content": {"content_digest": content_digest(found), "files": len(files)}}


def put(bag: Path, receipt: bytes) -> None:
    (bag / BAG_RECEIPT).parent.mkdir(parents=True, exist_ok=True)
    (bag / BAG_RECEIPT).write_bytes(receipt)


def broken(bag: Path) -> set[str]:
    report, _ = verify(bag, KEY.public, limits=Limits())
    return {finding.rule for finding in report.findings if finding.severity == "error"}


def test_a_genuine_copy_proves_itself(dip: Path) -> None:
    assert broken(dip) == set()


def test_without_a_receipt_nothing_is_proven(dip: Path) -> None:
    shutil.rmtree((dip / BAG_RECEIPT).parent)
    assert "LUUTRU-VERIFY/no-receipt" in broken(dip)


def test_what_is_no_receipt_proves_nothing(dip: Path) -> None:
    put(dip, b'{"statement": {}}')
    assert "LUUTRU-VERIFY/not-a-receipt" in broken(dip)


def test_another_key_proves_nothing(dip: Path) -> None:
    put(dip, sign_receipt(statement(dip), OTHER))
    assert "LUUTRU-VERIFY/signature" in broken(dip)


def test_a_receipt_for_other_files_proves_nothing_of_these(dip: Path) -> None:
    said = statement(dip)
    said["content"]["files"] += 1
    put(dip, sign_receipt(said, KEY))
    assert "LUUTRU-VERIFY/content" in broken(dip)


def test_a_receipt_alone_is_read_too(dip: Path, tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_bytes((dip / BAG_RECEIPT).read_bytes())
    report, said = verify(tmp_path / "receipt.json", KEY.public, limits=Limits())
    assert report.valid and said == statement(dip)
