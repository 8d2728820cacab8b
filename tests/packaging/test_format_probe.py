"""Hostile files: what they do to a worker is the answer for them, and for no other file."""

import signal
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luutru.packaging import format_probe
from luutru.packaging.format_facts import (
    KINDS,
    Failed,
    ImageFacts,
    MediaFacts,
    PdfFacts,
    from_json,
    to_json,
)
from luutru.packaging.format_image import read_image
from luutru.packaging.format_pdf import read_pdf
from luutru.packaging.format_probe import Bounds, Probe, Question

BOUNDS = Bounds(seconds=30, memory=256, pages=20, pixels=10_000_000)
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects; the first is the catalogue."""
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(
        out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    )


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (more, len(content), content)


def of_pages(*pages: bytes, more: tuple[bytes, ...] = (), catalogue: bytes = b"") -> bytes:
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(len(pages)))
    tree = b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages))
    return pdf(b"<</Type/Catalog/Pages 2 0 R%b>>" % catalogue, tree, *pages, *more)


def inflated() -> bytes:
    """A page whose content is a thousand times as long as its bytes: 256 MiB."""
    packer, block = zlib.compressobj(9), b"q Q " * (1 << 18)
    packed = b"".join(packer.compress(block) for _ in range(256)) + packer.flush()
    return of_pages(PAGE + b"/Contents 4 0 R>>", more=(stream(packed, b"/Filter/FlateDecode"),))


def endless_forms() -> bytes:
    resources = b"/Resources<</XObject<</F 4 0 R>>>>"
    form = stream(b"/F Do " * 50, b"/Type/XObject/Subtype/Form/BBox[0 0 1 1]" + resources)
    return of_pages(PAGE + b"/Contents 5 0 R" + resources + b">>", more=(form, stream(b"/F Do")))


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


ODD_FORM = b"/AcroForm<</Fields[<</Kids 3>> 4 null (x)]>>"
LOOP = pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>")
MANY = pdf(
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Count 5000/Kids[%b]>>" % (b"3 0 R " * 5000),
    PAGE + b"/Resources<<>>>>",
)
HOSTILE: dict[str, Callable[[], bytes]] = {
    "a bomb": inflated,
    "a page tree that bites its tail": lambda: LOOP,
    "five thousand times one page": lambda: MANY,
    "forms in forms for ever": endless_forms,
    "arrays in arrays": lambda: of_pages(PAGE + b"/X" + b"[" * 50_000 + b"]" * 50_000 + b">>"),
    "things of the wrong kind": lambda: of_pages(
        PAGE + b"/Contents 4 0 R/Resources[1]/UserUnit(x)>>",
        more=(stream(b"1 2 cm /X Do (a) cm Q Q q 1 0 0 0 0 (x) cm"),),
        catalogue=ODD_FORM,
    ),
    "no catalogue": lambda: pdf(b"[]"),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("hostile")
    questions = []
    for number, (name, make) in enumerate(HOSTILE.items()):
        path = folder / f"{number}.pdf"
        path.write_bytes(make())
        questions.append((name, Question("pdf", path)))
    with Probe(BOUNDS, workers=1) as probe:
        found = dict(probe.answers(questions))
    for facts in found.values():
        assert str(folder) not in str(facts)
    return dict(found)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pdf_is_answered(name: str, answers: dict[str, object]) -> None:
    facts = answers[name]
    if isinstance(facts, PdfFacts):
        assert facts.problem or facts.repaired or facts.looked <= BOUNDS.pages
        assert facts.scans == 0
    else:
        assert isinstance(facts, Failed)


def test_a_bomb_is_no_good_pdf(answers: dict[str, object]) -> None:
    facts = answers["a bomb"]
    assert isinstance(facts, Failed) or (isinstance(facts, PdfFacts) and facts.repaired)


def test_a_huge_image_is_not_decoded(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(60_000, 60_000))
    facts = read_image(tmp_path / "a.png", pages=1, pixels=1_000_000)
    assert facts.too_large == 3_600_000_000 and facts.looked == 0


WORKERS = {
    "time": "import time; time.sleep(60)",
    "crash": "import os; os.abort()",
    "exits": "raise SystemExit(3)",
    "talks": "print('{\"reader\": 1}'); input()",
    "memory": 'import sys; sys.stdin.readline(); print(\'{"failed": "memory"}\'); input()',
}


@pytest.mark.parametrize("name", WORKERS)
def test_what_a_worker_dies_of_is_the_answer(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(format_probe, "_WORKER", WORKERS[name])
    bounds = Bounds(seconds=1 if name == "time" else 30)
    with Probe(bounds, workers=1) as probe:
        ((key, answer), (_, none)) = probe.answers([("a", Question("pdf", tmp_path / "a.pdf")), ("b", None)])
    assert key == "a" and none is None
    assert isinstance(answer, Failed) and answer.why == (name if name in ("time", "memory") else "crash")


def test_a_worker_that_died_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first file ends its worker; the others are answered, in their order."""
    deadly = (
        "import json, os, sys\n"
        "from luutru.packaging import format_probe as p\n"
        "read = p._read\n"
        "p._read = lambda kind, path, *rest: os.abort() if path.name == '0.png' else read(kind, path, *rest)\n"
        "p._work()"
    )
    monkeypatch.setattr(format_probe, "_WORKER", deadly)
    (tmp_path / "1.png").write_bytes(png(10, 10))
    asked = [(n, Question("image", tmp_path / f"{min(n, 1)}.png")) for n in range(20)]
    with Probe(Bounds(), workers=2) as probe:
        found = list(probe.answers(asked))
    assert [key for key, _ in found] == list(range(20))
    assert isinstance(found[0][1], Failed)
    assert all(isinstance(facts, ImageFacts) and facts.width == 10 for _, facts in found[1:])


def test_a_file_is_not_blamed_for_a_worker_that_was_ended_before(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(png(10, 10))
    question = Question("image", tmp_path / "1.png")
    with Probe(Bounds(), workers=1) as probe:
        ((_, first),) = probe.answers([(1, question)])
        process = probe._workers[0]._process
        assert process is not None
        process.kill()
        process.wait()
        ((_, second),) = probe.answers([(2, question)])
    assert isinstance(first, ImageFacts) and second == first


def test_whoever_stops_waits_for_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(format_probe, "_WORKER", "import time; time.sleep(600)")
    probe = Probe(Bounds(seconds=50), workers=1)
    # Tests that run in the background of a shell are started with the signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with pytest.raises(KeyboardInterrupt), probe:
        asked = probe.answers((n, Question("pdf", tmp_path / "a")) for n in range(9))
        here = threading.get_ident()
        threading.Timer(0.5, signal.pthread_kill, [here, signal.SIGINT]).start()
        next(asked)
    assert probe._workers[0]._process is None


def test_memory_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(20_000, 10_000))  # 600 MB of pixels
    with Probe(Bounds(memory=256), workers=1) as probe:
        ((_, answer),) = probe.answers([("a", Question("image", tmp_path / "a.png"))])
    assert isinstance(answer, Failed) and answer.why in ("memory", "crash")


@settings(max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 400), st.sampled_from(["pdf", "image"]))
def test_any_bytes_are_answered(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int, kind: str
) -> None:
    whole = of_pages(PAGE + b"/Contents 4 0 R>>", more=(stream(b"q Q"),)) if kind == "pdf" else png(9, 9)
    path = tmp_path_factory.mktemp("any") / "a"
    path.write_bytes(whole[:place] + noise + whole[place + len(noise) // 2 :])
    facts: object = read_pdf(path, pages=3) if kind == "pdf" else read_image(path, pages=3, pixels=10_000)
    assert isinstance(facts, PdfFacts | ImageFacts)


@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.booleans()))
def test_an_answer_of_another_shape_is_none(data: dict[str, object]) -> None:
    for reader in KINDS:
        with pytest.raises(ValueError):
            from_json(reader, data)


@pytest.mark.parametrize("facts", [PdfFacts(pages=3, signed=True), ImageFacts(dpi=300), MediaFacts(audio=1)])
def test_facts_cross_over_unchanged(facts: PdfFacts | ImageFacts | MediaFacts) -> None:
    (reader,) = [name for name, kind in KINDS.items() if isinstance(facts, kind)]
    assert from_json(reader, to_json(facts)) == facts
    with pytest.raises(ValueError):
        from_json(reader, to_json(facts) | {"problem": 7})
