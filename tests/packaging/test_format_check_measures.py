"""Measures that no shipped rule set asks for, files nobody can make here, and workers that die."""

import struct
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from luutru.metadata_profiles.finding import Finding, Report
from luutru.metadata_profiles.format_policy import FormatPolicy, load_format_policy
from luutru.metadata_profiles.premis import Format
from luutru.packaging import format_probe
from luutru.packaging.assessment import Assessment
from luutru.packaging.contents import Contents
from luutru.packaging.format_check import _general, check_formats
from luutru.packaging.format_check_measures import Judge, check_measures
from luutru.packaging.format_facts import Facts, Failed, ImageFacts, MediaFacts, PdfFacts
from luutru.packaging.format_origin import Origins, read_origins
from luutru.packaging.recognise import Recognised

DATA: dict[str, Any] = tomllib.loads(
    (files("luutru.metadata_profiles") / "profiles" / "tt05-formats.toml").read_text("utf-8")
)
PATH = "representations/rep1/data/a.png"


def with_measure(**asked: Any) -> FormatPolicy:
    whole = {"id": "m", "severity": "error", "article": "Điều 8", "mark": "I"} | asked
    return load_format_policy(DATA | {"measure": [whole]})


def measured(policy: FormatPolicy, facts: Facts) -> list[Finding]:
    report = Report("x")
    judge = Judge(policy, report, PATH, Format(), "Thông tư")
    check_measures(judge, facts, Origins(policy.described))
    return report.findings


PDF = PdfFacts(version="1.7", pages=3, looked=3, declared="2B", verdict="pass", scans=3, dpi=300, bits=24)
MEASURES: dict[str, tuple[dict[str, Any], Facts, str, Facts]] = {
    "PDF/A-2 where PDF/A-1 is asked for": (
        {"of": "pdf", "check": "pdfa", "one_of": ["1"]},
        PDF,
        "FORMAT-PDFA/part",
        PdfFacts(pages=1, declared="1B"),
    ),
    "grey where colour is asked for": (
        {"of": "image", "check": "bits", "least": 24},
        ImageFacts(bits=8),
        "FORMAT-BITS/image",
        ImageFacts(bits=24),
    ),
    "a bit rate that nobody can tell": (
        {"of": "audio", "check": "bit-rate", "least": 128},
        MediaFacts(audio=1),
        "FORMAT-BIT-RATE/none",
        MediaFacts(audio=1, bit_rate=128_000),
    ),
    "film of few bits": (
        {"of": "video", "check": "bit-rate", "least": 1500},
        MediaFacts(video=1, audio=1, bit_rate=400_000),
        "FORMAT-BIT-RATE/low",
        MediaFacts(audio=1, bit_rate=1),
    ),
}


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_holds_against_facts(name: str) -> None:
    asked, bad, rule, good = MEASURES[name]
    policy = with_measure(**asked)
    (finding,) = measured(policy, bad)
    assert finding.rule == rule and finding.severity == "error"
    assert "Điều 8" in finding.message("vi") and "{" not in finding.message("en")
    assert measured(policy, good) == []


@pytest.mark.parametrize(
    "facts",
    [
        PdfFacts(problem="x"),
        PdfFacts(locked="password"),
        PdfFacts(),
        ImageFacts(problem="x"),
        ImageFacts(too_large=9),
        MediaFacts(problem="x"),
    ],
)
def test_what_could_not_be_read_is_not_measured(facts: Facts) -> None:
    assert measured(load_format_policy(DATA), facts) == []


def test_the_page_that_is_worst_is_named() -> None:
    policy = with_measure(of="pdf", check="dpi", least=200)
    (finding,) = measured(policy, PdfFacts(pages=9, looked=9, scans=9, dpi=120, dpi_page=7))
    assert "120 dpi" in finding.message("en") and "page 7" in finding.message("en")
    assert measured(policy, PdfFacts(pages=9, looked=9, scans=9, dpi=199, dpi_page=7)) == []


def package(folder: Path) -> Contents:
    (folder / PATH).parent.mkdir(parents=True)
    Image.new("RGB", (60, 40)).save(folder / PATH, dpi=(300, 300))
    return Contents(folder, {PATH: (folder / PATH).stat().st_size})


def found_in(contents: Contents, policy: FormatPolicy) -> list[Finding]:
    report = Report("x")
    check_formats(policy, contents, Assessment(Recognised("eark"), None, None), report)
    return report.findings


WORKERS = {
    "time": "import time; time.sleep(60)",
    "crash": "import os; os.abort()",
    "no-tool": (
        "from luutru.packaging import format_image, format_probe as p\n"
        "def no_tool(*_, **__): raise ImportError('no library')\n"
        "format_image.read_image = no_tool\n"
        "p._work()"
    ),
    "memory": 'import sys; sys.stdin.readline(); print(\'{"failed": "memory"}\'); input()',
}


@pytest.mark.parametrize("why", WORKERS)
def test_what_could_not_be_looked_into_is_said(
    why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(format_probe, "_WORKER", WORKERS[why])
    seconds = 1 if why == "time" else 60
    policy = load_format_policy(DATA | {"limits": DATA["limits"] | {"seconds": seconds}})
    (finding,) = found_in(package(tmp_path), policy)
    assert finding.rule == f"FORMAT-NOT-CHECKED/{why}"
    assert finding.severity == "warning" and finding.location == PATH


def test_what_the_time_for_all_did_not_suffice_for_is_said(tmp_path: Path) -> None:
    contents = package(tmp_path)
    probe = format_probe.Probe(format_probe.Bounds(total=-1))
    with probe:
        ((_, answer),) = probe.answers([("a", format_probe.Question("image", tmp_path / PATH))])
    assert answer == Failed("given-up")
    policy = load_format_policy(DATA)
    report = Report("x")
    told = Judge(policy, report, PATH, Format(), "Thông tư")
    _general(told, answer)
    (finding,) = report.findings
    assert finding.rule == "FORMAT-NOT-CHECKED/given-up" and "43200" in finding.message("vi")
    assert found_in(contents, policy) == []


def compound(*names: str) -> bytes:
    """A compound file (MS-CFB) of streams of these names, a sector chain of 4,096 bytes each."""
    sectors, chains = b"", [0xFFFFFFFD]
    entry = "64s H B B 3I 16s I 2Q I Q"

    def named(name: str, kind: int, child: int, sibling: int, start: int, size: int) -> bytes:
        text = name.encode("utf-16-le")
        none = 0xFFFFFFFF
        return struct.pack(
            f"<{entry}",
            text,
            len(text) + 2,
            kind,
            1,
            none,
            sibling,
            child,
            b"",
            0,
            0,
            0,
            start,
            size,
        )

    directory = named("Root Entry", 5, 1, 0xFFFFFFFF, 0xFFFFFFFE, 0)
    for number, name in enumerate(names, 1):
        start = 2 + 8 * (number - 1)
        sibling = number + 1 if number < len(names) else 0xFFFFFFFF
        directory += named(name, 2, 0xFFFFFFFF, sibling, start, 4096)
        sectors += bytes(4096)
    chains.append(0xFFFFFFFE)
    for number in range(len(names)):
        first = 2 + 8 * number
        chains += [*range(first + 1, first + 8), 0xFFFFFFFE]
    table = b"".join(struct.pack("<I", place) for place in chains).ljust(512, b"\xff")
    head = struct.pack(
        "<8s 16s 5H 6s 10I",
        bytes.fromhex("D0CF11E0A1B11AE1"),
        b"",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        b"",
        0,
        1,
        1,
        0,
        4096,
        0xFFFFFFFE,
        0,
        0xFFFFFFFE,
        0,
        0,
    )
    return head.ljust(512, b"\xff") + table + directory.ljust(512, b"\0") + sectors


def test_an_office_document_with_a_password_cannot_be_kept(tmp_path: Path) -> None:
    contents = package(tmp_path)
    name = PATH.replace("a.png", "b.docx")
    (tmp_path / name).write_bytes(compound("EncryptedPackage", "EncryptionInfo"))
    contents.sizes[name] = (tmp_path / name).stat().st_size
    (finding,) = found_in(contents, load_format_policy(DATA))
    assert (finding.rule, finding.severity, finding.location) == ("FORMAT-LOCKED/office", "error", name)


def test_descriptions_are_read_whatever_they_hold(tmp_path: Path) -> None:
    about = tmp_path / "representations/rep1/metadata/descriptive"
    about.mkdir(parents=True)
    texts = {
        "EAD_doc_a.xml": "<s><confidenceLevel> 02 </confidenceLevel><typeName>30</typeName><title>x</title></s>",
        "ead_PIC_B.xml": "<s><confidenceLevel>" + "9" * 5000 + "</confidenceLevel></s>",
        "EAD_doc_c.xml": "no XML",
        "EAD_doc_d.xml": '<!DOCTYPE s [<!ENTITY x "02">]><s><confidenceLevel>&x;</confidenceLevel></s>',
        "EAD_doc_e.xml": "<s>" + "<a/>" * 5000 + "<confidenceLevel>02</confidenceLevel></s>",
    }
    for name, text in texts.items():
        (about / name).write_text(text)
    sizes = {f"{about.relative_to(tmp_path).as_posix()}/{name}": 1 for name in texts}
    origins = read_origins(load_format_policy(DATA), Contents(tmp_path, sizes | {f"{about}/gone.xml": 1}))
    data = "representations/rep1/data/"
    assert origins.documents[f"{data}a"] == {"confidenceLevel": "02", "typeName": "30"}
    assert len(origins.documents[f"{data}b"]["confidenceLevel"]) == 100
    assert origins.documents[f"{data}c"] == origins.documents[f"{data}d"] == {}
    assert origins.documents[f"{data}e"] == {}, "what stands after a thousand fields is not looked for"
