"""Tars that end unsaid, hide things, or grow where nobody looks; and those that real tools write."""

import gzip
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from luutru.metadata_profiles.finding import Report
from luutru.packaging.contents import Contents
from luutru.packaging.unpack import Limits, unpack

END = bytes(1024)


def member(name: str, data: bytes = b"", *, kind: bytes = tarfile.REGTYPE, size: int | None = None) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(data) if size is None else size
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


def pax(kind: bytes = tarfile.XHDTYPE, **fields: str) -> bytes:
    return member("pax", b"".join(record(*field) for field in fields.items()), kind=kind)


def record(keyword: str, value: str) -> bytes:
    body = f" {keyword.replace('_', '.')}={value}\n".encode()
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length = len(str(length)) + len(body)
    return f"{length}".encode() + body


def unpacked(data: bytes, work: Path, limits: Limits | None = None) -> tuple[Contents, Report]:
    work.mkdir(exist_ok=True)
    (work / "source").write_bytes(data)
    report = Report("source")
    return unpack(work / "source", work / "target", report, limits=limits or Limits()), report


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_a_header_that_cannot_be_read_is_not_the_end(tmp_path: Path) -> None:
    """The standard library takes it for the end, and what follows is lost without a word."""
    good = member("a", b"one") + member("b", b"two") + END
    for place in (1024, 1024 + 150, 1024 + 124):
        data = bytearray(good)
        data[place] ^= 0x55
        contents, report = unpacked(bytes(data), tmp_path / str(place))
        assert rules(report) == {"LUUTRU-UNPACK/damaged"} and contents.sizes == {"a": 3}


@pytest.mark.parametrize("packed", [bytes, lambda data: gzip.compress(data)], ids=["tar", "tar.gz"])
def test_what_stands_after_the_end_is_said(packed: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """``cat a.tar b.tar`` makes a file of which most readers see half."""
    one, other = member("a", b"one") + END, member("b", b"two") + END
    contents, report = unpacked(packed(one + other), tmp_path / "work")
    assert rules(report) == {"LUUTRU-UNPACK/loose-bytes"} and contents.sizes == {"a": 3}
    assert dict(report.findings[0].parameters)["count"] == str(len(other))
    assert not unpacked(packed(one + bytes(50_000)), tmp_path / "padded")[1].findings


def test_chains_of_headers_end(tmp_path: Path) -> None:
    """Each extended header is read inside the one before: thousands would exhaust the stack."""
    chain = member("././@LongLink", b"a\0", kind=tarfile.GNUTYPE_LONGNAME) * 3000
    contents, report = unpacked(chain + member("x") + END, tmp_path / "work")
    assert rules(report) == {"LUUTRU-UNPACK/damaged"} and not contents.sizes


def test_headers_for_all_do_not_pile_up(tmp_path: Path) -> None:
    data = b""
    for n in range(200):
        data += pax(tarfile.XGLTYPE, **{f"key{n}": "v" * 500}) + member(f"{n}")
    assert rules(unpacked(data + END, tmp_path / "work")[1]) == {"LUUTRU-UNPACK/damaged"}


def test_the_one_header_that_git_writes_is_fine(tmp_path: Path) -> None:
    data = pax(tarfile.XGLTYPE, comment="0123456789abcdef" * 3) + member("x", b"1") + END
    contents, report = unpacked(data, tmp_path / "work")
    assert contents.sizes == {"x": 1} and not report.findings


def test_maps_of_sparse_files_are_not_read(tmp_path: Path) -> None:
    """A map may be as long as it likes, in its header or before the content."""
    mapped = pax(GNU_sparse_major="1", GNU_sparse_minor="0", GNU_sparse_realsize="9")
    listed = pax(GNU_sparse_map="0,1," * 1000 + "0,1", GNU_sparse_size=str(1 << 50))
    for number, header in enumerate((mapped, listed)):
        data = header + member("x", b"999999999\n" + b"0\n" * 5000) + member("y", b"good") + END
        contents, report = unpacked(data, tmp_path / str(number))
        assert rules(report) == {"LUUTRU-UNPACK/not-a-file"}
        assert contents.sizes == {"y": 4}


def test_an_old_sparse_file_is_skipped_and_its_map_bounded(tmp_path: Path) -> None:
    head = bytearray(member("x", b"data", kind=tarfile.GNUTYPE_SPARSE)[:512])
    head[482] = 1  # the map goes on in the next block
    head[148:156] = b"%06o\0 " % (sum(head[:148]) + 8 * 32 + sum(head[156:]))
    last, more = bytes(512), bytes(504) + b"\1" + bytes(7)
    data = bytes(head) + more * 3 + last + b"data".ljust(512, b"\0") + member("y", b"good") + END
    contents, report = unpacked(data, tmp_path / "one")
    assert rules(report) == {"LUUTRU-UNPACK/not-a-file"} and contents.sizes == {"y": 4}
    _, report = unpacked(bytes(head) + more * 5000 + last + END, tmp_path / "two")
    assert rules(report) == {"LUUTRU-UNPACK/damaged"}


def test_a_refused_member_cannot_keep_us_busy(tmp_path: Path) -> None:
    """It is skipped by unpacking it, so its size counts although its name was refused."""
    data = gzip.compress(member("../x", size=1 << 40) + bytes(1 << 20))
    _, report = unpacked(data, tmp_path / "work", Limits(bytes=1 << 30))
    assert rules(report) == {"LUUTRU-NAME/outside", "LUUTRU-UNPACK/too-large"}


def test_endless_padding_is_a_bomb(tmp_path: Path) -> None:
    data = gzip.compress(member("x", b"1") + END + bytes(64 << 20))
    _, report = unpacked(data, tmp_path / "work", Limits(ratio=100, ratio_from=1 << 20))
    assert rules(report) == {"LUUTRU-UNPACK/ratio"}


@pytest.mark.parametrize("size", ["-1", "-512", "-1024", str(1 << 62), "four"])
def test_impossible_sizes(size: str, tmp_path: Path) -> None:
    """The standard library takes one that is no number for 0."""
    own = [member("x", size=int(size))] if size != "four" else []
    for number, data in enumerate([*own, pax(size=size) + member("x", bytes(512))]):
        contents, report = unpacked(data + END, tmp_path / str(number), Limits(bytes=1 << 63))
        assert not report.valid and not contents.sizes


def test_names_are_utf8_whatever_the_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarfile, "ENCODING", "ascii")
    head = member("Quyết định.txt", b"1")
    assert "Quyết định.txt".encode() in head or pytest.skip("tarfile wrote the name otherwise")
    assert set(unpacked(head + END, tmp_path / "work")[0].sizes) == {"Quyết định.txt"}


@pytest.mark.skipif(shutil.which("tar") is None, reason="there is no tar here")
@pytest.mark.parametrize("form", ["v7", "ustar", "gnu", "oldgnu", "posix"])
@pytest.mark.parametrize("packed", ["", "z"], ids=["tar", "tar.gz"])
def test_what_tar_writes(form: str, packed: str, tmp_path: Path) -> None:
    tree = {"Hồ sơ/Quyết định 458.txt": b"x" * 1000, "Hồ sơ/rỗng": b"", "b": b"2" * 513}
    for path, data in tree.items():
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).write_bytes(data)
    done = subprocess.run(
        ["tar", f"-c{packed}f", tmp_path / "source", f"--format={form}", "-C", tmp_path / "tree", "."],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"this tar does not write {form}")
    report = Report("source")
    contents = unpack(tmp_path / "source", tmp_path / "target", report, limits=Limits())
    assert {path: (contents.root / path).read_bytes() for path in contents.sizes} == tree
    assert not report.findings


def test_reading_forwards_only_never_goes_back(tmp_path: Path) -> None:
    """A size that overlaps the header before it must end the reading, not repeat it."""
    data = member("a", b"1") + pax(size="-512") + member("b", b"2") + END
    assert not unpacked(data, tmp_path / "work")[1].valid
