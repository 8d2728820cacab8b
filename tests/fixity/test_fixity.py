"""Fixity: digests by known answers, damage told apart, work spread without loss or leftovers."""

import hashlib
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luutru.fixity import parallel
from luutru.fixity.check import check_files, digest_files
from luutru.fixity.copying import CannotWrite, copy_files
from luutru.fixity.digest import (
    ALGORITHMS,
    BLOCK,
    ChangedWhileRead,
    Digester,
    FileDigest,
    UnknownAlgorithm,
    digest_file,
    digest_size,
    normalise,
)
from luutru.fixity.durable import sync_tree, write_durably
from luutru.fixity.read_ahead import ReadAhead
from luutru.fixity.signing import PRIVATE_NAME, PUBLIC_NAME, load_or_create_key, load_public_key
from luutru.fixity.verdict import Outcome
from luutru.fixity.walk import list_files

PEERS = {"sha512/256": "sha512_256", **{f"sha3-{n}": f"sha3_{n}" for n in (224, 256, 384, 512)}}


def peer(algorithm: str, data: bytes) -> bytes:
    if algorithm.startswith("blake2b-"):
        return hashlib.blake2b(data, digest_size=int(algorithm.removeprefix("blake2b-")) // 8).digest()
    return hashlib.new(PEERS.get(algorithm, algorithm), data).digest()


@pytest.mark.parametrize("size", [0, 1, 8192, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
def test_digests_agree_with_hashlib(size: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    (tmp_path / "f").write_bytes(data)
    algorithms = list(ALGORITHMS)
    found = digest_file(tmp_path / "f", algorithms)
    assert found == FileDigest(size, tuple(peer(name, data) for name in algorithms))
    assert all(digest_size(name) == len(value) for name, value in zip(algorithms, found.digests, strict=True))


@given(st.lists(st.binary(max_size=100)))
def test_pieces_give_the_digest_of_the_whole(pieces: list[bytes]) -> None:
    digester = Digester(("sha256", "md5"))
    for piece in pieces:
        digester.update(piece)
    whole = b"".join(pieces)
    assert digester.size == len(whole)
    assert digester.hexdigests() == {n: hashlib.new(n, whole).hexdigest() for n in ("sha256", "md5")}


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("SHA-256", "sha256"),
        ("sha512", "sha512"),
        ("Sha_1", "sha1"),
        ("SHA512/256", "sha512/256"),
        ("SHA3-256", "sha3-256"),
    ],
)
def test_names_of_algorithms(name: str, plain: str) -> None:
    assert normalise(name) == plain


def test_an_unknown_algorithm_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    with pytest.raises(UnknownAlgorithm):
        normalise("crc32")
    with pytest.raises(UnknownAlgorithm):
        digest_file(tmp_path / "f", ("crc32",))


@pytest.mark.parametrize("size", [100, BLOCK + 100])
def test_a_file_that_grows_or_is_touched_while_read(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"x" * size)
    real = os.read

    def appending(handle: int, count: int) -> bytes:
        with file.open("ab") as more:
            more.write(b"y")
        return real(handle, count)

    monkeypatch.setattr(os, "read", appending)
    with pytest.raises(ChangedWhileRead):
        digest_file(file, ("sha256",))


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    (tmp_path / "link").symlink_to("f")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "."):
        with pytest.raises(OSError):
            digest_file(tmp_path / name, ("sha256",))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("many")
    for number in range(1200):
        (root / f"{number % 7}").mkdir(exist_ok=True)
        (root / f"{number % 7}" / f"tệp {number}").write_bytes(b"%d" % number)
    return root


@pytest.mark.parametrize("workers", [0, 2, 3])
def test_any_number_of_workers_gives_one_answer(workers: int, many: Path) -> None:
    sizes = list_files(many).sizes
    found = dict(digest_files(many, sizes, ("sha256",), workers=workers))
    assert found.keys() == sizes.keys()
    for path, result in found.items():
        data = (many / path).read_bytes()
        assert result == FileDigest(len(data), (hashlib.sha256(data).digest(),))


@pytest.mark.parametrize("workers", [0, 2])
def test_each_kind_of_damage_has_its_word(workers: int, tmp_path: Path) -> None:
    right = hashlib.sha256(b"right").digest()
    for name in ("good", "altered"):
        (tmp_path / name).write_bytes(b"right" if name == "good" else b"wrong")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("good")
    names = ["good", "altered", "missing", "folder", "link", "good/below"]
    expected = {name: (("sha256", right),) for name in names}
    sizes = dict.fromkeys(names, 5)
    wanted = {
        "good": Outcome.INTACT,
        "altered": Outcome.ALTERED,
        "missing": Outcome.MISSING,
        "folder": Outcome.UNREADABLE,
        "link": Outcome.UNREADABLE,
        "good/below": Outcome.MISSING,
    }
    assert {v.path: v.outcome for v in check_files(tmp_path, expected, workers=workers)} == wanted
    faults = {path: outcome for path, outcome in wanted.items() if outcome is not Outcome.INTACT}
    claims = [("sha256", dict.fromkeys([*names, "unlisted"], right))]
    found = {v.path: v.outcome for v in ReadAhead.of(tmp_path, sizes, ("sha256",)).faults(claims)}
    assert found == {**faults, "unlisted": Outcome.MISSING}


def children() -> set[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, check=False)
    return {int(pid) for pid in found.stdout.split()}


def workers_left(before: set[int]) -> set[int]:
    for _ in range(50):
        left = {pid for pid in children() - before if Path(f"/proc/{pid}/cmdline").exists()}
        left = {pid for pid in left if b"fixity.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()}
        if not left:
            return left
        time.sleep(0.05)
    return left


def test_an_abandoned_audit_leaves_no_process(many: Path) -> None:
    before = children()
    running = digest_files(many, list_files(many).sizes, ("sha256",), workers=2)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert workers_left(before) == set()


def test_a_worker_that_dies_is_an_error_never_a_good_file(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = parallel._start

    def dying() -> "subprocess.Popen[bytes]":
        process = start()
        process.kill()
        return process

    monkeypatch.setattr(parallel, "_start", dying)
    sizes = list_files(many).sizes
    with pytest.raises(parallel.WorkerDied):
        list(digest_files(many, sizes, ("sha256",), workers=2))
    with pytest.raises(parallel.WorkerDied):
        list(ReadAhead.of(many, sizes, ("sha256",)).faults([("sha256", dict.fromkeys(sizes, b""))]))


def test_the_workers_serve_a_thread_too(many: Path) -> None:
    found: list[int] = []
    sizes = list_files(many).sizes
    thread = threading.Thread(
        target=lambda: found.append(sum(1 for _ in digest_files(many, sizes, ("sha256",), workers=2)))
    )
    thread.start()
    thread.join()
    assert found == [1200]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_copy_is_what_was_digested(workers: int, many: Path, tmp_path: Path) -> None:
    sizes = list_files(many).sizes
    names = {path: f"v1/{path}" for path in sizes}
    results = dict(copy_files(many, tmp_path / "copy", names, sizes, ("sha512",), workers=workers))
    for path in sizes:
        data = (tmp_path / "copy" / "v1" / path).read_bytes()
        assert data == (many / path).read_bytes()
        assert results[path] == FileDigest(len(data), (hashlib.sha512(data).digest(),))


def test_a_copy_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"new")
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "a").write_bytes(b"old")
    with pytest.raises(CannotWrite):
        list(copy_files(tmp_path, tmp_path / "target", {"a": "a"}, {"a": 3}, ("sha256",)))
    assert (tmp_path / "target" / "a").read_bytes() == b"old"


def test_what_cannot_be_read_leaves_no_copy(tmp_path: Path) -> None:
    results = dict(copy_files(tmp_path, tmp_path / "t", {"gone": "gone"}, {"gone": 1}, ("sha256",)))
    assert isinstance(results["gone"], FileNotFoundError)
    assert list((tmp_path / "t").iterdir()) == []


def test_a_walk_follows_no_link_and_tells_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "tệp").write_bytes(b"123")
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    (tmp_path / "loop").symlink_to(".")
    os.mkfifo(tmp_path / "pipe")
    os.mkdir(os.fsencode(tmp_path) + b"/caf\xe9")
    listing = list_files(tmp_path)
    assert listing.sizes == {"a/tệp": 3}
    assert listing.folders == {"empty/inner"}
    assert sorted(what for _, what in listing.others) == ["fifo", "link", "undecodable"]
    assert list_files(tmp_path / "nothing").others == [("", "unreadable")]


def test_a_durable_write_is_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "f"
    write_durably(place, b"old")

    def failing() -> "object":
        yield b"new"
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="middle"):
        write_durably(place, failing())  # type: ignore[arg-type]
    assert place.read_bytes() == b"old" and list(tmp_path.iterdir()) == [place]
    write_durably(place, [b"n", b"ew"])
    assert place.read_bytes() == b"new"
    sync_tree(tmp_path)


def test_a_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    key = load_or_create_key(tmp_path / "keys")
    assert load_or_create_key(tmp_path / "keys").public.id == key.public.id
    assert (tmp_path / "keys" / PRIVATE_NAME).stat().st_mode & 0o077 == 0
    public = load_public_key(tmp_path / "keys" / PUBLIC_NAME)
    signature = key.sign(b"message")
    assert public.verifies(b"message", signature)
    assert not public.verifies(b"messagE", signature)
    assert not public.verifies(b"message", bytes(64))
    (tmp_path / "rsa").write_bytes(b"no key")
    with pytest.raises(ValueError, match="[Dd]eserialize|PEM|load"):
        load_public_key(tmp_path / "rsa")
