"""What the rules on carriers are about: each is broken by a carrier; and what one file does to another in a zip."""

import io
import json
import os
import stat
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.fixity.copying import CannotWrite
from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.rules import catalogue
from luutru.packaging.contents import Contents
from luutru.packaging.recognise import recognise
from luutru.packaging.unpack import Limits, look, unpack

Carrier = Callable[[Path], object]


def zipped(*entries: tuple[str, bytes], **fields: int) -> Carrier:
    """A zip; ``fields`` are set in every entry."""

    def build(place: Path) -> None:
        with zipfile.ZipFile(place, "w") as archive:
            for name, data in entries:
                info = zipfile.ZipInfo(name)
                for field, value in fields.items():
                    setattr(info, field, value)
                archive.writestr(info, data)

    return build


def changed(build: Carrier, change: Callable[[bytearray], object]) -> Carrier:
    """The same with bytes changed on purpose; they must really change."""

    def rebuild(place: Path) -> None:
        build(place)
        data = bytearray(place.read_bytes())
        before = bytes(data)
        change(data)
        assert bytes(data) != before
        place.write_bytes(bytes(data))

    return rebuild


def headers(offset_local: int, offset_central: int, form: str, value: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        struct.pack_into(form, data, data.rindex(b"PK\3\4") + offset_local, value)
        struct.pack_into(form, data, data.rindex(b"PK\1\2") + offset_central, value)

    return change


def renamed(old: bytes, new: bytes, *, utf8: bool = False) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        assert len(old) == len(new)
        data[:] = data.replace(old, new)
        if utf8:
            headers(6, 8, "<H", 0x800)(data)

    return change


def overlapped(data: bytearray) -> None:
    first, second = data.index(b"PK\1\2"), data.rindex(b"PK\1\2")
    data[second + 42 : second + 46] = data[first + 42 : first + 46]


def folder(**files: bytes) -> Carrier:
    def build(place: Path) -> None:
        for name, data in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)

    return build


def with_empty_folder(place: Path) -> None:
    folder(a=b"1")(place)
    (place / "empty").mkdir()


ONE = zipped(("a", b"1"))
CASES: dict[str, Carrier] = {
    "LUUTRU-NAME/outside": zipped(("../a", b"1")),
    "LUUTRU-NAME/not-text": changed(ONE, renamed(b"a", b"\xff", utf8=True)),
    "LUUTRU-NAME/empty-part": zipped(("a//b", b"1")),
    "LUUTRU-NAME/too-long": zipped(("a" * 256, b"1")),
    "LUUTRU-NAME/control": zipped(("a\x1b[2J", b"1")),
    "LUUTRU-NAME/not-portable": zipped(("nul", b"1")),
    "LUUTRU-NAME/guessed": changed(ONE, renamed(b"a", b"\xff")),
    "LUUTRU-NAME/nfc": zipped(("\u1ec7", b"1"), ("e\u0323\u0302", b"2")),
    "LUUTRU-NAME/case": zipped(("Đ", b"1"), ("đ", b"2")),
    "LUUTRU-UNPACK/not-a-package": lambda place: place.write_bytes(b"{}"),
    "LUUTRU-UNPACK/empty": zipped(),
    "LUUTRU-UNPACK/link": zipped(("a", b"b"), external_attr=(stat.S_IFLNK | 0o777) << 16),
    "LUUTRU-UNPACK/not-a-file": zipped(("a", b""), external_attr=(stat.S_IFIFO | 0o666) << 16),
    "LUUTRU-UNPACK/duplicate": changed(zipped(("a", b"1"), ("b", b"2")), renamed(b"b", b"a")),
    "LUUTRU-UNPACK/file-and-folder": zipped(("a/b", b"1"), ("a", b"2")),
    "LUUTRU-UNPACK/encrypted": changed(ONE, headers(6, 8, "<H", 1)),
    "LUUTRU-UNPACK/method": changed(ONE, headers(8, 10, "<H", 98)),
    "LUUTRU-UNPACK/backslashes": zipped(("a\\b", b"1"), create_system=0),
    "LUUTRU-UNPACK/loose-bytes": changed(ONE, lambda data: data.extend(b"hidden")),
    "LUUTRU-UNPACK/junk": zipped(("__MACOSX/._a", b""), ("a/bagit.txt", b"")),
    "LUUTRU-UNPACK/damaged": changed(ONE, lambda data: data.__setitem__(31, ord("2"))),
    "LUUTRU-UNPACK/overlap": changed(zipped(("a", b"1"), ("b", b"1")), overlapped),
    "LUUTRU-UNPACK/too-many": zipped(*[(str(n), b"") for n in range(30)]),
    "LUUTRU-UNPACK/too-large": zipped(("a", bytes(20_001))),
    "LUUTRU-UNPACK/ratio": zipped(("a", bytes(15_000)), compress_type=zipfile.ZIP_DEFLATED),
    "LUUTRU-UNPACK/unreadable": folder(a=b"1"),
    "LUUTRU-UNPACK/changed": folder(a=b"1"),
    "LUUTRU-UNPACK/vanished": folder(a=b"1"),
    "LUUTRU-UNPACK/empty-folder": with_empty_folder,
}
LIMITS = Limits(entries=20, bytes=20_000, ratio=100, ratio_from=10_000)


def meddled(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens to a file between the moment it is listed and the moment it is read."""
    real_open, real_read = os.open, os.read

    def opened(path: str, *rest: int) -> int:
        if str(path).endswith("source/a") and rule == "LUUTRU-UNPACK/vanished":
            os.unlink(path)
        if str(path).endswith("source/a") and rule == "LUUTRU-UNPACK/unreadable":
            raise PermissionError(13, "Permission denied", path)
        return real_open(path, *rest)

    def read(handle: int, length: int) -> bytes:
        data = real_read(handle, length)
        if rule == "LUUTRU-UNPACK/changed":
            os.truncate(f"/proc/self/fd/{handle}", 0)
        return data

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "read", read)


def unpacked(source: Path, target: Path, limits: Limits = LIMITS) -> tuple[Contents, Report]:
    report = Report(source.name)
    contents = unpack(source, target, report, limits=limits)
    recognise(contents, report)
    assert contents.sizes == list_files(target).sizes and not list_files(target).others
    assert {path.name for path in source.parent.iterdir()} <= {"source", "target"}
    for language in ("vi", "en"):
        json.dumps(report.as_json(language), ensure_ascii=False).encode("utf-8")
    return contents, report


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_every_rule_on_carriers_has_one_that_breaks_it() -> None:
    assert set(CASES) == {rule for rule in catalogue() if rule.startswith(("LUUTRU-NAME", "LUUTRU-UNPACK"))}


@pytest.mark.parametrize("rule", CASES)
def test_a_carrier_breaks_its_rule_and_no_other(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CASES[rule](tmp_path / "source")
    meddled(rule, monkeypatch)
    contents, report = unpacked(tmp_path / "source", tmp_path / "target")
    assert rules(report) == {rule}
    # Nothing that was refused passes as whole: a package without files is no valid package either.
    assert contents.sizes or not report.valid


def test_a_folder_that_is_no_text_and_has_content(tmp_path: Path) -> None:
    changed(zipped(("a/", b"1")), renamed(b"a/", b"\xff/", utf8=True))(tmp_path / "source")
    _, report = unpacked(tmp_path / "source", tmp_path / "target")
    assert rules(report) == {"LUUTRU-NAME/not-text", "LUUTRU-UNPACK/not-a-file"}


CLASHES = [
    ["x", "x/y"],
    ["x/y", "x"],
    ["x", "x/"],
    ["x/", "x"],
    ["x", "x/y/"],
    ["x/y/", "x"],
    ["x", "x/y/z/"],
]


@pytest.mark.parametrize("carrier", ["zip", "tar"])
@pytest.mark.parametrize("names", CLASHES, ids=" ".join)
def test_a_name_is_a_file_or_a_folder(names: list[str], carrier: str, tmp_path: Path) -> None:
    if carrier == "zip":
        zipped(*((name, b"" if name.endswith("/") else b"1") for name in names))(tmp_path / "source")
    else:
        with tarfile.open(tmp_path / "source", "w") as archive:
            for name in names:
                member = tarfile.TarInfo(name.rstrip("/"))
                member.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
                archive.addfile(member, io.BytesIO())
    contents, report = unpacked(tmp_path / "source", tmp_path / "target")
    assert "LUUTRU-UNPACK/file-and-folder" in rules(report) and not report.valid
    assert not any(one.startswith(f"{path}/") for path in contents.sizes for one in contents.folders)


SOME = st.sampled_from(["a", "a/", "a/b", "a/b/", "b", "A/b", "../a", "a/../b", "/a", "", "/", "./a", "a//b"])


@given(st.lists(st.tuples(SOME, st.sampled_from([b"", b"1", b"22"])), max_size=7))
@settings(max_examples=80)
def test_any_entries_leave_the_archive_told_and_nothing_outside(entries: list[tuple[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)  # zipfile warns of duplicates
        zipped(*entries)(Path(place) / "source")
        contents, report = unpacked(Path(place) / "source", Path(place) / "target")
        if report.valid:
            said = {name: data for name, data in entries if not name.endswith("/")}
            assert {path: (contents.root / path).read_bytes() for path in contents.sizes} == said


@pytest.mark.parametrize("carrier", ["zip", "tar", "tar.gz", "folder"])
def test_a_target_that_is_full_is_an_error_and_no_finding(
    carrier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package may be sound: it must not be refused for our disk."""
    source = tmp_path / "source"
    if carrier == "zip":
        zipped(("a", bytes(5000)))(source)
    elif carrier == "folder":
        folder(a=bytes(5000))(source)
    else:
        with tarfile.open(source, "w:gz" if carrier == "tar.gz" else "w") as archive:
            member = tarfile.TarInfo("a")
            member.size = 5000
            archive.addfile(member, io.BytesIO(bytes(5000)))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    report = Report("x")
    with pytest.raises(CannotWrite):
        unpack(source, tmp_path / "target", report, limits=Limits())
    assert not report.findings and list((tmp_path / "target").iterdir()) == []


@pytest.mark.parametrize("kind", ["nothing", "pipe", "link to nothing"])
def test_what_is_no_package_at_all(kind: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    if kind == "pipe":
        os.mkfifo(source)
        assert rules(unpacked(source, tmp_path / "target")[1]) == {"LUUTRU-UNPACK/not-a-package"}
        return
    if kind == "link to nothing":
        source.symlink_to("gone")
    with pytest.raises(FileNotFoundError):
        unpack(source, tmp_path / "target", Report("x"), limits=Limits())
    with pytest.raises(FileNotFoundError):
        look(source, Report("x"), limits=Limits(), scratch=tmp_path / "target")
    assert not (tmp_path / "target").exists()
