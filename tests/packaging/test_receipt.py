"""Receipts: what is signed cannot be changed, what is no receipt is told, and anyone can make the digest anew."""

import base64
import copy
import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.fixity.signing import PublicKey, SigningKey
from luutru.packaging.receipt import NotAReceipt, canonical, content_digest, read_receipt, sign_receipt

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STATEMENT: dict[str, Any] = {
    "kind": "deposit receipt",
    "title": "Hồ sơ «đất đai» \u2028 📜",
    "content": {"files": 7, "bytes": 1 << 60, "list": ["a", "b"]},
}

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    TEXT | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_what_is_signed_is_read_back(statement: dict[str, Any]) -> None:
    receipt = read_receipt(sign_receipt(statement, KEY))
    assert receipt.statement == statement
    assert receipt.key_id == KEY.public.id and receipt.signed_by(KEY.public)


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    assert canonical({"b": 1, "a": ["ệ", {"d": True, "c": None}]}) == (
        '{"a":["ệ",{"c":null,"d":true}],"b":1}'.encode()
    )


def test_any_change_of_what_is_said_is_noticed() -> None:
    whole = json.loads(sign_receipt(STATEMENT, KEY))
    changes = [
        ("title", "Hồ sơ khác"),
        ("content", {**STATEMENT["content"], "files": 8}),
        ("content", {**STATEMENT["content"], "list": ["b", "a"]}),
        ("more", ""),
    ]
    for name, value in changes:
        changed = copy.deepcopy(whole)
        changed["receipt"][name] = value
        assert not read_receipt(json.dumps(changed).encode()).signed_by(KEY.public), name
    assert read_receipt(json.dumps(whole).encode()).signed_by(KEY.public)


def test_another_key_did_not_sign_it() -> None:
    receipt = read_receipt(sign_receipt(STATEMENT, KEY))
    other = SigningKey(Ed25519PrivateKey.generate())
    assert not receipt.signed_by(other.public)
    forged = json.loads(sign_receipt(STATEMENT, other))
    forged["signature"]["key"] = KEY.public.id
    assert not read_receipt(json.dumps(forged).encode()).signed_by(KEY.public)


@given(st.integers(0, 10_000), st.integers(1, 255))
@settings(max_examples=150)
def test_a_byte_that_flips_never_changes_what_is_vouched_for(at: int, flip: int) -> None:
    data = bytearray(sign_receipt(STATEMENT, KEY))
    data[at % len(data)] ^= flip
    try:
        receipt = read_receipt(bytes(data))
    except NotAReceipt:
        return
    assert not receipt.signed_by(KEY.public) or receipt.statement == STATEMENT


SIGNATURE = {"algorithm": "Ed25519", "key": "x", "value": base64.b64encode(bytes(64)).decode()}


def _receipt(statement: str, signature: object = SIGNATURE) -> bytes:
    return f'{{"receipt": {statement}, "signature": {json.dumps(signature)}}}'.encode()


NO_RECEIPTS = {
    "empty": b"",
    "no JSON": b"%PDF-1.7",
    "not UTF-8": b'{"receipt": "\xff"}',
    "UTF-8 with BOM": b"\xef\xbb\xbf" + _receipt("{}"),
    "a list": b"[]",
    "a text": b'"receipt"',
    "a number": b"1",
    "null": b"null",
    "no signature": b'{"receipt": {}}',
    "no statement": json.dumps({"signature": SIGNATURE}).encode(),
    "statement that is a list": _receipt("[]"),
    "signature that is a text": _receipt("{}", "x"),
    "signature that is null": _receipt("{}", None),
    "another algorithm": _receipt("{}", {**SIGNATURE, "algorithm": "none"}),
    "value that is no base64": _receipt("{}", {**SIGNATURE, "value": "*"}),
    "value that is no ASCII": _receipt("{}", {**SIGNATURE, "value": "ệ"}),
    "value that is a number": _receipt("{}", {**SIGNATURE, "value": 7}),
    "no value": _receipt("{}", {"algorithm": "Ed25519", "key": "x"}),
    "half a surrogate pair": _receipt('{"a": "\\ud800"}'),
    "half a surrogate pair as a name": _receipt('{"\\udfff": 1}'),
    "a name twice": _receipt('{"files": 1, "files": 2}'),
    "two statements": b'{"receipt": {"files": 9}, ' + _receipt("{}")[1:],
    "nested without end": _receipt("[" * 100_000),
    "nested deep": _receipt('{"a": ' + "[" * 5000 + "]" * 5000 + "}"),
    "a number of very many digits": _receipt('{"a": ' + "9" * 10_000 + "}"),
}


@pytest.mark.parametrize("case", NO_RECEIPTS)
def test_what_is_no_receipt_is_told(case: str) -> None:
    with pytest.raises(NotAReceipt):
        read_receipt(NO_RECEIPTS[case])


@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    with pytest.raises(NotAReceipt):
        read_receipt(data)


@given(st.integers(900, 1100))
@settings(max_examples=20)
def test_what_can_be_read_can_be_checked(depth: int) -> None:
    try:
        receipt = read_receipt(_receipt('{"a": ' + "[" * depth + "]" * depth + "}"))
    except NotAReceipt:
        return
    assert not receipt.signed_by(KEY.public)


DIGESTS = st.binary(min_size=64, max_size=64).map(bytes.hex)
NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1, max_size=20)
FILES = st.dictionaries(NAMES, DIGESTS, max_size=6)


@given(FILES, st.randoms())
def test_the_order_of_files_and_case_of_digests_say_nothing(files: dict[str, str], random: Any) -> None:
    pairs = list(files.items())
    random.shuffle(pairs)
    assert content_digest(pairs) == content_digest((path, value.upper()) for path, value in files.items())


@given(FILES, FILES)
def test_two_sets_of_files_have_two_digests(one: dict[str, str], other: dict[str, str]) -> None:
    assert (content_digest(one.items()) == content_digest(other.items())) is (one == other)


def test_a_line_end_in_a_name_makes_no_second_file() -> None:
    """One digest for both would let a receipt for the one stand for the other."""
    one, two, three = ("1" * 128, "2" * 128, "3" * 128)
    first = {f"a\n{two}  b": one, "c": three}
    second = {"a": one, f"b\n{three}  c": two}
    assert content_digest(first.items()) != content_digest(second.items())


@pytest.mark.skipif(shutil.which("sha512sum") is None, reason="there are no coreutils here")
@given(
    st.dictionaries(
        NAMES.filter(lambda name: name not in ("-", ".", "..")), st.binary(max_size=40), min_size=1
    )
)
@settings(max_examples=8)
def test_anyone_can_make_it_anew(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        command = (
            r"find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha512sum --zero -- | sha256sum"
        )
        said = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, check=True).stdout
    ours = content_digest((name, hashlib.sha512(data).hexdigest()) for name, data in files.items())
    assert said.split()[0].decode() == ours


def test_a_key_is_named_by_its_own_digest() -> None:
    raw = KEY.key.public_key().public_bytes_raw()
    assert PublicKey(KEY.key.public_key()).id == hashlib.sha256(raw).hexdigest()[:16]
