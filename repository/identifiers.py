"""Identifiers: UUID version 7 (RFC 9562, section 5.7), as ``urn:uuid:`` where a standard asks for a URI."""

import os
import time
from uuid import UUID


def new_uuid() -> UUID:
    """A UUIDv7: 48 bits of Unix time in milliseconds, the rest random; sorts by its time."""
    milliseconds = time.time_ns() // 1_000_000
    number = int.from_bytes(milliseconds.to_bytes(6, "big") + os.urandom(10), "big")
    number = number & ~(0xF << 76) | (0x7 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=number)


def new_urn() -> str:
    """A new ``urn:uuid:`` identifier."""
    return new_uuid().urn
