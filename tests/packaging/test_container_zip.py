"""Zips whose records lie, and zips of other writers: the bytes that were meant come out, or a finding."""

import io
import os
import stat
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.metadata_profiles.finding import Report
from luutru.packaging import container_zip
from luutru.packaging.contents import Contents
from luutru.packaging.unpack import Limits, look, unpack
from luutru.packaging.zip_directory import TooManyEntries, ZipDamage, read_directory

CONTENT = b"hello world, " * 200


def made(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return bytearray(buffer.getvalue())


class Unseekable(io.RawIOBase):
    """What a zip is streamed to: no way back, so sizes come in descriptors behind the content."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, block: object) -> int:
        self.data += memoryview(block)  # type: ignore[arg-type]
        return memoryview(block).nbytes  # type: ignore[arg-type]


def streamed(entries: dict[str, bytes]) -> bytearray:
    sink = Unseekable()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return sink.data


def unpacked(data: bytes | bytearray, work: Path, limits: Limits | None = None) -> tuple[Contents, Report]:
    work.mkdir(exist_ok=True)
    (work / "source").write_bytes(data)
    report = Report("source")
    return unpack(work / "source", work / "target", report, limits=limits or Limits()), report


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def put(data: bytearray, signature: bytes, at: int, form: str, *values: int) -> None:
    """Change a field of the last record with this signature; it must really change."""
    place = data.rindex(signature) + at
    before = bytes(data)
    struct.pack_into(form, data, place, *values)
    assert bytes(data) != before


def both(data: bytearray, at_local: int, at_central: int, form: str, *values: int) -> None:
    put(data, b"PK\3\4", at_local, form, *values)
    put(data, b"PK\1\2", at_central, form, *values)


def test_sizes_are_held_to_exactly(tmp_path: Path) -> None:
    """Fewer bytes than there are, with a checksum that fits them, is still a lie; so are more."""
    short = made({"x": CONTENT})
    both(short, 22, 24, "<I", 11)
    both(short, 14, 16, "<I", zlib.crc32(CONTENT[:11]))
    long = made({"x": CONTENT})
    both(long, 22, 24, "<I", len(CONTENT) + 1)
    stored = made({"x": CONTENT}, zipfile.ZIP_STORED)
    both(stored, 22, 24, "<I", len(CONTENT) - 1)
    for number, data in enumerate((short, long, stored)):
        contents, report = unpacked(data, tmp_path / str(number))
        assert rules(report) == {"LUUTRU-UNPACK/damaged"}, number
        assert contents.sizes == {} and list(contents.root.iterdir()) == []


@pytest.mark.parametrize(
    ("at", "form", "value"), [(26 + 4, "B", ord("y")), (8, "<H", 0), (14, "<I", 1), (22, "<I", 1)]
)
def test_local_header_and_directory_must_agree(at: int, form: str, value: int, tmp_path: Path) -> None:
    """Name, method, checksum, size: one reader would go by the one, another by the other."""
    data = made({"x": CONTENT})
    put(data, b"PK\3\4", at, form, value)
    contents, report = unpacked(data, tmp_path / "work")
    assert rules(report) == {"LUUTRU-UNPACK/damaged"} and not contents.sizes
    assert "differ" in report.findings[0].message("en")


@pytest.mark.parametrize("flip", range(3))
def test_flipped_content_leaves_no_file(flip: int, tmp_path: Path) -> None:
    data = made(
        {"good": b"good", "x": os.urandom(5000)}, zipfile.ZIP_STORED if flip else zipfile.ZIP_DEFLATED
    )
    data[data.rindex(b"PK\3\4") + 41 + flip * 2000] ^= 0x20
    contents, report = unpacked(data, tmp_path / "work")
    assert [(f.rule, f.location) for f in report.findings] == [("LUUTRU-UNPACK/damaged", "x")]
    assert contents.sizes == {"good": 4}
    assert [path.name for path in contents.root.iterdir()] == ["good"]


@pytest.mark.parametrize(
    "build",
    [
        lambda one, other: one + b"garbage" * 9,
        lambda one, other: one + other,
        lambda one, other: one[: one.rindex(b"PK\1\2")] + b"hidden" * 10 + one[one.rindex(b"PK\1\2") :],
    ],
    ids=["bytes at the end", "two archives", "bytes before the directory"],
)
def test_bytes_of_no_entry_are_said(build: Callable[[bytes, bytes], bytes], tmp_path: Path) -> None:
    one, other = made({"a": CONTENT}), made({"b": CONTENT})
    data = bytearray(build(bytes(one), bytes(other)))
    if b"hidden" in data:
        put(data, b"PK\5\6", 16, "<I", data.rindex(b"PK\1\2"))
    if data.endswith(bytes(other)):  # as `zip -A` does it: the second directory counts from the start
        put(data, b"PK\1\2", 42, "<I", len(one))
        put(data, b"PK\5\6", 16, "<I", data.rindex(b"PK\1\2"))
    contents, report = unpacked(data, tmp_path / "work")
    assert rules(report) == {"LUUTRU-UNPACK/loose-bytes"} and report.valid
    assert len(contents.sizes) == 1


def test_two_end_records_are_one_too_many(tmp_path: Path) -> None:
    """A comment that holds an end record of its own: readers differ in which one they take."""
    one = made({"a": b"1"})
    end = bytes(one[one.rindex(b"PK\5\6") :])
    put(one, b"PK\5\6", 20, "<H", len(end))
    _, report = unpacked(one + end, tmp_path / "work")
    assert rules(report) == {"LUUTRU-UNPACK/damaged"}


def test_a_comment_is_a_comment(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", b"1")
        archive.comment = "Hồ sơ năm 2024".encode()
    contents, report = unpacked(bytearray(buffer.getvalue()), tmp_path / "work")
    assert not report.findings and contents.sizes == {"a": 1}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_are_named(method: int, tmp_path: Path) -> None:
    """Their decompressors give all they have at once: a few kilobytes can fill the memory."""
    _, report = unpacked(made({"x": CONTENT}, method), tmp_path / "work")
    assert rules(report) == {"LUUTRU-UNPACK/method"}
    assert "Deflate" in report.findings[0].message("vi")


def test_deflate64_of_windows_is_named(tmp_path: Path) -> None:
    data = made({"x": CONTENT})
    both(data, 8, 10, "<H", 9)
    _, report = unpacked(data, tmp_path / "work")
    assert "Deflate64" in report.findings[0].message("en")


def test_a_bomb_writes_nothing(tmp_path: Path) -> None:
    """Sizes are added up before the first byte is unpacked, and no entry may exceed its own."""
    data = made({f"{n}": bytes(1 << 20) for n in range(8)})
    contents, report = unpacked(data, tmp_path / "work", Limits(bytes=4 << 20))
    assert rules(report) == {"LUUTRU-UNPACK/too-large"}
    assert list(contents.root.iterdir()) == []


def test_a_long_directory_is_left_before_it_fills_the_memory() -> None:
    record = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = record * 5000
    data = b"PK\3\4" + bytes(27) + directory
    data += struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(directory), 31, 0)
    with pytest.raises(TooManyEntries):
        read_directory(io.BytesIO(data), most=4000)
    with pytest.raises(ZipDamage, match="should have 1 entries and has 5000"):
        read_directory(io.BytesIO(data), most=10_000)


def test_names_as_they_were_meant(tmp_path: Path) -> None:
    """UTF-8 said, UTF-8 unsaid, the Info-ZIP field for it, and what can only be guessed."""
    names = {"nói.txt": True, "lặng.txt": False}
    data = made({name: name.encode() for name in names})
    place = data.rindex("lặng.txt".encode())
    assert data[place - 46 : place - 42] == b"PK\1\2"
    for start in (place - 46 + 8, data.index("lặng.txt".encode()) - 30 + 6):
        data[start + 1] &= 0xF7  # takes the UTF-8 flag away
    contents, report = unpacked(data, tmp_path / "one")
    assert set(contents.sizes) == set(names) and not report.findings

    buffer = io.BytesIO()
    raw = "Qu?t.txt"
    field = b"\1" + struct.pack("<I", zlib.crc32(b"Qu\x82t.txt")) + "Quết.txt".encode()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in (raw, "D?i.txt"):
            info = zipfile.ZipInfo(name)
            info.extra = struct.pack("<HH", 0x7075, len(field)) + field if name == raw else b""
            archive.writestr(info, b"x")
    other = bytearray(buffer.getvalue().replace(b"Qu?t", b"Qu\x82t").replace(b"D?i", b"D\x82i"))
    contents, report = unpacked(other, tmp_path / "two")
    assert set(contents.sizes) == {"Quết.txt", "Déi.txt"}
    assert [(f.rule, f.location) for f in report.findings] == [("LUUTRU-NAME/guessed", "Déi.txt")]


def test_backslashes_of_windows_part_folders(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, system in (("bag\\data\\x", 0), ("..\\evil", 0), ("a\\b", 3)):
            info = zipfile.ZipInfo(name)
            info.create_system = system
            archive.writestr(info, b"x")
    contents, report = unpacked(bytearray(buffer.getvalue()), tmp_path / "work")
    assert set(contents.sizes) == {"bag/data/x", "a\\b"}
    assert rules(report) == {
        "LUUTRU-UNPACK/backslashes",
        "LUUTRU-NAME/outside",
        "LUUTRU-NAME/not-portable",
    }
    assert not (tmp_path / "evil").exists()


def test_links_of_macs_are_links(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.create_system, info.external_attr = 19, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert rules(unpacked(bytearray(buffer.getvalue()), tmp_path / "work")[1]) == {"LUUTRU-UNPACK/link"}


@pytest.mark.parametrize("build", [made, streamed])
def test_many_small_entries_on_all_cores(
    build: Callable[[dict[str, bytes]], bytearray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = {f"d{n % 7}/{n}": os.urandom(n % 90) for n in range(1200)}
    monkeypatch.setattr(container_zip, "workers_for", lambda *_: 2)
    contents, report = unpacked(build(tree), tmp_path / "work")
    assert not report.findings
    assert {path: (contents.root / path).read_bytes() for path in contents.sizes} == tree
    assert len(contents.digests) == len(tree)


def test_over_65535_entries(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for n in range(66_000):
            archive.writestr(f"{n}/", b"")
    assert len(read_directory(buffer, most=100_000).entries) == 66_000


@given(
    tree=st.dictionaries(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=9),
        st.binary(max_size=99),
        max_size=5,
    ),
    zip64=st.booleans(),
)
@settings(max_examples=60)
def test_the_directory_is_read_as_the_standard_library_does(tree: dict[str, bytes], zip64: bool) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in tree.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=zip64) as stream:
                stream.write(data)
        theirs = [
            (info.orig_filename, info.header_offset, info.compress_size, info.file_size, info.CRC)
            for info in archive.infolist()
        ]
    ours = read_directory(buffer, most=10)
    assert [(e.name, e.offset, e.packed, e.size, e.crc) for e in ours.entries] == theirs
    assert ours.loose == 0


def test_validation_takes_only_the_digests_that_were_declared(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(made({"bag/manifest-md5.txt": b"", "bag/data/x": b"x"}))
    contents = look(tmp_path / "source", Report("x"), limits=Limits(), scratch=tmp_path / "a")
    assert contents.algorithms == ("md5",)
    whole = unpack(tmp_path / "source", tmp_path / "b", Report("x"), limits=Limits())
    assert whole.algorithms == ("md5", "sha256", "sha512")


def test_workers_need_nothing_but_the_standard_library() -> None:
    """They start without site packages; an import too many would break every large zip."""
    top = Path(container_zip.__file__).absolute().parents[2]
    code = f"import sys; sys.path.insert(0, {str(top)!r}); import luutru.packaging.zip_entries"
    assert subprocess.run([sys.executable, "-I", "-S", "-c", code], check=False).returncode == 0
