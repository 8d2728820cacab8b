"""Checks what the archive has given out, offline, with its public key alone.

A deposit receipt is checked for its signature.  A DIP is checked whole: its own standard,
every digest, the signature of the receipt in it, and that the receipt speaks of exactly
these files.
"""

import tempfile
from pathlib import Path
from typing import Any

from luutru.fixity.check import digest_files
from luutru.fixity.digest import FileDigest
from luutru.fixity.signing import PublicKey
from luutru.metadata_profiles.finding import Report
from luutru.packaging.contents import Contents
from luutru.packaging.dip import BAG_RECEIPT
from luutru.packaging.eark_dip import RECEIPT_PATH as EARK_RECEIPT
from luutru.packaging.eark_dip import is_own as is_eark_own
from luutru.packaging.package import assess
from luutru.packaging.receipt import NotAReceipt, content_digest, read_receipt
from luutru.packaging.unpack import Limits, look

_LARGEST_RECEIPT = 16 << 20


def verify(path: Path, key: PublicKey, *, limits: Limits) -> tuple[Report, dict[str, Any] | None]:
    """The report on a receipt file or a DIP (folder or zip), and what the receipt states.

    Raises FileNotFoundError, OSError when it cannot be read.
    """
    report = Report(str(path))
    if path.is_file() and path.suffix == ".json":
        return report, _receipt(path.read_bytes()[:_LARGEST_RECEIPT], str(path.name), key, report)
    with tempfile.TemporaryDirectory(prefix="luutru-") as folder:
        contents = look(path, report, limits=limits, scratch=Path(folder) / "package")
        return report, _dip(contents, key, report)


def _receipt(data: bytes, place: str, key: PublicKey, report: Report) -> dict[str, Any] | None:
    try:
        receipt = read_receipt(data)
    except NotAReceipt as error:
        report.add("LUUTRU-VERIFY/not-a-receipt", place, reason=error)
        return None
    if not receipt.signed_by(key):
        report.add("LUUTRU-VERIFY/signature", place, key=receipt.key_id, ours=key.id)
    return receipt.statement


def _dip(contents: Contents, key: PublicKey, report: Report) -> dict[str, Any] | None:
    recognised = assess(contents, report).recognised
    inner = contents.below(recognised.root)
    place = next((name for name in (BAG_RECEIPT, EARK_RECEIPT) if name in inner.sizes), None)
    if place is None:
        report.add("LUUTRU-VERIFY/no-receipt")
        return None
    with inner.open(place) as stream:
        statement = _receipt(stream.read(_LARGEST_RECEIPT), place, key, report)
    if statement is not None:
        _compare(inner, place, statement, report)
    return statement


def _compare(contents: Contents, place: str, statement: dict[str, Any], report: Report) -> None:
    """Hold the files against the content digest that was signed."""
    if place == BAG_RECEIPT:
        chosen = [path for path in contents.sizes if path.startswith("data/")]
    else:
        chosen = [path for path in contents.sizes if not is_eark_own(path)]
    said = statement.get("content")
    found = content_digest(_digests(contents, chosen, report))
    if not isinstance(said, dict) or said.get("content_digest") != found or said.get("files") != len(chosen):
        report.add("LUUTRU-VERIFY/content", place)


def _digests(contents: Contents, paths: list[str], report: Report) -> list[tuple[str, str]]:
    known = [(path, contents.digest(path, "sha512")) for path in paths]
    found = [(path, digest) for path, digest in known if digest is not None]
    unread = {path: contents.sizes[path] for path, digest in known if digest is None}
    for path, result in digest_files(contents.root, unread, ("sha512",)):
        if isinstance(result, FileDigest):
            found.append((path, result.digests[0].hex()))
        else:
            report.add("LUUTRU-UNPACK/unreadable", path, reason=result.strerror or result)
    return found
