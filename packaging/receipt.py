"""Signed statements of the archive: the receipt of a deposit and the proof that goes with a DIP.

A receipt is a JSON object ``{"receipt": {...}, "signature": {...}}``.  The signature
(Ed25519) covers the inner object in canonical form: UTF-8, keys sorted, no white space
(RFC 8785 for the values used here: strings, integers, lists and objects).

What a receipt says of files is one *content digest*: the SHA-256 of the records
``<digest> SP SP <path> NUL`` of every file, sorted by the path's UTF-8 bytes.  No name holds a
NUL, so that one digest never speaks of two sets of files.  Anyone can make it anew with
``sha512sum --zero``, ``sort`` and ``sha256sum``.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from luutru.fixity.signing import PublicKey, SigningKey


class NotAReceipt(ValueError):
    """The file is not in the form of a receipt."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as read from a file: what it states and the signature over it."""

    statement: dict[str, Any]
    key_id: str
    signature: bytes

    def signed_by(self, key: PublicKey) -> bool:
        """Whether this statement, byte for byte, was signed with the key's private half."""
        return self.key_id == key.id and key.verifies(canonical(self.statement), self.signature)


def canonical(statement: dict[str, Any]) -> bytes:
    """The bytes that are signed."""
    return json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def content_digest(files: Iterable[tuple[str, str]]) -> str:
    """The content digest (hexadecimal) of (path, digest) pairs, in whatever order they come."""
    digest = hashlib.sha256()
    for path, value in sorted((path.encode("utf-8"), value) for path, value in files):
        digest.update(value.lower().encode("ascii") + b"  " + path + b"\0")
    return digest.hexdigest()


def sign_receipt(statement: dict[str, Any], key: SigningKey) -> bytes:
    """A receipt file (UTF-8 JSON, indented for people) for a statement."""
    signature = {
        "algorithm": "Ed25519",
        "key": key.public.id,
        "value": base64.b64encode(key.sign(canonical(statement))).decode("ascii"),
    }
    whole = {"receipt": statement, "signature": signature}
    return json.dumps(whole, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"


def read_receipt(data: bytes) -> Receipt:
    """A receipt from its file's bytes.  Raises NotAReceipt for any other form."""
    try:
        whole = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
        statement, signature = whole["receipt"], whole["signature"]
        if not isinstance(statement, dict) or signature["algorithm"] != "Ed25519":
            raise NotAReceipt("not a receipt signed with Ed25519")
        canonical(statement)  # half a surrogate pair, say, has no bytes to be signed
        return Receipt(statement, str(signature["key"]), base64.b64decode(signature["value"], validate=True))
    except NotAReceipt:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAReceipt(f"not a receipt: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a name that is there twice would be read by others as its other value."""
    whole = dict(pairs)
    if len(whole) != len(pairs):
        raise NotAReceipt("a name stands twice in one object")
    return whole
