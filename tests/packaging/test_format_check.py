"""Digitised records as agencies hand them in, good and bad: each fault is told with what is asked for."""

import io
import tomllib
import wave
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, pdfa
from PIL import Image

from luutru.metadata_profiles.finding import Finding, Report
from luutru.metadata_profiles.format_policy import FormatPolicy, load_format_policy
from luutru.metadata_profiles.rules import catalogue
from luutru.packaging import formats
from luutru.packaging.assessment import Assessment
from luutru.packaging.contents import Contents
from luutru.packaging.format_check import check_formats
from luutru.packaging.recognise import Recognised
from luutru.packaging.samples.records import make_records

PROFILES = files("luutru.metadata_profiles") / "profiles"
TT05: dict[str, Any] = tomllib.loads((PROFILES / "tt05-formats.toml").read_text("utf-8"))
TT02: dict[str, Any] = tomllib.loads((PROFILES / "tt02-formats.toml").read_text("utf-8"))
POLICY = load_format_policy(TT05)
DATA = "representations/rep1/data"
ABOUT = "representations/rep1/metadata/descriptive"
WIDE, HIGH = 2, 3  # inches
Make = Callable[[Path], None]


def scan(
    path: Path,
    *,
    dpi: int = 200,
    mode: str = "RGB",
    text: bool = True,
    sign: bool = True,
    claim: str = "2",
    pages: int = 1,
    inside_form: bool = False,
    image: bool = True,
    **saving: Any,
) -> None:
    """A digitised letter: a page image over invisible text, a signature, a claim to be PDF/A."""
    pdf = pikepdf.new()
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(WIDE * 72, HIGH * 72))
        resources, content = Dictionary(), b""
        if image:
            resources.XObject = Dictionary(Im=picture(pdf, dpi, mode))
            content = b"q %d 0 0 %d 0 0 cm /Im Do Q" % (WIDE * 72, HIGH * 72)
        if inside_form:
            form = {"/Subtype": Name.Form, "/BBox": [0, 0, 999, 999], "/Resources": resources}
            resources = Dictionary(XObject=Dictionary(Fm=Stream(pdf, content, form)))
            content = b"/Fm Do"
        if text:
            content += b" BT 3 Tr /F 12 Tf (Cong van) Tj ET"
            font = {"/Type": Name.Font, "/Subtype": Name.Type1, "/BaseFont": Name.Helvetica}
            resources.Font = Dictionary(F=Dictionary(font | {"/Encoding": Name.WinAnsiEncoding}))
        page.Resources, page.Contents = resources, Stream(pdf, content)
    if sign:
        signature = Dictionary(FT=Name.Sig, T="co quan", V=Dictionary(Type=Name.Sig, Contents=b"\0"))
        pdf.Root.AcroForm = Dictionary(SigFlags=3, Fields=Array([pdf.make_indirect(signature)]))
    if claim == "2":
        pdfa.prepare(pdf, "2b")
    elif claim:
        with pdf.open_metadata() as metadata:
            metadata["pdfaid:part"], metadata["pdfaid:conformance"] = claim, "B"
    pdf.save(path, **saving)


def picture(pdf: pikepdf.Pdf, dpi: int, mode: str) -> Stream:
    image, out = Image.new(mode, (WIDE * dpi, HIGH * dpi), "white"), io.BytesIO()
    image.save(out, "JPEG")
    said = {
        "/Type": Name.XObject,
        "/Subtype": Name.Image,
        "/Width": image.width,
        "/Height": image.height,
        "/BitsPerComponent": 8,
        "/ColorSpace": Name.DeviceRGB if mode == "RGB" else Name.DeviceGray,
        "/Filter": Name.DCTDecode,
    }
    return Stream(pdf, out.getvalue(), said)


def save_image(path: Path, mode: str = "RGB", **said: Any) -> None:
    kind = {".jpg": "JPEG", ".tif": "TIFF", ".png": "PNG", ".gif": "GIF", ".bmp": "BMP"}[path.suffix]
    Image.new(mode, (60, 40), "white").save(path, kind, **said)


def sound(path: Path, rate: int = 8000) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"\0\0" * rate)


def locked(user: str) -> pikepdf.Encryption:
    return pikepdf.Encryption(owner="chủ", user=user)


def cut(make: Make) -> Make:
    def do(path: Path) -> None:
        make(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return do


def without_end(path: Path) -> None:
    scan(path)
    path.write_bytes(path.read_bytes().replace(b"startxref", b"startxxxx"))


def claims_wrongly(path: Path) -> None:
    scan(path, text=False, sign=False, claim="1", object_stream_mode=pikepdf.ObjectStreamMode.generate)


def say(data: bytes) -> Make:
    def do(path: Path) -> None:
        path.write_bytes(data)

    return do


DIGITISED = "<confidenceLevel>02</confidenceLevel>"
MAP = f"{DIGITISED}<typeName>30</typeName>"
BORN_DIGITAL = "<confidenceLevel>01</confidenceLevel>"


def put(folder: Path, name: str, make: Make, described: str = DIGITISED) -> None:
    """A record and what is said of it, in a package."""
    (folder / DATA).mkdir(parents=True, exist_ok=True)
    (folder / ABOUT).mkdir(parents=True, exist_ok=True)
    make(folder / DATA / name)
    about = folder / ABOUT / f"EAD_DOC_{Path(name).stem}.xml"
    about.write_text(f"<simpledc>{described}</simpledc>", "utf-8")


def report_on(folder: Path, policy: FormatPolicy = POLICY) -> Report:
    sizes = {p.relative_to(folder).as_posix(): p.stat().st_size for p in folder.rglob("*") if p.is_file()}
    report = Report(str(folder))
    assessment = Assessment(Recognised("eark"), None, None)
    check_formats(policy, Contents(folder, sizes), assessment, report)
    return report


def findings(folder: Path, policy: FormatPolicy = POLICY) -> list[Finding]:
    """What is found, but that the tools cannot vouch for a signed PDF/A."""
    return [f for f in report_on(folder, policy).findings if f.rule != "FORMAT-PDFA/unconfirmed"]


def poor(path: Path) -> None:
    scan(path, dpi=100, mode="L", text=False, sign=False, claim="")


POOR = {
    "FORMAT-PDFA/none", "FORMAT-DPI/page", "FORMAT-BITS/page", "FORMAT-TEXT-LAYER", "FORMAT-SIGNATURE",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A record: its extension, how it is made, what is found, a word that must be said, what is said of it."""

    extension: str
    make: Make
    found: set[str]
    word: str = ""
    said: str = DIGITISED
    severity: str = "warning"


def coarse() -> Image.Image:
    image = Image.new("RGB", (60, 40))
    image.encoderinfo = {"dpi": (90, 90)}  # Pillow's way to save one page otherwise
    return image


def two_pages(path: Path) -> None:
    first = Image.new("RGB", (60, 40))
    first.save(path, "TIFF", dpi=(300, 300), save_all=True, append_images=[coarse()])


def letter(path: Path) -> None:
    (made,) = [p for p in make_records(path.parent.parent / "more") if p.suffix == ".pdf"]
    made.rename(path)


NOISE = bytes(range(256)) * 4

CASES: dict[str, Case] = {
    "nothing in it": Case(".pdf", say(b""), {"FORMAT-EMPTY"}, "0 byte"),
    "no format known": Case("", say(NOISE), {"FORMAT-UNKNOWN"}, "PDF/A"),
    "another format": Case(".bmp", save_image, {"FORMAT-NOT-ACCEPTED"}, "Bitmap"),
    "a program": Case(".exe", say(b"MZ" + b"\0" * 100), {"FORMAT-NOT-ACCEPTED"}, "TIFF"),
    "a program called text": Case(".sh", say(b"#!/bin/sh\nexit\n"), {"FORMAT-EXTENSION"}, ".txt"),
    "a PDF called DOCX": Case(".docx", scan, {"FORMAT-EXTENSION"}, ".pdf"),
    "a PDF without extension": Case("", scan, {"FORMAT-EXTENSION"}, "PDF"),
    "a password": Case(
        ".pdf", lambda p: scan(p, encryption=locked("mật")), {"FORMAT-LOCKED/password"}, "", severity="error",
    ),
    "restrictions": Case(".pdf", lambda p: scan(p, encryption=locked("")), {"FORMAT-LOCKED/restricted"}, "PDF/A"),
    "half a PDF": Case(
        ".pdf", cut(lambda p: scan(p, claim="")), {"FORMAT-UNKNOWN", "FORMAT-DAMAGED"}, "", BORN_DIGITAL,
    ),
    "the first bytes of a PDF": Case(".pdf", say(b"%PDF-1.4\n" + NOISE), {"FORMAT-UNKNOWN", "FORMAT-UNREADABLE"}, "trailer"),
    "a PDF that lost its end": Case(".pdf", without_end, {"FORMAT-DAMAGED"}, "damaged"),
    "a PDF without pages": Case(
        ".pdf", lambda p: scan(p, pages=0), {"FORMAT-UNREADABLE"}, "pages", severity="error",
    ),
    "half a photograph": Case(
        ".jpg", cut(lambda p: save_image(p, dpi=(300, 300))), {"FORMAT-UNKNOWN", "FORMAT-UNREADABLE"}, "",
    ),
    "a recording of nothing": Case(".mp3", say(NOISE), {"FORMAT-UNKNOWN", "FORMAT-UNREADABLE"}, ""),
    "plain PDF": Case(".pdf", lambda p: scan(p, claim=""), {"FORMAT-PDFA/none"}, "PDF/A"),
    "PDF/A in words only, signed": Case(".pdf", lambda p: scan(p, claim="3"), {"FORMAT-PDFA/differs"}, "OutputIntent"),
    "PDF/A in words only": Case(
        ".pdf", claims_wrongly,
        {"FORMAT-PDFA/differs", "FORMAT-TEXT-LAYER", "FORMAT-SIGNATURE"}, "",
    ),
    "a coarse scan": Case(".pdf", lambda p: scan(p, dpi=150), {"FORMAT-DPI/page"}, "150 dpi"),
    "a coarse scan in a form": Case(
        ".pdf", lambda p: scan(p, dpi=100, inside_form=True), {"FORMAT-DPI/page"}, "100 dpi",
    ),
    "a grey scan": Case(".pdf", lambda p: scan(p, mode="L"), {"FORMAT-BITS/page"}, "8 bit"),
    "no text": Case(".pdf", lambda p: scan(p, text=False, pages=3), {"FORMAT-TEXT-LAYER"}, "OCR"),
    "no signature": Case(".pdf", lambda p: scan(p, sign=False), {"FORMAT-SIGNATURE"}, "agency-signature"),
    "no page image": Case(".pdf", lambda p: scan(p, image=False), {"FORMAT-PAGE-IMAGE"}, "1"),
    "all at once": Case(".pdf", poor, POOR),
    "all at once, origin unsaid": Case(".pdf", poor, POOR, "", "<docId>1</docId>", "info"),
    "all at once, born digital": Case(".pdf", poor, set(), "", BORN_DIGITAL),
    "all at once, mixed": Case(".pdf", poor, POOR, "", DIGITISED.replace("02", "03")),
    "a letter, origin unsaid": Case(".pdf", letter, set(), "", "<docId>1</docId>"),
    "a map scanned as a letter": Case(".pdf", lambda p: scan(p, dpi=250), {"FORMAT-DPI/page"}, "300 dpi", MAP),
    "a map": Case(".pdf", lambda p: scan(p, dpi=300), set(), "", MAP),
    "a coarse photograph": Case(".jpg", lambda p: save_image(p, dpi=(72, 72)), {"FORMAT-DPI/image"}, "72 dpi"),
    "a photograph of any size": Case(".png", save_image, {"FORMAT-DPI/none"}, "60 × 40"),
    "a coarse page of a TIFF": Case(".tif", two_pages, {"FORMAT-DPI/image"}, "90 dpi"),
    "thin sound": Case(".wav", lambda p: sound(p, 4000), {"FORMAT-BIT-RATE/low"}, "64 kbit/s"),
    "a scan": Case(".pdf", scan, set()),
    "a scan in a form": Case(".pdf", lambda p: scan(p, inside_form=True), set()),
    "a fine scan": Case(".pdf", lambda p: scan(p, dpi=600, pages=3), set()),
    "a photograph": Case(".jpg", lambda p: save_image(p, dpi=(300, 300)), set()),
    "a photograph in black and white": Case(".tif", lambda p: save_image(p, "L", dpi=(200, 200)), set()),
    "sound": Case(".wav", lambda p: sound(p, 44100), set()),
    "a stand-in": Case(".pdf.fetch.txt", say(b"H49.1"), set()),
}  # fmt: skip
NAMES = {name: f"{number}{case.extension}" for number, (name, case) in enumerate(CASES.items())}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """What is found of each case: one package holds them all."""
    folder = tmp_path_factory.mktemp("formats")
    for name, case in CASES.items():
        put(folder, NAMES[name], case.make, case.said)
    found: dict[str, list[Finding]] = {name: [] for name in NAMES.values()}
    for finding in findings(folder):
        assert str(folder) not in finding.message("en")
        found[finding.location.removeprefix(f"{DATA}/")].append(finding)
    return found


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_with_a_file_is_told(name: str, told: dict[str, list[Finding]]) -> None:
    case, found = CASES[name], told[NAMES[name]]
    assert {finding.rule for finding in found} == case.found
    for finding in found:
        unreadable = finding.rule == "FORMAT-UNREADABLE"
        assert finding.severity == ("error" if unreadable else case.severity)
        for text in (finding.message("vi"), finding.message("en")):
            law = "Luật Lưu trữ" in text if finding.severity == "error" else "Thông tư 05/2025" in text
            assert law
    assert case.word in " ".join(finding.message("vi") for finding in found)


def test_a_pdfa_is_proven(tmp_path: Path) -> None:
    (tmp_path / DATA).mkdir(parents=True)
    scan(tmp_path / "plain.pdf", text=False, sign=False, claim="")
    for flavour in ("1b", "2b", "3b"):
        with pikepdf.open(tmp_path / "plain.pdf") as pdf:
            pdfa.save(pdf, tmp_path / DATA / f"{flavour}.pdf", flavour)
    (tmp_path / "plain.pdf").unlink()
    report = report_on(tmp_path)
    assert not any(finding.rule.startswith("FORMAT-PDFA") for finding in report.findings)


def test_what_cannot_be_proven_is_not_said_to_be(tmp_path: Path) -> None:
    (tmp_path / DATA).mkdir(parents=True)
    scan(tmp_path / DATA / "a.pdf")
    scan(tmp_path / DATA / "b.pdf", claim="4")
    told = [f for f in report_on(tmp_path).findings if f.rule == "FORMAT-PDFA/unconfirmed"]
    assert [finding.severity for finding in told] == ["info", "info"]
    assert "AcroForm" in told[0].message("vi") and "PDF/A-4" in told[1].message("vi")


@pytest.mark.parametrize(("package", "severity"), [("02", {"warning"}), ("03", {"info"}), ("01", set())])
def test_what_is_said_of_the_package_holds_for_its_documents(
    tmp_path: Path, package: str, severity: set[str]
) -> None:
    put(tmp_path, "a.jpg", lambda p: save_image(p, dpi=(72, 72)), "")
    (tmp_path / "metadata/descriptive").mkdir(parents=True)
    said = f"<simpledc><confidenceLevel>{package}</confidenceLevel></simpledc>"
    (tmp_path / "metadata/descriptive/ead.xml").write_text(said)
    assert {str(finding.severity) for finding in findings(tmp_path)} == severity


def test_older_records_are_held_against_the_older_rules(tmp_path: Path) -> None:
    said = "<ConfidenceLevel>02</ConfidenceLevel>"
    for name, version in (("old.pdf", "1.3"), ("new.pdf", "1.4")):
        make: Make = lambda p, v=version: scan(p, claim="", text=False, sign=False, force_version=v)  # type: ignore[misc]
        put(tmp_path, name, make, said)
    (finding,) = findings(tmp_path, load_format_policy(TT02))
    assert finding.rule == "FORMAT-PDF-VERSION" and "1.4" in finding.message("vi")
    assert finding.location.endswith("old.pdf")


def test_the_payload_of_a_bag_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "bag/data").mkdir(parents=True)
    (tmp_path / "bag/data/a.exe").write_bytes(b"MZ" + b"\0" * 100)
    (tmp_path / "bag/bagit.txt").touch()
    report = Report("x")
    contents = Contents(tmp_path, {"bag/data/a.exe": 102, "bag/bagit.txt": 0})
    told: list[int] = []
    assessment = Assessment(Recognised("bagit", "bag"), None, None)
    check_formats(POLICY, contents, assessment, report, progress=lambda files, size: told.append(size))
    assert [(f.rule, f.location) for f in report.findings] == [("FORMAT-NOT-ACCEPTED", "data/a.exe")]
    assert told == [102]


def test_identification_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_WORKER", "raise SystemExit(1)")
    put(tmp_path, "a.pdf", scan)
    (finding,) = findings(tmp_path)
    assert finding.rule == "FORMAT-NOT-CHECKED/identification" and finding.severity == "warning"


@pytest.mark.parametrize(
    ("limits", "make", "rule"),
    [
        ({"pages": 2}, lambda p: scan(p, pages=5), "FORMAT-NOT-CHECKED/pages"),
        ({"pixels": 1000}, lambda p: save_image(p, dpi=(300, 300)), "FORMAT-NOT-CHECKED/too-large"),
    ],
)
def test_limits_are_said(tmp_path: Path, limits: dict[str, int], make: Make, rule: str) -> None:
    policy = load_format_policy(TT05 | {"limits": TT05["limits"] | limits})
    put(tmp_path, "a.pdf" if "pages" in rule else "a.png", make)
    (finding,) = findings(tmp_path, policy)
    assert finding.rule == rule and str(next(iter(limits.values()))) in finding.message("vi")


def test_an_edited_list_is_what_holds(tmp_path: Path) -> None:
    accepted = [kind for kind in TT05["accepted"] if kind["id"] != "png"]
    policy = load_format_policy(
        TT05 | {"accepted": accepted, "weights": TT05["weights"] | {"not-accepted": "error"}}
    )
    put(tmp_path, "a.png", lambda p: save_image(p, dpi=(300, 300)))
    (finding,) = findings(tmp_path, policy)
    assert finding.rule == "FORMAT-NOT-ACCEPTED" and finding.severity == "error"


def test_every_rule_on_formats_is_broken_by_a_case() -> None:
    ours = {rule for rule in catalogue() if rule.startswith("FORMAT-")}
    elsewhere = {
        "FORMAT-BITS/image",
        "FORMAT-BIT-RATE/none",
        "FORMAT-LOCKED/office",
        "FORMAT-NOT-CHECKED/crash",
        "FORMAT-NOT-CHECKED/given-up",
        "FORMAT-NOT-CHECKED/identification",
        "FORMAT-NOT-CHECKED/memory",
        "FORMAT-NOT-CHECKED/no-tool",
        "FORMAT-NOT-CHECKED/pages",
        "FORMAT-NOT-CHECKED/time",
        "FORMAT-NOT-CHECKED/too-large",
        "FORMAT-PDF-VERSION",
        "FORMAT-PDFA/part",
        "FORMAT-PDFA/unconfirmed",
    }
    assert ours == {rule for case in CASES.values() for rule in case.found} | elsewhere
