"""Ed25519 signatures (RFC 8032): who said it, and that not a byte of it changed since.

A key is known by its *key id*: the first sixteen hexadecimal digits of the SHA-256 of the
raw public key.
"""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from luutru.fixity.durable import sync_one, write_durably

PRIVATE_NAME = "archive-key.pem"
PUBLIC_NAME = "archive-key.pub.pem"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half of the archive's key that anyone may have."""

    key: Ed25519PublicKey

    @property
    def id(self) -> str:
        """The key id."""
        return hashlib.sha256(self.key.public_bytes_raw()).hexdigest()[:16]

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature over exactly this message was made with the private half."""
        try:
            self.key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The archive's private key."""

    key: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return PublicKey(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        """A signature (64 bytes) over the message."""
        return self.key.sign(message)


def load_or_create_key(folder: Path) -> SigningKey:
    """The archive's key in a folder; made on first use, the private half readable by its owner only.

    Raises OSError where the folder cannot be written, ValueError for a file that holds no Ed25519 key.
    """
    path = folder / PRIVATE_NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_new_key(folder)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"{path} is not an Ed25519 key without a password: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 key")
    if not (folder / PUBLIC_NAME).exists():
        write_durably(folder / PUBLIC_NAME, _public_pem(key))
    return SigningKey(key)


def _write_new_key(folder: Path) -> None:
    private = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = folder / f".{uuid4().hex}.draft"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(private)
            file.flush()
            os.fsync(file.fileno())
        # A link fails where another process was first; its key then stands.
        with suppress(FileExistsError):
            os.link(draft, folder / PRIVATE_NAME)
    finally:
        draft.unlink()
    sync_one(folder)


def _public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def load_public_key(path: Path) -> PublicKey:
    """A public key from a PEM file.  Raises OSError, or ValueError for anything but Ed25519."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except UnsupportedAlgorithm as error:
        raise ValueError(f"{path} is not an Ed25519 public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{path} is not an Ed25519 public key")
    return PublicKey(key)
