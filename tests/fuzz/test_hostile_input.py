"""The attacks that have names, each on the whole validator in a process with little memory and time.

Further ones stand beside what they attack: entries that overlap and records that lie in
``test_container_zip.py`` and ``test_unpack.py``, sparse files and chains of long names in
``test_container_tar.py``.
"""

import json
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from struct import pack

import pytest

from luutru.metadata_profiles import mets
from luutru.metadata_profiles.finding import Report

# More than ten times what the largest input here is; a good validator needs a fraction of it.
MEMORY = 1 << 30
SECONDS = 120

VALIDATE = f"""
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
from luutru.packaging.package import validate_path
from luutru.packaging.unpack import Limits
for path in sorted(Path(sys.argv[1]).iterdir()):
    report = validate_path(path, limits=Limits(), scratch=Path(sys.argv[2]))
    print(json.dumps([path.name, report.valid, sorted({{f.rule for f in report.findings}})]), flush=True)
print(json.dumps(sum(p.stat().st_size for p in Path(sys.argv[2]).rglob("*") if p.is_file())))
"""

Files = Mapping[str, bytes]
METS = b'<mets xmlns="http://www.loc.gov/METS/"'
LAUGHS = b"".join(
    b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10 if level else b"ha" * 10)
    for level in range(12)
)
BAG = {
    "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    "data/x": b"x",
    "manifest-md5.txt": b"9dd4e461268c8034f5c8564e155c67a6  data/x\n",
}
OBJECT = {"0=ocfl_object_1.1": b"ocfl_object_1.1\n"}


def package(mets: bytes) -> Files:
    return {"METS.xml": mets, "representations/rep1/data/x": b"x", "metadata/descriptive/ead.xml": b"<ead/>"}


def ten_gib_zip() -> bytes:
    """10 GiB of zeros in 10 MB: the same flushed block again and again."""
    size, block = 10 << 30, bytes(16 << 20)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = deflate.compress(block) + deflate.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = once * (size // len(block)) + end.flush()
    checksum, name = 0x2EDFAD10, b"data/zeros"
    extra = pack("<HHQQ", 1, 16, size, len(data))
    fields = (0, 8, 0, 33, checksum, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra))
    local = pack("<4sHHHHHIIIHH", b"PK\3\4", 45, *fields) + name + extra
    central = pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 45, 45, *fields, 0, 0, 0, 0, 0) + name + extra
    ending = pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local) + len(data), 0)
    return local + data + central + ending


def tar(*members: tuple[bytes, dict[str, object], bytes]) -> bytes:
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for kind, fields, content in members:
            member = tarfile.TarInfo("x")
            member.type, member.size = kind, len(content)
            for name, value in fields.items():
                setattr(member, name, value)
            archive.addfile(member, BytesIO(content))
    return buffer.getvalue()


# The input, and a rule that its report must have.
CASES: dict[str, tuple[Callable[[], Files | bytes], str]] = {
    "a billion laughs": (
        lambda: package(b"<!DOCTYPE mets [" + LAUGHS + b"]>" + METS + b">&a11;</mets>"),
        "XML-DTD",
    ),
    "one large entity, many times": (
        lambda: package(
            b'<!DOCTYPE mets [<!ENTITY a "'
            + b"a" * 100_000
            + b'">]>'
            + METS
            + b">"
            + b"&a;" * 50_000
            + b"</mets>"
        ),
        "XML-DTD",
    ),
    "an entity in an attribute": (
        lambda: package(b"<!DOCTYPE mets [" + LAUGHS + b"]>" + METS + b' LABEL="&a11;"/>'),
        "XML-NOT-WELL-FORMED",
    ),
    "a file by an entity": (
        lambda: package(b'<!DOCTYPE mets [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + METS + b">&x;</mets>"),
        "XML-DTD",
    ),
    "a parameter entity from elsewhere": (
        lambda: package(b'<!DOCTYPE mets [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>' + METS + b"/>"),
        "XML-DTD",
    ),
    "a DTD from elsewhere": (
        lambda: package(b'<!DOCTYPE mets SYSTEM "http://127.0.0.1:9/mets.dtd">' + METS + b"/>"),
        "XML-DTD",
    ),
    "nested deep": (
        lambda: package(METS + b">" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</mets>"),
        "XML-DEPTH",
    ),
    "a huge attribute": (
        lambda: package(METS + b' LABEL="' + b"a" * (32 << 20) + b'"/>'),
        "XML-NOT-WELL-FORMED",
    ),
    "very many attributes": (
        lambda: package(METS + b"".join(b' a%d="b"' % number for number in range(200_000)) + b"/>"),
        "XML-ATTRIBUTES",
    ),
    "very many namespaces": (
        lambda: package(METS + b"".join(b' xmlns:n%d="u%d"' % (n, n) for n in range(20_000)) + b"/>"),
        "",
    ),
    "a huge text": (lambda: package(METS + b">" + b"a" * (32 << 20) + b"</mets>"), ""),
    "a huge comment": (lambda: package(METS + b"><!--" + b"a" * (32 << 20) + b"--></mets>"), ""),
    "XML in an encoding that hides it": (
        lambda: package(b'<?xml version="1.0" encoding="UTF-7"?>+ADw-mets/+AD4-'),
        "METS-ROOT",
    ),
    "a manifest of one line": (
        lambda: BAG | {"manifest-md5.txt": b"\0" * (32 << 20)},
        "RFC8493-2.1.3/syntax",
    ),
    "a manifest of empty promises": (
        lambda: BAG | {"manifest-md5.txt": b"".join(b"%032x  data/%d\n" % (n, n) for n in range(100_000))},
        "RFC8493-3/missing-file",
    ),
    "a fetch.txt of nothing": (lambda: BAG | {"fetch.txt": b"x\n" * 300_000}, "RFC8493-2.2.3/syntax"),
    "a length of very many digits": (
        lambda: BAG | {"fetch.txt": b"http://a/ " + b"9" * 3_000_000 + b" data/y\n"},
        "RFC8493-2.2.3/not-listed",
    ),
    "a manifest of line ends": (
        lambda: BAG | {"manifest-md5.txt": b"\n" * (16 << 20)},
        "RFC8493-2.3/too-many-lines",
    ),
    "labels without end": (lambda: BAG | {"bag-info.txt": b"a:\n" * 2_000_000}, "RFC8493-2.3/too-large"),
    "a declaration without end": (lambda: BAG | {"bagit.txt": b"B" * (32 << 20)}, "RFC8493-2.3/too-large"),
    "JSON nested deep": (lambda: OBJECT | {"inventory.json": b'{"a":' + b"[" * 5_000_000}, "E033"),
    "JSON of one string": (
        lambda: OBJECT | {"inventory.json": b'{"id":"' + b"a" * (32 << 20) + b'"}'},
        "E033",
    ),
    "JSON of one very deep path": (
        lambda: OBJECT | {"inventory.json": b'{"manifest":{"00":["' + b"a/" * 500_000 + b'a"]}}'},
        "E036",
    ),
    "JSON of one number": (
        lambda: OBJECT | {"inventory.json": b'{"head":' + b"9" * (16 << 20) + b"}"},
        "E033",
    ),
    "JSON of one key, many times": (
        lambda: OBJECT | {"inventory.json": b'{"fixity":{' + b'"md5":{},' * 50_000 + b'"md5":{}}}'},
        "E036",
    ),
    "zeros by the 10 GiB": (ten_gib_zip, "LUUTRU-UNPACK/ratio"),
    "a tar of a sparse file": (
        lambda: tar((tarfile.GNUTYPE_SPARSE, {"name": "bag/data/x"}, b"")),
        "LUUTRU-UNPACK/not-a-file",
    ),
    "a tar with a long name that lies": (
        lambda: tar(
            (tarfile.GNUTYPE_LONGNAME, {"name": "././@LongLink"}, b"../" * 3000 + b"etc/passwd\0"),
            (tarfile.REGTYPE, {"name": "x"}, b"x"),
        ),
        "LUUTRU-NAME/outside",
    ),
    "a tar with a device": (
        lambda: tar((tarfile.CHRTYPE, {"name": "x", "devmajor": 1, "devminor": 5}, b"")),
        "LUUTRU-UNPACK/not-a-file",
    ),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bool, set[str]]]:
    folder = tmp_path_factory.mktemp("hostile")
    scratch = tmp_path_factory.mktemp("scratch")
    for name, (make, _) in CASES.items():
        content = make()
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
            continue
        for path, data in content.items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_bytes(data)
    command = [sys.executable, "-c", VALIDATE, str(folder), str(scratch)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=10 * SECONDS, check=False)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0, f"ended after {lines[-1:]}: {ran.stderr[-2000:]}"
    assert lines.pop() == 0, "nothing may be left in the scratch space"
    return {name: (valid, set(rules)) for name, valid, rules in lines}


@pytest.mark.parametrize("case", CASES)
def test_a_named_attack_is_a_finding(case: str, verdicts: dict[str, tuple[bool, set[str]]]) -> None:
    valid, rules = verdicts[case]
    assert not valid
    assert CASES[case][1] in {*rules, ""}, rules


def test_a_mets_of_very_many_elements_is_read_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is far beyond any package: here it is a small one."""
    monkeypatch.setattr(mets, "MOST_KEPT", 1000)
    for inside in (b"%s", b"<dmdSec>%s</dmdSec>", b"<structMap><div>%s</div></structMap>"):
        report = Report("x")
        document = BytesIO(METS + b">" + inside % (b"<a/>" * 5000) + b"</mets>")
        mets.read_mets(document, report, "METS.xml", lambda *_: None)
        assert [finding.rule for finding in report.findings] == ["METS-TOO-LARGE"]
    files = b"<fileSec><fileGrp>" + b"<file><FLocat/></file>" * 5000 + b"</fileGrp></fileSec>"
    report = Report("x")
    found = mets.read_mets(BytesIO(METS + b">" + files + b"</mets>"), report, "METS.xml", lambda *_: None)
    assert found.files == 5000 and not report.count("METS-TOO-LARGE")


def test_a_report_stays_readable() -> None:
    report = Report("x")
    report.add("RFC8493-5.1/outside", "/" * 50_000_000, path="/" * 50_000_000)
    assert len(str(report.as_json("vi"))) < 20_000


def test_a_schema_has_its_say_but_not_without_end() -> None:
    report = Report("x", limit=100_000)
    document = METS + b">" + b"<fileSec><fileGrp>" + b"<file/>" * 60_000 + b"</fileGrp></fileSec></mets>"
    mets.read_mets(BytesIO(document), report, "METS.xml", lambda *_: None)
    assert 0 < report.count("METS-XSD") < 20_000
