"""Carriers, good and hostile: the same names and bytes come out, or a finding says why not."""

import gzip
import hashlib
import io
import os
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from luutru.fixity import copying
from luutru.fixity.copying import CannotWrite
from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Report
from luutru.packaging import intake
from luutru.packaging.contents import Contents
from luutru.packaging.unpack import Limits, look, unpack

Tree = dict[str, bytes]
NAMES = st.text(
    st.characters(exclude_characters="/\0\\:", exclude_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda name: name not in (".", ".."))
TREES = st.dictionaries(
    st.lists(NAMES, min_size=1, max_size=3).map("/".join), st.binary(max_size=300), min_size=1, max_size=6
).filter(lambda tree: not any(other.startswith(path + "/") for path in tree for other in tree))


def as_folder(tree: Tree, place: Path) -> Path:
    for path, data in tree.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
    return place


def as_zip(tree: Tree, place: Path) -> Path:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in tree.items():
            archive.writestr(path, data)
    return place


def _tar(tree: Tree, place: Path, mode: str, form: int) -> Path:
    with tarfile.open(place, mode, format=form) as archive:  # type: ignore[call-overload]
        for path, data in tree.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return place


CARRIERS: dict[str, Callable[[Tree, Path], Path]] = {
    "folder": as_folder,
    "zip": as_zip,
    "tar (pax)": lambda tree, place: _tar(tree, place, "w", tarfile.PAX_FORMAT),
    "tar (GNU)": lambda tree, place: _tar(tree, place, "w", tarfile.GNU_FORMAT),
    "tar.gz": lambda tree, place: _tar(tree, place, "w:gz", tarfile.PAX_FORMAT),
}


def unpacked(source: Path, work: Path, limits: Limits | None = None) -> tuple[Contents, Report]:
    """A source unpacked below ``work``, with proof that nothing was written beside the target."""
    report = Report(source.name)
    before = set(work.parent.rglob("*"))
    contents = unpack(source, work / "target", report, limits=limits or Limits())
    strange = [p for p in set(work.parent.rglob("*")) - before if (work / "target") not in (p, *p.parents)]
    assert strange in ([], [work])
    assert not any(path.is_symlink() for path in (work / "target").rglob("*"))
    assert contents.sizes == list_files(work / "target").sizes
    return contents, report


def codes(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings if finding.severity != "info"}


@pytest.mark.parametrize("carrier", CARRIERS)
@given(tree=TREES)
@example(
    tree={
        "đường/Quyết định.txt": b"nfc",
        "d\u0323.txt": b"nfd",
        "📜/a b": b"",
        "x" * 120 + "/" + "y" * 200: b"long",
    }
)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_names_and_bytes_come_through(carrier: str, tree: Tree) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = CARRIERS[carrier](tree, Path(folder) / "source")
        contents, report = unpacked(source, Path(folder) / "work")
        assert report.valid, report.findings
        assert {path: (contents.root / path).read_bytes() for path in contents.sizes} == tree
        for path, data in tree.items():
            assert contents.digest(path, "sha512") == hashlib.sha512(data).hexdigest()
            assert contents.digest(path, "sha256") == hashlib.sha256(data).hexdigest()


def hostile_zip(name: str = "x", **attributes: object) -> Callable[[Path], None]:
    def build(place: Path) -> None:
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("good.txt", b"good")
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            archive.writestr(info, b"/etc/passwd")

    return build


def hostile_tar(name: str = "x", kind: bytes = tarfile.REGTYPE, link: str = "") -> Callable[[Path], None]:
    def build(place: Path) -> None:
        with tarfile.open(place, "w") as archive:
            for member_name, member_kind in (("good.txt", tarfile.REGTYPE), (name, kind)):
                member = tarfile.TarInfo(member_name)
                member.type, member.linkname = member_kind, link
                data = b"data" if member_kind == tarfile.REGTYPE else b""
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))

    return build


def encrypted_zip(place: Path) -> None:
    hostile_zip("secret")(place)
    data = bytearray(place.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    place.write_bytes(bytes(data))


def wrong_crc_zip(place: Path) -> None:
    hostile_zip()(place)
    place.write_bytes(place.read_bytes().replace(b"/etc/passwd", b"/etc/passwe"))


def twice_zip(place: Path) -> None:
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("good.txt", b"good")
        archive.writestr("x", b"one")
        with pytest.warns(UserWarning):
            archive.writestr("x", b"two")


def clash_zip(place: Path) -> None:
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("good.txt", b"good")
        archive.writestr("x", b"a file")
        archive.writestr("x/y", b"and a folder")


def overlapping_zip(place: Path) -> None:
    hostile_zip()(place)
    data = bytearray(place.read_bytes())
    first, second = data.index(b"PK\x01\x02"), data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    place.write_bytes(bytes(data))


def long_header_tar(place: Path) -> None:
    with tarfile.open(place, "w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("x")
        member.pax_headers = {"comment": "c" * (4 << 20)}
        archive.addfile(member, io.BytesIO(b""))


def sparse_tar(place: Path) -> None:
    with tarfile.open(place, "w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("x")
        member.pax_headers = {
            "GNU.sparse.major": "0",
            "GNU.sparse.minor": "1",
            "GNU.sparse.size": str(1 << 40),
            "GNU.sparse.map": "0,4",
        }
        member.size = 4
        archive.addfile(member, io.BytesIO(b"data"))


def holding(data: bytes) -> Callable[[Path], None]:
    def build(place: Path) -> None:
        place.write_bytes(data)

    return build


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "zip: name that climbs": (hostile_zip("../evil"), "LUUTRU-NAME/outside"),
    "zip: climbs in the middle": (hostile_zip("a/../../evil"), "LUUTRU-NAME/outside"),
    "zip: climbs with backslashes": (hostile_zip("..\\evil"), "LUUTRU-NAME/outside"),
    "zip: absolute name": (hostile_zip("/tmp/evil"), "LUUTRU-NAME/outside"),
    "zip: drive letter": (hostile_zip("C:\\evil"), "LUUTRU-NAME/outside"),
    "zip: empty part": (hostile_zip("a//b"), "LUUTRU-NAME/empty-part"),
    "zip: name too long": (hostile_zip("x" * 256), "LUUTRU-NAME/too-long"),
    "zip: symbolic link": (hostile_zip(external_attr=(stat.S_IFLNK | 0o777) << 16), "LUUTRU-UNPACK/link"),
    "zip: device": (hostile_zip(external_attr=(stat.S_IFBLK | 0o600) << 16), "LUUTRU-UNPACK/not-a-file"),
    "zip: encrypted": (encrypted_zip, "LUUTRU-UNPACK/encrypted"),
    "zip: wrong checksum": (wrong_crc_zip, "LUUTRU-UNPACK/damaged"),
    "zip: a name twice": (twice_zip, "LUUTRU-UNPACK/duplicate"),
    "zip: file and folder": (clash_zip, "LUUTRU-UNPACK/file-and-folder"),
    "zip: entries that overlap": (overlapping_zip, "LUUTRU-UNPACK/overlap"),
    "zip: same name in another case": (hostile_zip("GOOD.txt"), "LUUTRU-NAME/case"),
    "zip: control characters": (hostile_zip("a\x07b"), "LUUTRU-NAME/control"),
    "zip: a name Windows reserves": (hostile_zip("aux.txt"), "LUUTRU-NAME/not-portable"),
    "tar: name that climbs": (hostile_tar("../evil"), "LUUTRU-NAME/outside"),
    "tar: absolute name": (hostile_tar("/tmp/evil"), "LUUTRU-NAME/outside"),
    "tar: symbolic link": (hostile_tar("x", tarfile.SYMTYPE, "/etc/passwd"), "LUUTRU-UNPACK/link"),
    "tar: hard link": (hostile_tar("x", tarfile.LNKTYPE, "good.txt"), "LUUTRU-UNPACK/link"),
    "tar: device": (hostile_tar("x", tarfile.CHRTYPE), "LUUTRU-UNPACK/not-a-file"),
    "tar: pipe": (hostile_tar("x", tarfile.FIFOTYPE), "LUUTRU-UNPACK/not-a-file"),
    "tar: not UTF-8": (hostile_tar("caf\udce9"), "LUUTRU-NAME/not-text"),
    "tar: a name twice": (hostile_tar("good.txt"), "LUUTRU-UNPACK/duplicate"),
    "tar: file and folder": (hostile_tar("good.txt/x"), "LUUTRU-UNPACK/file-and-folder"),
    "tar: a header of megabytes": (long_header_tar, "LUUTRU-UNPACK/damaged"),
    "tar: sparse": (sparse_tar, "LUUTRU-UNPACK/not-a-file"),
    "nothing we know": (holding(b"%PDF-1.7"), "LUUTRU-UNPACK/not-a-package"),
    "no byte": (holding(b""), "LUUTRU-UNPACK/not-a-package"),
    "empty zip": (lambda place: zipfile.ZipFile(place, "w").close(), "LUUTRU-UNPACK/empty"),
    "empty tar": (lambda place: tarfile.open(place, "w:gz").close(), "LUUTRU-UNPACK/empty"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_archives_get_a_finding_and_write_nothing_outside(case: str, tmp_path: Path) -> None:
    build, expected = HOSTILE[case]
    build(tmp_path / "source")
    contents, report = unpacked(tmp_path / "source", tmp_path / "work")
    assert expected in codes(report), codes(report)
    if "good.txt" in contents.sizes:
        assert contents.open("good.txt").read() in (b"good", b"data")


@pytest.mark.parametrize("carrier", ["zip", "tar (pax)", "tar.gz"])
def test_an_archive_cut_short_is_never_whole(carrier: str, tmp_path: Path) -> None:
    tree = {f"data/{n}": os.urandom(700) for n in range(5)}
    whole = CARRIERS[carrier](tree, tmp_path / "whole").read_bytes()
    end = len(whole) - (9 * 1024 if carrier == "tar (pax)" else 0)
    for cut in sorted({*range(1, end, max(1, end // 25)), end - 1}):
        (tmp_path / f"cut-{cut}").write_bytes(whole[:cut])
        _, report = unpacked(tmp_path / f"cut-{cut}", tmp_path / f"work-{cut}")
        assert not report.valid, f"cut to {cut} of {len(whole)} bytes"


def test_a_tar_without_its_end_is_never_whole(tmp_path: Path) -> None:
    whole = _tar({"a": b"1" * 512, "b": b"2" * 512}, tmp_path / "whole", "w", tarfile.PAX_FORMAT).read_bytes()
    (tmp_path / "cut").write_bytes(whole[: 2 * 512])
    _, report = unpacked(tmp_path / "cut", tmp_path / "work")
    assert "LUUTRU-UNPACK/damaged" in codes(report)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(entries=3), "LUUTRU-UNPACK/too-many"),
        (Limits(bytes=1 << 20), "LUUTRU-UNPACK/too-large"),
        (Limits(ratio=10, ratio_from=1 << 20), "LUUTRU-UNPACK/ratio"),
    ],
    ids=["entries", "bytes", "ratio"],
)
@pytest.mark.parametrize("carrier", ["zip", "tar.gz"])
def test_bombs_go_off_outside(carrier: str, limits: Limits, expected: str, tmp_path: Path) -> None:
    source = CARRIERS[carrier]({f"{n}": bytes(2 << 20) for n in range(5)}, tmp_path / "source")
    contents, report = unpacked(source, tmp_path / "work", limits)
    assert expected in codes(report)
    assert sum(contents.sizes.values()) < 12 << 20


def test_a_tar_gz_with_a_wrong_checksum_is_damaged(tmp_path: Path) -> None:
    source = CARRIERS["tar.gz"]({"a": b"a" * 5000}, tmp_path / "source")
    data = bytearray(source.read_bytes())
    data[-8] ^= 1
    source.write_bytes(bytes(data))
    assert "LUUTRU-UNPACK/damaged" in codes(unpacked(source, tmp_path / "work")[1])


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_mutilated_archives_give_a_report(data: st.DataObject) -> None:
    carrier = data.draw(st.sampled_from(["zip", "tar (pax)", "tar (GNU)", "tar.gz"]))
    with tempfile.TemporaryDirectory() as folder:
        source = CARRIERS[carrier]({"a/b": b"one" * 50, "c": b"two" * 300}, Path(folder) / "source")
        content = bytearray(source.read_bytes())
        for _ in range(data.draw(st.integers(1, 8))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        source.write_bytes(bytes(content))
        unpacked(source, Path(folder) / "work", Limits(bytes=1 << 22, entries=100))


def test_a_folder_with_links_and_pipes(tmp_path: Path) -> None:
    source = as_folder({"good.txt": b"good"}, tmp_path / "source")
    (source / "link").symlink_to("/etc/passwd")
    (source / "up").symlink_to("..")
    os.mkfifo(source / "pipe")
    (source / "empty").mkdir()
    contents, report = unpacked(source, tmp_path / "work")
    assert contents.sizes == {"good.txt": 4}
    assert codes(report) == {"LUUTRU-UNPACK/link", "LUUTRU-UNPACK/not-a-file"}
    assert report.count("LUUTRU-UNPACK/link") == 2 and report.count("LUUTRU-UNPACK/empty-folder") == 1


def test_a_folder_is_looked_at_where_it_lies(tmp_path: Path) -> None:
    source = as_folder({"a": b"1", "b/c": b"22"}, tmp_path / "source")
    report = Report("x")
    contents = look(source, report, limits=Limits(), scratch=tmp_path / "scratch")
    assert contents.root == source and contents.sizes == {"a": 1, "b/c": 2}
    assert not (tmp_path / "scratch").exists()


@pytest.mark.parametrize(
    ("name", "error", "expected"),
    [
        ("vanished", FileNotFoundError(2, "gone"), "LUUTRU-UNPACK/vanished"),
        ("refused", PermissionError(13, "denied"), "LUUTRU-UNPACK/unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    name: str, error: OSError, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = as_folder({"a": b"1", "b": b"2"}, tmp_path / "source")
    real = getattr(copying, "read_through")  # noqa: B009  (not exported to the type checker)

    def refuse(path: object, *arguments: object) -> object:
        if str(path).endswith("/b"):
            raise error
        return real(path, *arguments)

    monkeypatch.setattr(copying, "read_through", refuse)
    contents, report = unpacked(source, tmp_path / "work")
    assert codes(report) == {expected} and contents.sizes == {"a": 1}
    assert [finding.location for finding in report.findings] == ["b"]


def test_a_full_disk_is_our_fault_not_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = as_folder({"a": b"1"}, tmp_path / "source")
    packed = as_zip({"a": b"1"}, tmp_path / "packed")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(CannotWrite, match="No space"):
        unpack(folder, tmp_path / "one", Report("x"), limits=Limits())
    with pytest.raises(OSError, match="No space"):
        unpack(packed, tmp_path / "two", Report("x"), limits=Limits())
    assert list((tmp_path / "two").iterdir()) == []


def test_a_gzipped_file_that_is_no_tar(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"hello" * 1000))
    assert not unpacked(tmp_path / "x.gz", tmp_path / "work")[1].valid


def test_the_intake_is_the_only_writer() -> None:
    """Both readers of archives hand their bytes to the intake; none opens a file to write."""
    from luutru.packaging import container_tar, container_zip

    for module in (container_tar, container_zip):
        assert module.__file__ is not None
        text = Path(module.__file__).read_text("utf-8")
        assert "extract(" not in text and "extractall" not in text and '"wb"' not in text
    assert intake.Intake.__doc__


def test_a_folder_too_deep_to_copy(tmp_path: Path) -> None:
    source = as_folder({"good.txt": b"good", "/".join("d" * 300): b""}, tmp_path / "source")
    report = Report("source")
    contents = unpack(source, tmp_path / "target", report, limits=Limits())
    assert codes(report) == {"LUUTRU-NAME/too-long"} and contents.sizes == {"good.txt": 4}
    assert all(len(finding.location) < 500 for finding in report.findings)


def test_a_package_that_changes_while_it_is_unpacked(tmp_path: Path) -> None:
    source = as_zip({"a": b"1", "b": b"2"}, tmp_path / "source")

    def touch(*_: int) -> None:
        os.utime(source, ns=(1, 1))

    report = Report("source")
    unpack(source, tmp_path / "target", report, limits=Limits(), progress=touch)
    assert codes(report) == {"LUUTRU-UNPACK/changed"}
