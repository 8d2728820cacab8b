"""Identifiers: UUID version 7 (RFC 9562, section 5.7), as ``urn:uuid:`` where a standard asks for a URI."""

import hashlib
import os
import time
from uuid import UUID


def new_uuid() -> UUID:
    """A UUIDv7: 48 bits of Unix time in milliseconds, the rest random; sorts by its time."""
    return _version_7((time.time_ns() // 1_000_000).to_bytes(6, "big"), os.urandom(10))


def _version_7(time_part: bytes, rest: bytes) -> UUID:
    number = int.from_bytes(time_part + rest, "big")
    number = number & ~(0xF << 76) | (0x7 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=number)


def new_urn() -> str:
    """A new ``urn:uuid:`` identifier."""
    return new_uuid().urn


def object_urn(deposit_id: str) -> str:
    """The identifier of the AIP that a deposit becomes, the same however often and wherever it is made.

    A UUIDv7 with the deposit's time, so that an ingest that is done again after a crash, or by
    two workers at once, makes one object and not two.
    """
    rest = hashlib.sha256(b"luutru AIP of deposit " + deposit_id.encode()).digest()
    try:
        time_part = UUID(deposit_id).bytes[:6]
    except ValueError:
        time_part = rest[10:16]
    return _version_7(time_part, rest[:10]).urn
