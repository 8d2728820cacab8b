"""Bags by RFC 8493: each rule is broken by a real bag on disk, and whole bags pass."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from luutru.fixity.walk import list_files
from luutru.metadata_profiles.finding import Report, Severity
from luutru.packaging.bag import Bag, validate_bag
from luutru.packaging.contents import Contents
from luutru.packaging.unpack import Limits, unpack

PAYLOAD = {
    "data/công văn.txt": "Kính gửi\n".encode(),
    "data/ảnh/1.bin": bytes(range(256)),
    "data/trống.txt": b"",
}


def _size() -> int:
    return sum(map(len, PAYLOAD.values()))


def manifest(files: dict[str, bytes], algorithm: str) -> bytes:
    return b"".join(
        f"{hashlib.new(algorithm, data).hexdigest()}  {path}\n".encode() for path, data in files.items()
    )


class Draft:
    """A valid bag as a dict of files, to be broken and then written; tag manifests come last."""

    def __init__(self, version: str = "1.0", algorithms: tuple[str, ...] = ("sha512",)) -> None:
        self.algorithms = algorithms
        self.payload = dict(PAYLOAD)
        self.files = {
            "bagit.txt": f"BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n".encode(),
            "bag-info.txt": b"Payload-Oxum: %d.3\nBagging-Date: 2026-01-02\n" % _size(),
        }
        for name in algorithms:
            self.files[f"manifest-{name}.txt"] = manifest(self.payload, name)
        self.sealed = True

    def add(self, name: str, data: bytes) -> None:
        self.files[name] = self.files.get(name, b"") + data

    def write(self, folder: Path) -> Path:
        bag = folder / "bag"
        tags = {}
        if self.sealed:
            tags = {f"tagmanifest-{name}.txt": manifest(self.files, name) for name in self.algorithms}
        for path, data in {**self.payload, **self.files, **tags}.items():
            (bag / path).parent.mkdir(parents=True, exist_ok=True)
            (bag / path).write_bytes(data)
        return bag


def validate(bag: Path) -> tuple[Bag, Report]:
    listing = list_files(bag)
    report = Report(str(bag))
    return validate_bag(Contents(bag, listing.sizes, folders=listing.folders), report), report


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize("version", ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"])
def test_a_whole_bag_is_valid_in_every_version(version: str, tmp_path: Path) -> None:
    bag, report = validate(Draft(version, ("sha256", "sha512")).write(tmp_path))
    assert report.valid and not report.findings
    assert (bag.version, bag.encoding, bag.algorithms) == (version, "utf-8", ("sha256", "sha512"))


Breakage = Callable[[Draft], object]


def _sets(name: str, data: bytes) -> Breakage:
    return lambda draft: draft.files.__setitem__(name, data)


def _adds(name: str, data: bytes) -> Breakage:
    return lambda draft: draft.add(name, data)


def _lists(path: str) -> Breakage:
    return _adds("manifest-sha512.txt", b"0" * 128 + b"  " + path.encode() + b"\n")


def _fetches(path: str) -> Breakage:
    return _sets("fetch.txt", b"https://example.org/x 3 " + path.encode() + b"\n")


def _relists(draft: Draft) -> None:
    draft.add("manifest-sha512.txt", b"0" * 128 + "  data/trống.txt\n".encode())


BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

BROKEN: dict[str, tuple[Breakage, str]] = {
    "no declaration": (lambda d: d.files.pop("bagit.txt"), "RFC8493-2.1.1/missing"),
    "declaration with a BOM": (_sets("bagit.txt", b"\xef\xbb\xbf" + BAGIT), "RFC8493-2.1.1/bom"),
    "declaration of three lines": (_adds("bagit.txt", b"More: yes\n"), "RFC8493-2.1.1/form"),
    "declaration in the wrong order": (
        _sets("bagit.txt", b"Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n"),
        "RFC8493-2.1.1/form",
    ),
    "declaration that is empty": (_sets("bagit.txt", b""), "RFC8493-2.1.1/form"),
    "version unknown": (_sets("bagit.txt", BAGIT.replace(b"1.0", b"2.7")), "RFC8493-2.1.1/version"),
    "encoding unknown": (_sets("bagit.txt", BAGIT.replace(b"UTF-8", b"TCVN-0")), "RFC8493-2.1.1/encoding"),
    "encoding that is no encoding": (
        _sets("bagit.txt", BAGIT.replace(b"UTF-8", b"rot13")),
        "RFC8493-2.1.1/encoding",
    ),
    "bag-info in another encoding": (
        _adds("bag-info.txt", "Contact-Name: Hà\n".encode("cp1258")),
        "RFC8493-2.1.1/not-decodable",
    ),
    "no payload folder": (lambda d: d.payload.clear(), "RFC8493-2.1.2/missing"),
    "no manifest": (lambda d: d.files.pop("manifest-sha512.txt"), "RFC8493-2.1.3/no-manifest"),
    "manifest of an unknown algorithm only": (
        lambda d: d.files.__setitem__("manifest-crc32.txt", d.files.pop("manifest-sha512.txt")),
        "RFC8493-2.1.3/no-manifest",
    ),
    "manifest of an unknown algorithm": (
        _sets("manifest-crc32.txt", b"00000000  data/x\n"),
        "RFC8493-2.4/unknown-algorithm",
    ),
    "manifest line without a path": (_adds("manifest-sha512.txt", b"abc\n"), "RFC8493-2.1.3/syntax"),
    "manifest line without a digest": (
        _adds("manifest-sha512.txt", b"xyz  data/x\n"),
        "RFC8493-2.1.3/syntax",
    ),
    "digest cut short": (_adds("manifest-sha512.txt", b"abcd  data/x\n"), "RFC8493-2.1.3/digest-length"),
    "listed twice with two digests": (_relists, "RFC8493-2.1.3/listed-twice-differently"),
    "file missing": (lambda d: d.payload.pop("data/công văn.txt"), "RFC8493-3/missing-file"),
    "file not listed": (lambda d: d.payload.__setitem__("data/lạ", b"?"), "RFC8493-3/not-listed"),
    "file of the same size altered": (
        lambda d: d.payload.__setitem__("data/công văn.txt", b"K" * len(PAYLOAD["data/công văn.txt"])),
        "RFC8493-3/altered",
    ),
    "oxum wrong": (_sets("bag-info.txt", b"Payload-Oxum: 999.3\n"), "RFC8493-2.2.2/oxum"),
    "oxum of another form": (_sets("bag-info.txt", b"Payload-Oxum: many\n"), "RFC8493-2.2.2/oxum-form"),
    "oxum repeated": (_adds("bag-info.txt", b"Payload-Oxum: 1.1\n"), "RFC8493-2.2.2/oxum-repeated"),
    "bag-info line without a colon": (_adds("bag-info.txt", b"nothing\n"), "RFC8493-2.2.2/syntax"),
    "bag-info begins with a continuation": (_sets("bag-info.txt", b"  more\n"), "RFC8493-2.2.2/syntax"),
    "fetch line without a length": (
        _sets("fetch.txt", b"https://example.org/x data/x\n"),
        "RFC8493-2.2.3/syntax",
    ),
    "fetch of an unlisted file": (_fetches("data/x"), "RFC8493-2.2.3/not-listed"),
    "listed file only to be fetched": (
        lambda d: (_fetches("data/x")(d), _lists("data/x")(d)),
        "RFC8493-2.2.3/not-fetched",
    ),
    "manifest lists a tag file": (_lists("bag-info.txt"), "RFC8493-5.1/outside"),
    "encoding of Python's own": (
        _sets("bagit.txt", BAGIT.replace(b"UTF-8", b"punycode")),
        "RFC8493-2.1.1/encoding",
    ),
    "declaration without end": (_adds("bagit.txt", b"x" * 5000), "RFC8493-2.3/too-large"),
    "oxum of more digits than there are bytes": (
        _sets("bag-info.txt", b"Payload-Oxum: " + b"9" * 5000 + b".1\n"),
        "RFC8493-2.2.2/oxum-form",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_bag_is_invalid_under_its_rule(case: str, tmp_path: Path) -> None:
    breakage, rule = BROKEN[case]
    draft = Draft()
    breakage(draft)
    _, report = validate(draft.write(tmp_path))
    assert rule in rules(report)
    assert not report.valid
    for finding in report.findings:
        assert "{" not in finding.message("vi") + finding.message("en")


@pytest.mark.parametrize(
    "path",
    ["../x", "data/../../x", "/data/x", "~/x", "~user/x", "C:/x", "C:\\x", "c:x", "\\\\server\\share\\x"]
    + ["data/..", "data/..\\..\\x", "%APPDATA%/x", "$HOME/x"],
)
def test_no_path_points_outside_on_any_platform(path: str, tmp_path: Path) -> None:
    listed, fetched = Draft(), Draft()
    _lists(path)(listed)
    _fetches(path)(fetched)
    assert "RFC8493-5.1/outside" in rules(validate(listed.write(tmp_path / "1"))[1])
    assert "RFC8493-5.1/fetch-outside" in rules(validate(fetched.write(tmp_path / "2"))[1])


WARNED: dict[str, tuple[Breakage, str]] = {
    "label repeated": (_adds("bag-info.txt", b"Bagging-Date: 2026-01-03\n"), "RFC8493-2.2.2/repeated"),
    "fetch.txt gives another length": (
        _sets("fetch.txt", "https://example.org/x 3 data/trống.txt\n".encode()),
        "RFC8493-2.2.3/length",
    ),
    "asterisk of md5sum": (
        lambda d: d.files.__setitem__(
            "manifest-sha512.txt", d.files["manifest-sha512.txt"].replace(b"  ", b" *")
        ),
        "RFC8493-2.1.3/asterisk",
    ),
    "dot and slash": (
        lambda d: d.files.__setitem__(
            "manifest-sha512.txt", d.files["manifest-sha512.txt"].replace(b"  ", b"  ./")
        ),
        "RFC8493-2.1.3/dot-slash",
    ),
    "name spelt in another normalisation": (
        lambda d: d.files.__setitem__(
            "manifest-sha512.txt",
            d.files["manifest-sha512.txt"].replace("ảnh".encode(), "a\u0309nh".encode()),
        ),
        "RFC8493-6.1.1/normalization",
    ),
}


@pytest.mark.parametrize("case", WARNED)
def test_what_only_should_not_be_is_a_warning(case: str, tmp_path: Path) -> None:
    breakage, rule = WARNED[case]
    draft = Draft()
    breakage(draft)
    _, report = validate(draft.write(tmp_path))
    assert report.valid
    assert [f.rule for f in report.findings if f.severity is Severity.WARNING] == [rule] * report.count(rule)
    assert report.count(rule)


def test_a_value_of_very_many_lines(tmp_path: Path) -> None:
    draft = Draft()
    draft.add("bag-info.txt", b"External-Description: a\n" + b" b\n" * 200_000)
    bag, report = validate(draft.write(tmp_path))
    assert report.valid and bag.title == "a" + " b" * 200_000


def test_every_tag_file_should_be_in_every_tag_manifest(tmp_path: Path) -> None:
    for version, warnings in (("1.0", ["notes.txt"]), ("0.97", [])):
        bag = Draft(version).write(tmp_path / version)
        (bag / "notes.txt").write_bytes(b"of no manifest")
        _, report = validate(bag)
        assert report.valid
        told = [f.location for f in report.findings if f.rule == "RFC8493-2.2.1/tag-not-listed"]
        assert told == warnings


def test_tag_manifests_should_have_the_algorithms_of_the_payload_manifests(tmp_path: Path) -> None:
    bag = Draft(algorithms=("sha256", "sha512")).write(tmp_path)
    (bag / "tagmanifest-sha256.txt").unlink()
    _, report = validate(bag)
    assert report.valid and rules(report) == {"RFC8493-2.2.1/algorithms"}


def test_a_tag_manifest_lists_every_manifest_and_no_tag_manifest(tmp_path: Path) -> None:
    bag = Draft(algorithms=("sha256", "sha512")).write(tmp_path)
    lines = (bag / "tagmanifest-sha512.txt").read_bytes().splitlines(keepends=True)
    other = manifest({"tagmanifest-sha256.txt": (bag / "tagmanifest-sha256.txt").read_bytes()}, "sha512")
    kept = [line for line in lines if b"manifest-sha256" not in line]
    (bag / "tagmanifest-sha512.txt").write_bytes(b"".join([*kept, other]))
    _, report = validate(bag)
    assert not report.valid
    assert rules(report) == {"RFC8493-2.2.1/manifest-not-listed", "RFC8493-2.2.1/lists-itself"}


def test_what_is_to_be_fetched_must_be_in_every_manifest_since_1_0(tmp_path: Path) -> None:
    for version, listed in (("1.0", 1), ("0.97", 0)):
        draft = Draft(version, ("sha256", "sha512"))
        _lists("data/x")(draft)
        _fetches("data/x")(draft)
        _, report = validate(draft.write(tmp_path / version))
        assert not report.valid
        assert report.count("RFC8493-2.2.3/not-listed") == listed


def test_every_digest_of_every_manifest_is_compared(tmp_path: Path) -> None:
    draft = Draft(algorithms=("md5", "sha256", "sha512"))
    lines = draft.files["manifest-sha256.txt"].split(b"\n")
    lines[0] = b"0" * 64 + lines[0][64:]
    draft.files["manifest-sha256.txt"] = b"\n".join(lines)
    _, report = validate(draft.write(tmp_path))
    (finding,) = [f for f in report.findings if f.rule == "RFC8493-3/altered"]
    assert (finding.location, dict(finding.parameters)) == (next(iter(PAYLOAD)), {"algorithms": "sha256"})


@pytest.mark.parametrize("name", ["bag-info.txt", "manifest-sha512.txt"])
def test_an_altered_or_lost_tag_file_is_found(name: str, tmp_path: Path) -> None:
    bag = Draft().write(tmp_path)
    (bag / name).write_bytes((bag / name).read_bytes() + b"\n")
    _, report = validate(bag)
    assert [f.location for f in report.findings if f.rule == "RFC8493-3/altered"] == [name]
    (bag / name).unlink()
    _, report = validate(bag)
    assert not report.valid and "RFC8493-3/missing-tag-file" in rules(report)


@pytest.mark.parametrize(("version", "percent"), [("1.0", "%25"), ("0.97", "%")])
def test_line_ends_and_percent_signs_in_names(version: str, percent: str, tmp_path: Path) -> None:
    draft = Draft(version)
    draft.payload = {"data/a\nb\rc 100%": b"x"}
    written = manifest({f"data/a%0Ab%0Dc 100{percent}": b"x"}, "sha512")
    draft.files |= {"manifest-sha512.txt": written, "bag-info.txt": b"Payload-Oxum: 1.1\n"}
    _, report = validate(draft.write(tmp_path))
    assert not report.findings


@pytest.mark.parametrize(("version", "valid"), [("1.0", False), ("0.97", True)])
def test_a_percent_sign_that_is_not_encoded(version: str, valid: bool, tmp_path: Path) -> None:
    """Only 1.0 has it encoded; the file is found all the same, so that this is all that is said."""
    draft = Draft(version)
    draft.payload = {"data/100%.txt": b"x"}
    draft.files |= {
        "manifest-sha512.txt": manifest(draft.payload, "sha512"),
        "bag-info.txt": b"Payload-Oxum: 1.1\n",
    }
    _, report = validate(draft.write(tmp_path))
    assert report.valid is valid
    assert rules(report) == (set() if valid else {"RFC8493-2.1.3/percent"})


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_will_do(end: bytes, tmp_path: Path) -> None:
    draft = Draft()
    draft.files = {name: data.replace(b"\n", end) for name, data in draft.files.items()}
    _, report = validate(draft.write(tmp_path))
    assert not report.findings


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "UTF-16LE", "windows-1258"])
def test_tag_files_in_a_declared_encoding(encoding: str, tmp_path: Path) -> None:
    draft = Draft()
    draft.payload = {"data/anh.bin": b"1"}
    lines = {
        "bag-info.txt": "Contact-Name: Đỗ Thị Á\n" if encoding != "windows-1258" else "Contact-Name: Á\n"
    }
    lines["manifest-sha512.txt"] = manifest(draft.payload, "sha512").decode()
    draft.files = {name: text.encode(encoding) for name, text in lines.items()}
    draft.files["bagit.txt"] = BAGIT.replace(b"UTF-8", encoding.encode())
    draft.sealed = False
    bag, report = validate(draft.write(tmp_path))
    assert rules(report) == (set() if encoding == "UTF-8" else {"RFC8493-2.1.1/not-utf-8"})
    assert dict(bag.info)["Contact-Name"].startswith(("Đỗ", "Á"))


def test_labels_in_their_order_and_the_title(tmp_path: Path) -> None:
    draft = Draft()
    draft.files["bag-info.txt"] = (
        "Source-Organization: Sở Nội vụ\nContact-Name: A\nContact-Name: B\n"
        "External-Description: Hồ sơ\n  về đất đai\n".encode()
    )
    bag, report = validate(draft.write(tmp_path))
    assert report.valid
    assert bag.info == (
        ("Source-Organization", "Sở Nội vụ"),
        ("Contact-Name", "A"),
        ("Contact-Name", "B"),
        ("External-Description", "Hồ sơ về đất đai"),
    )
    assert bag.title == "Hồ sơ về đất đai"


def test_a_bag_without_a_title_has_none(tmp_path: Path) -> None:
    assert validate(Draft().write(tmp_path))[0].title == ""


def test_digests_taken_on_the_way_in_give_the_same_verdict(tmp_path: Path) -> None:
    bag = Draft(algorithms=("md5", "sha512")).write(tmp_path)
    (bag / "data/trống.txt").write_bytes(b"!")
    contents = unpack(bag, tmp_path / "copy", Report(""), limits=Limits())
    shutil.rmtree(contents.root)  # all that is asked from now on is known
    contents.root.mkdir()
    for name in ("bagit.txt", "bag-info.txt", *(p.name for p in bag.glob("*manifest*"))):
        shutil.copy(bag / name, contents.root)
    report = Report("")
    validate_bag(contents, report)
    (finding,) = [f for f in report.findings if f.rule == "RFC8493-3/altered"]
    assert (finding.location, dict(finding.parameters)["algorithms"]) == ("data/trống.txt", "md5, sha512")


def test_progress_covers_every_file_and_byte(tmp_path: Path) -> None:
    bag = Draft().write(tmp_path)
    listing = list_files(bag)
    told: list[tuple[int, int]] = []
    contents = Contents(bag, listing.sizes, folders=listing.folders)
    validate_bag(contents, Report(""), progress=lambda files, size: told.append((files, size)))
    assert [sum(column) for column in zip(*told, strict=True)] == [
        len(listing.sizes),
        sum(listing.sizes.values()),
    ]
