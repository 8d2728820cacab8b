"""A server that fails on the way: what passes is not noticed, what does not is never taken for good."""

import hashlib
import os
from pathlib import Path

import pytest
from s3_location import MIB, OBJECT, stored, tree
from s3_proxy import Proxy

from luutru.fixity.verdict import Outcome
from luutru.packaging.ocfl.storage import Unreadable, Unwritable
from luutru.repository.s3_adoption import UNFINISHED
from luutru.repository.s3_storage import S3Storage


def gets(method: str, path: str) -> bool:
    return method == "GET" and path.endswith("/content/a")


def puts(method: str, path: str) -> bool:
    return method == "PUT"


@pytest.mark.parametrize("kind", ["500", "503", "reset", "silence", "cut"])
def test_a_fault_that_passes_is_not_noticed(
    storage: S3Storage, through: S3Storage, proxy: Proxy, kind: str
) -> None:
    fault = proxy.add(kind, puts, times=1)
    through.adopt(tree(storage, OBJECT), "ocfl/x")
    again = proxy.add(kind, gets, times=1)
    _, reading = through.read_whole("ocfl/x", "sha256")
    claims = {path: hashlib.sha256(data).digest() for path, data in OBJECT.items()}
    assert list(reading.faults([("sha256", claims)])) == []
    assert stored(storage, "ocfl/x") == OBJECT
    assert (fault.met, again.met) == (1, 1)


@pytest.mark.parametrize("kind", ["500", "503", "reset", "silence", "cut"])
def test_bytes_that_do_not_come_are_unreadable_never_intact(
    storage: S3Storage, through: S3Storage, proxy: Proxy, kind: str, tmp_path: Path
) -> None:
    storage.adopt(tree(storage, OBJECT), "ocfl/x")
    fault = proxy.add(kind, gets)
    wanted = (("sha256", hashlib.sha256(b"first").digest()),)
    _, reading = through.read_whole("ocfl/x", "sha256")
    (verdict,) = reading.faults([("sha256", {"v1/content/a": wanted[0][1]})])
    assert verdict.outcome is Outcome.UNREADABLE
    (verdict,) = through.check("ocfl/x", {"v1/content/a": wanted})
    assert verdict.outcome is Outcome.UNREADABLE
    with pytest.raises(Unreadable):
        list(through.fetch("ocfl/x", {"v1/content/a": 5}, tmp_path / "copy", ["sha256"]))
    assert not (tmp_path / "copy/v1/content/a").exists()
    with pytest.raises(Unreadable), through.read("ocfl/x/v1/content/a") as stream:
        stream.read()
    assert fault.met >= 4


@pytest.mark.parametrize("kind", ["500", "503", "reset", "silence"])
def test_an_adoption_that_fails_leaves_nothing(
    storage: S3Storage, through: S3Storage, proxy: Proxy, kind: str
) -> None:
    proxy.add(kind, lambda method, path: method == "PUT" and path.endswith("/content/b"))
    staged = tree(storage, OBJECT)
    with pytest.raises(Unwritable) as told:
        through.adopt(staged, "ocfl/x")
    assert told.value.transient and staged.exists()
    assert list(storage.bucket.keys("ocfl/x")) == [] and list(storage.bucket.keys(UNFINISHED)) == []


def test_a_location_that_goes_down_in_the_middle_leaves_no_object(
    storage: S3Storage, through: S3Storage, proxy: Proxy
) -> None:
    down: list[bool] = []

    def once_all_content_is_there(method: str, path: str) -> bool:
        if method == "PUT" and path.endswith("/x/inventory.json"):
            down.append(True)
        return bool(down)

    proxy.add("reset", once_all_content_is_there)
    with pytest.raises(Unwritable):
        through.adopt(tree(storage, OBJECT), "ocfl/x")
    assert not storage.exists("ocfl/x")
    assert [entry.kind for entry in storage.walk_root()] == ["unfinished"]
    storage.adopt(tree(storage, OBJECT), "ocfl/x")
    assert stored(storage, "ocfl/x") == OBJECT


def test_a_commit_whose_answer_is_lost_is_not_taken_for_another_s(
    storage: S3Storage, through: S3Storage, proxy: Proxy
) -> None:
    """The server has it, the client does not know: the write is sent again and finds its own key."""
    proxy.add("unheard", lambda method, path: method == "PUT" and path.endswith("/inventory.json"), times=1)
    through.adopt(tree(storage, OBJECT), "ocfl/x")
    assert stored(storage, "ocfl/x") == OBJECT
    assert list(storage.bucket.keys(UNFINISHED)) == []


def test_a_slow_answer_is_waited_for(storage: S3Storage, through: S3Storage, proxy: Proxy) -> None:
    data = os.urandom(2 * MIB)
    storage.write_file("ocfl/x", data)
    proxy.add("slow", lambda method, path: method == "GET" and path.endswith("/ocfl/x"))
    with through.read("ocfl/x") as stream:
        assert stream.read() == data
