"""Keys: made once, kept to their owner, whatever else lies in the file refused; signatures that hold."""

import base64
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from luutru.fixity.signing import (
    PRIVATE_NAME,
    PUBLIC_NAME,
    PublicKey,
    SigningKey,
    load_or_create_key,
    load_public_key,
)

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
PUBLIC = serialization.PublicFormat.SubjectPublicKeyInfo

# RFC 8032, section 7.1, test 3.
SECRET = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
SIGNATURE = bytes.fromhex(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)
KEY = SigningKey(ed25519.Ed25519PrivateKey.from_private_bytes(SECRET))


def test_signatures_are_those_of_the_standard() -> None:
    assert KEY.sign(b"\xaf\x82") == SIGNATURE
    assert KEY.public.verifies(b"\xaf\x82", SIGNATURE)


@given(st.binary(max_size=50), st.integers(0, 63), st.integers(1, 255))
def test_one_bit_off_is_no_signature(message: bytes, at: int, flip: int) -> None:
    signature = bytearray(KEY.sign(message))
    assert KEY.public.verifies(message, bytes(signature))
    signature[at] ^= flip
    assert not KEY.public.verifies(message, bytes(signature))
    assert not KEY.public.verifies(message + b"\0", KEY.sign(message))


@pytest.mark.parametrize("length", [0, 1, 63, 65, 5000])
def test_a_signature_of_any_length_gets_an_answer(length: int) -> None:
    assert not KEY.public.verifies(b"message", bytes(length))


def test_another_key_does_not_verify() -> None:
    other = PublicKey(ed25519.Ed25519PrivateKey.generate().public_key())
    assert not other.verifies(b"\xaf\x82", SIGNATURE)
    assert other.id != KEY.public.id and len(other.id) == 16


def test_a_new_key_leaves_the_pair_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "keys"
    key = load_or_create_key(folder)
    assert sorted(os.listdir(folder)) == [PRIVATE_NAME, PUBLIC_NAME]
    assert (folder / PRIVATE_NAME).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o077 == 0
    assert load_public_key(folder / PUBLIC_NAME).id == key.public.id


def test_all_who_come_at_once_get_one_key(tmp_path: Path) -> None:
    found: list[str] = []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        found.append(load_or_create_key(tmp_path).public.id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert load_public_key(tmp_path / PUBLIC_NAME).id == found[0]
    assert sorted(os.listdir(tmp_path)) == [PRIVATE_NAME, PUBLIC_NAME]


def test_a_public_half_that_was_not_written_any_more_is_written(tmp_path: Path) -> None:
    """The machine may stop between the two files."""
    key = load_or_create_key(tmp_path)
    (tmp_path / PUBLIC_NAME).unlink()
    assert load_or_create_key(tmp_path).public.id == key.public.id
    assert load_public_key(tmp_path / PUBLIC_NAME).id == key.public.id


def test_a_disk_that_refuses_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        load_or_create_key(tmp_path)
    assert os.listdir(tmp_path) == []


def _private(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, password: bytes = b"") -> bytes:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(PEM, PKCS8, lock)


WRONG_PRIVATE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "noise": lambda: bytes(range(256)),
    "PEM of nothing": lambda: b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
    "cut off": lambda: _private(KEY.key)[:60],
    "with a password": lambda: _private(KEY.key, b"secret"),
    "RSA": lambda: _private(rsa.generate_private_key(65537, 2048)),
    "the public half": lambda: KEY.key.public_key().public_bytes(PEM, PUBLIC),
}


@pytest.mark.parametrize("case", WRONG_PRIVATE)
def test_a_private_key_that_is_none_is_refused_and_stays(case: str, tmp_path: Path) -> None:
    data = WRONG_PRIVATE[case]()
    (tmp_path / PRIVATE_NAME).write_bytes(data)
    with pytest.raises(ValueError):
        load_or_create_key(tmp_path)
    assert (tmp_path / PRIVATE_NAME).read_bytes() == data
    assert os.listdir(tmp_path) == [PRIVATE_NAME]


# A SubjectPublicKeyInfo of 32 bytes under an algorithm that nobody has (1.3.101.1.1.1).
UNKNOWN = base64.b64encode(bytes.fromhex("302c300706052b65010101032100") + bytes(32))

WRONG_PUBLIC: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "noise": lambda: bytes(range(256)),
    "unknown algorithm": lambda: b"-----BEGIN PUBLIC KEY-----\n" + UNKNOWN + b"\n-----END PUBLIC KEY-----\n",
    "RSA": lambda: rsa.generate_private_key(65537, 2048).public_key().public_bytes(PEM, PUBLIC),
    "EC": lambda: ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(PEM, PUBLIC),
    "DSA": lambda: dsa.generate_private_key(1024).public_key().public_bytes(PEM, PUBLIC),
    "Ed448": lambda: ed448.Ed448PrivateKey.generate().public_key().public_bytes(PEM, PUBLIC),
    "the private half": lambda: _private(KEY.key),
}


@pytest.mark.parametrize("case", WRONG_PUBLIC)
def test_a_public_key_that_is_none_is_refused(case: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(WRONG_PUBLIC[case]())
    with pytest.raises(ValueError):
        load_public_key(tmp_path / "key")
