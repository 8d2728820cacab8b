"""The signed receipt of a deposit: issued only after every copy was read back and is registered.

It answers the depositor's question: may I delete my copy?
"""

from typing import Any

from luutru.fixity.durable import write_durably
from luutru.packaging.receipt import content_digest, sign_receipt
from luutru.repository.archive import Archive
from luutru.repository.catalog import reading
from luutru.repository.deposits import get_deposit
from luutru.repository.errors import NotFound
from luutru.repository.events import now
from luutru.repository.holdings import copies_of, get_object, submitted_files, versions_of


def write_receipt(archive: Archive, deposit_id: str) -> None:
    """Write a stored deposit's receipt into the home's ``receipts``.  Raises NotFound, OSError."""
    receipt = sign_receipt(_statement(archive, deposit_id), archive.key)
    write_durably(archive.folder("receipts") / f"{deposit_id}.json", receipt)


def read_receipt_file(archive: Archive, deposit_id: str) -> bytes:
    """A deposit's receipt, signed anew where its file is gone.  Raises NotFound unless it is stored."""
    deposit = get_deposit(archive, deposit_id)
    if deposit.status != "stored":
        raise NotFound(f"deposit {deposit_id} is {deposit.status}; only a stored one has a receipt")
    path = archive.folder("receipts") / f"{deposit.id}.json"
    if not path.exists():
        write_receipt(archive, deposit.id)
    return path.read_bytes()


def _statement(archive: Archive, deposit_id: str) -> dict[str, Any]:
    deposit = get_deposit(archive, deposit_id)
    with reading(archive.engine) as session:
        found = get_object(session, deposit.object_id or "")
        version = versions_of(session, found.id)[0]
        copies = copies_of(session, found.id)
        listed = submitted_files(session, found.id)
    submitted = {
        "files": len(listed),
        "bytes": sum(size for _, _, size in listed),
        "content_digest": content_digest((name, sha512) for name, sha512, _ in listed),
    }
    return {
        "kind": "deposit receipt",
        "archive": archive.settings.archive_name,
        "deposit": deposit.id,
        "agency": deposit.agency,
        "source": deposit.source,
        "profiles": (deposit.report or {}).get("profiles", []),
        "received": deposit.received.isoformat(),
        "object": found.id,
        "version": version.number,
        "inventory_sha512": version.inventory_digest,
        "copies": [
            {"location": copy.location, "read_back": copy.checked.isoformat() if copy.checked else ""}
            for copy in copies
        ],
        "submitted": submitted,
        "issued": now().isoformat(),
    }
