"""Any input gives a report or a clear error: every parser behind the validators, on mutated and on free bytes.

``make test`` runs a few dozen examples of each target, ``make soak`` thousands.
"""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.premis import NotPremis, read_premis
from luutru.metadata_profiles.profile_registry import ProfileFault, find_profile, profile_files, read_profile
from luutru.packaging.ocfl.inventory import InventoryError
from luutru.packaging.ocfl.inventory_reader import read_inventory
from luutru.packaging.ocfl.validate import validate_object, validate_root
from luutru.packaging.package import validate_path
from luutru.packaging.samples.as_eark import make_eark_sip
from luutru.packaging.samples.as_tt05 import make_tt05_sip
from luutru.packaging.samples.described import described_in_a_table
from luutru.packaging.samples.records import make_records
from luutru.packaging.unpack import Limits

LIMITS = Limits(entries=1000, bytes=1 << 24, ratio=50, ratio_from=1 << 16)
SMALL = [HealthCheck.too_slow, HealthCheck.data_too_large]
Target = Callable[[st.DataObject, Path], None]

SHA = "0" * 64
BAG: dict[str, bytes] = {
    "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    "bag-info.txt": b"Payload-Oxum: 1.1\nBagging-Date: 2026-01-02\nBag-Count: 1 of ?\n",
    "manifest-sha256.txt": f"{SHA}  data/x\n".encode(),
    "tagmanifest-sha256.txt": f"{SHA}  bagit.txt\n".encode(),
    "fetch.txt": b"https://example.org/x 3 data/y\n",
    "data/x": b"x",
}
BAG_WORDS = [
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\r",
    b": ",
    b"  ",
    b"%0",
    b"%2E%2e/",
    b"0" * 128,
    b"UTF-7",
    b"UTF-16",
]
XML_WORDS = [
    b"<",
    b">",
    b"<!DOCTYPE x [",
    b"<!ENTITY a 'b'>",
    b"&a;",
    b"]]>",
    b"<!--",
    b"<?",
    b'xlink:href="../"',
]
XML_WORDS += [b"\0", b"\xff\xfe", b'encoding="UTF-7"', b"<a>" * 200, b'SIZE="-1"', b'ID="x"', b"<mets:file/>"]
JSON_WORDS = [
    b"{",
    b"}",
    b"[",
    b"]" * 9,
    b'"',
    b"\\ud800",
    b"\\",
    b"null",
    b"1e999",
    b"NaN",
    b"-",
    b'"v1"',
    b'"..":',
]
JSON_WORDS += [b"[" * 2000, b'"manifest"', b"\xef\xbb\xbf", b"\xc3"]
TOML_WORDS = [
    b"[",
    b"[[",
    b"]",
    b"=",
    b'"',
    b"[[rules]]",
    b"1979-05-27",
    b"kind = 1",
    b"(",
    b"*" * 40,
    b"\xff",
    b"{",
    b"true",
]
CSV_WORDS = [
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b'"',
    b'""',
    b",",
    b";",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xc3",
    b'"\n' * 50,
    b"," * 300,
    b"phong",
    b"03",
    "Tuyệt mật".encode(),
]
ZIP_WORDS = [
    b"PK\3\4",
    b"PK\1\2",
    b"PK\5\6",
    b"PK\6\6",
    b"PK\6\7",
    b"\xff" * 4,
    b"\0" * 4,
    b"../",
    b"\x08\x00",
]
TAR_WORDS = [
    b"ustar\000",
    b"././@LongLink\0",
    b"7777777",
    b"L",
    b"x",
    b"g",
    b"S",
    b"\0" * 512,
    b"9 path=../x\n",
]


def check(path: Path) -> None:
    """The verdict can be had and written down in both languages."""
    shown(validate_path(path, limits=LIMITS, scratch=path.parent))


def shown(report: Report) -> None:
    for language in ("vi", "en"):
        json.dumps(report.as_json(language), ensure_ascii=False).encode()
    assert report.valid or report.findings


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def mutated(data: st.DataObject, base: bytes, words: list[bytes]) -> bytes:
    """Some places of a good input replaced, doubled, left out; or bytes of no making at all."""
    token = st.sampled_from(words) | st.binary(max_size=8)
    if data.draw(st.integers(0, 9)) == 0:
        return b"".join(data.draw(st.lists(token, max_size=12)))
    result = base
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(result)))
        cut = data.draw(st.sampled_from([0, 0, 1, 4, 30, len(result)]))
        kind = data.draw(st.integers(0, 3))
        put = data.draw(token) if kind else result[at : at + cut] * 2
        result = result[:at] + put + result[at + cut :]
    return result


@cache
def eark() -> dict[str, bytes]:
    return made(lambda records, folder: make_eark_sip(records, folder / "sip"))


@cache
def tt05() -> dict[str, bytes]:
    return made(make_tt05_sip)


def made(make: Callable[[Path, Path], Path]) -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        (Path(folder) / "records").mkdir()
        make_records(Path(folder) / "records")
        sip = make(Path(folder) / "records", Path(folder))
        files = {str(path.relative_to(sip)): path.read_bytes() for path in sip.rglob("*") if path.is_file()}
    # The documents are what is looked at here; large records only cost time.
    return {path: content for path, content in files.items() if len(content) < 50_000}


@cache
def ocfl() -> dict[str, bytes]:
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    inventory = {
        "id": "urn:example:1",
        "type": "https://ocfl.io/1.1/spec/#inventory",
        "digestAlgorithm": "sha256",
        "head": "v1",
        "contentDirectory": "content",
        "manifest": {digest: ["v1/content/x"]},
        "fixity": {"md5": {"9dd4e461268c8034f5c8564e155c67a6": ["v1/content/x"]}},
        "versions": {
            "v1": {
                "created": "2026-01-02T03:04:05Z",
                "message": "một",
                "user": {"name": "A", "address": "mailto:a@example.org"},
                "state": {digest: ["x"]},
            }
        },
    }
    return {
        "0=ocfl_object_1.1": b"ocfl_object_1.1\n",
        "inventory.json": json.dumps(inventory, ensure_ascii=False, indent=1).encode(),
        "inventory.json.sha256": f"{SHA} inventory.json\n".encode(),
        "v1/content/x": b"x",
    }


@cache
def carriers() -> dict[str, bytes]:
    zipped, tarred, gzipped = io.BytesIO(), io.BytesIO(), io.BytesIO()
    files = {f"bag/{path}": content for path, content in BAG.items()} | {"bag/data/" + "ộ" * 60: b"y" * 3000}
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    for buffer, mode, form in ((tarred, "w", tarfile.GNU_FORMAT), (gzipped, "w:gz", tarfile.PAX_FORMAT)):
        with tarfile.open(fileobj=buffer, mode=mode, format=form) as tar:  # type: ignore[call-overload]
            for path, content in files.items():
                member = tarfile.TarInfo(path)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return {"zip": zipped.getvalue(), "tar": tarred.getvalue(), "tar.gz": gzipped.getvalue()}


def tag_files(data: st.DataObject, folder: Path) -> None:
    files = dict(BAG)
    for name in data.draw(st.lists(st.sampled_from(sorted(set(BAG) - {"data/x"})), min_size=1, max_size=3)):
        files[name] = mutated(data, files[name], BAG_WORDS)
    check(write(folder / "bag", files))


def mets(data: st.DataObject, folder: Path) -> None:
    files = dict(eark())
    name = data.draw(st.sampled_from(sorted(path for path in files if path.endswith(".xml"))))
    files[name] = mutated(data, files[name], XML_WORDS)
    check(write(folder / "sip", files))


def premis(data: st.DataObject, folder: Path) -> None:
    documents = [content for path, content in eark().items() if path.endswith("premis.xml")]
    base = documents[0] if documents else b"<premis xmlns='http://www.loc.gov/premis/v3' version='3.0'/>"
    try:
        list(read_premis(io.BytesIO(mutated(data, base, XML_WORDS))))
    except NotPremis as error:
        assert str(error)


def inventories(data: st.DataObject, folder: Path) -> None:
    files = dict(ocfl())
    files["inventory.json"] = mutated(data, files["inventory.json"], JSON_WORDS)
    if data.draw(st.booleans()):
        files["v1/inventory.json"] = mutated(data, files["inventory.json"], JSON_WORDS)
    report = Report("object")
    validate_object(write(folder / "object", files), report)
    shown(report)
    try:
        read_inventory(io.BytesIO(files["inventory.json"]))
    except InventoryError as error:
        assert str(error)


def storage_roots(data: st.DataObject, folder: Path) -> None:
    layout = "0007-n-tuple-omit-prefix-storage-layout"
    files = {
        "0=ocfl_1.1": b"ocfl_1.1\n",
        "ocfl_layout.json": json.dumps({"extension": layout, "description": ""}).encode(),
        f"extensions/{layout}/config.json": b'{"delimiter": ":", "tupleSize": 3, "reverseObjectRoot": true}',
        **{f"000/000/001/{path}": content for path, content in ocfl().items()},
    }
    name = data.draw(st.sampled_from(sorted(files)))
    files[name] = mutated(data, files[name], JSON_WORDS)
    report = Report("root")
    validate_root(write(folder / "root", files), report)
    shown(report)


def profiles(data: st.DataObject, folder: Path) -> None:
    """A profile that cannot be read says why; one that can judges any bag."""
    shipped = data.draw(st.sampled_from(sorted(profile_files())))
    place = folder / shipped.name
    words = JSON_WORDS if place.suffix == ".json" else TOML_WORDS
    place.write_bytes(mutated(data, shipped.read_bytes(), words))
    try:
        profile = read_profile(place)
    except ProfileFault as error:
        assert str(error)
        return
    bag = write(folder / "bag", BAG)
    try:
        shown(validate_path(bag, limits=LIMITS, scratch=folder, profiles=[profile]))
    except ProfileFault as error:
        assert str(error)


def judged(package: Path) -> None:
    """By each of the shipped record profiles."""
    for name in ("tt05-records", "tt02-records"):
        shown(validate_path(package, limits=LIMITS, scratch=package.parent, profiles=[find_profile(name)]))


def tables(data: st.DataObject, folder: Path) -> None:
    content = mutated(data, described_in_a_table(["data/x", "data/Tờ trình.pdf"]), CSV_WORDS)
    judged(write(folder / "bag", BAG | {"metadata.csv": content}))


def descriptions(data: st.DataObject, folder: Path) -> None:
    """The circular's documents, EAD3 and Dublin Core, in its package or another."""
    base = data.draw(st.sampled_from([tt05, eark]))()
    files = {path: content for path, content in base.items() if not path.startswith("schemas/")}
    names = sorted(path for path in files if "/descriptive/" in path)
    for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2)):
        files[name] = mutated(data, files[name], XML_WORDS)
    judged(write(folder / "sip", files))


def carrier(kind: str, words: list[bytes]) -> Target:
    def target(data: st.DataObject, folder: Path) -> None:
        (folder / "package").write_bytes(mutated(data, carriers()[kind], words))
        check(folder / "package")

    return target


TARGETS: dict[str, Target] = {
    "profiles": profiles,
    "tables of descriptions": tables,
    "descriptions in XML": descriptions,
    "tag files of a bag": tag_files,
    "METS": mets,
    "PREMIS": premis,
    "OCFL inventories": inventories,
    "OCFL storage roots": storage_roots,
    "zip": carrier("zip", ZIP_WORDS),
    "tar": carrier("tar", TAR_WORDS),
    "tar.gz": carrier("tar.gz", TAR_WORDS),
}


def attack(target: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        TARGETS[target](data, Path(folder))


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=40, suppress_health_check=SMALL)
@given(data=st.data())
def test_any_input_gives_a_report(target: str, data: st.DataObject) -> None:
    attack(target, data)


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=5000, suppress_health_check=SMALL)
@given(data=st.data())
def test_very_many_inputs(target: str, data: st.DataObject) -> None:
    attack(target, data)
