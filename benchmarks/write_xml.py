"""Writing METS and PREMIS of many files: our escaped text against lxml's streaming ``xmlfile``.

The same elements for the same files, in one run; lxml writes the part that grows (METS
``file``, PREMIS ``object``) and nothing else, which is in its favour.  METS by one open
element within another, PREMIS by a small tree for each object.

    python benchmarks/write_xml.py [--files 20000] [--times 5]
"""

import argparse
import io
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from lxml import etree

from luutru.metadata_profiles import premis
from luutru.packaging import mets_writer, premis_writer

_NAMES = {None: mets_writer.METS, "csip": mets_writer.CSIP, "xlink": mets_writer.XLINK}
_M, _X = f"{{{mets_writer.METS}}}", f"{{{mets_writer.XLINK}}}"
_P, _I = f"{{{premis.NAMESPACE}}}", "{http://www.w3.org/2001/XMLSchema-instance}"
MOMENT = datetime(2025, 7, 1, tzinfo=UTC)


def mets_files(count: int) -> list[mets_writer.MetsFile]:
    """Files with Vietnamese names, as in an AIP."""
    folder = "representations/rep1/data/Hồ sơ"
    return [
        mets_writer.MetsFile(f"{folder}/{n:06d} Tờ trình.pdf", n, f"{n:064x}", "application/pdf")
        for n in range(count)
    ]


def premis_files(count: int) -> list[premis.FileObject]:
    """The same files for PREMIS."""
    format_ = premis.Format("Acrobat PDF 1.7", "1.7", "fmt/276", "application/pdf")
    return [
        premis.FileObject(
            file.path, file.size, {"sha256": file.sha256, "sha512": file.sha256 * 2}, format_, file.path
        )
        for file in mets_files(count)
    ]


def mets_ours(files: list[mets_writer.MetsFile]) -> bytes:
    """Our whole METS."""
    out = io.BytesIO()
    header = mets_writer.MetsHeader("urn:uuid:0", "AIP", "", MOMENT, ("Luutru", "0"), ("H", "H"))
    mets_writer.write_mets(out, header, files)
    return out.getvalue()


def mets_lxml(files: list[mets_writer.MetsFile]) -> bytes:
    """The file group alone, by lxml."""
    out = io.BytesIO()
    created = MOMENT.isoformat()
    with etree.xmlfile(out, encoding="utf-8") as xml, xml.element(f"{_M}fileGrp", nsmap=_NAMES):
        for number, file in enumerate(files):
            facts = {
                "ID": f"file-0-{number}",
                "MIMETYPE": file.mime,
                "SIZE": str(file.size),
                "CREATED": created,
                "CHECKSUM": file.sha256,
                "CHECKSUMTYPE": "SHA-256",
            }
            where = {"LOCTYPE": "URL", f"{_X}type": "simple", f"{_X}href": quote(file.path)}
            with xml.element(f"{_M}file", facts), xml.element(f"{_M}FLocat", where):
                pass
            xml.write("\n")
    return out.getvalue()


def premis_ours(files: list[premis.FileObject]) -> bytes:
    """Our whole PREMIS."""
    out = io.BytesIO()
    entity = premis.IntellectualEntity("urn:uuid:0", {})
    premis_writer.write_premis(out, entity=entity, files=files, events=(), agents=())
    return out.getvalue()


def premis_lxml(files: list[premis.FileObject]) -> bytes:
    """The objects alone, by lxml: a small tree for each, written and forgotten."""
    out = io.BytesIO()
    names = {None: premis.NAMESPACE, "xsi": _I[1:-1]}
    with etree.xmlfile(out, encoding="utf-8") as xml, xml.element(f"{_P}premis", nsmap=names):
        for file in files:
            xml.write(_object(file, names))
            xml.write("\n")
    return out.getvalue()


def _object(file: premis.FileObject, names: Any) -> etree._Element:
    def add(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
        child = etree.SubElement(parent, f"{_P}{tag}")
        child.text = text
        return child

    root = etree.Element(f"{_P}object", {f"{_I}type": "file"}, nsmap=names)
    identifier = add(root, "objectIdentifier")
    add(identifier, "objectIdentifierType", "path in package")
    add(identifier, "objectIdentifierValue", premis.escape_name(file.path))
    characteristics = add(root, "objectCharacteristics")
    for name, value in file.digests.items():
        fixity = add(characteristics, "fixity")
        add(fixity, "messageDigestAlgorithm", name)
        add(fixity, "messageDigest", value)
    add(characteristics, "size", str(file.size))
    format_ = add(characteristics, "format")
    designation = add(format_, "formatDesignation")
    add(designation, "formatName", file.format.name)
    add(designation, "formatVersion", file.format.version)
    registry = add(format_, "formatRegistry")
    add(registry, "formatRegistryName", "PRONOM")
    add(registry, "formatRegistryKey", file.format.puid)
    add(format_, "formatNote", f"MIME type {file.format.mime}")
    add(root, "originalName", premis.escape_name(file.original_name))
    return root


def best_of(times: int, write: Callable[[Any], bytes], files: Any) -> float:
    """The shortest of several runs, in seconds of processor time."""
    found = []
    for _ in range(times):
        begun = time.process_time()
        data = write(files)
        found.append(time.process_time() - begun)
        etree.fromstring(data)
    return min(found)


def main() -> None:
    """Print seconds and ratio for METS and PREMIS."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    for name, files, ours, theirs in (
        ("METS", mets_files(given.files), mets_ours, mets_lxml),
        ("PREMIS", premis_files(given.files), premis_ours, premis_lxml),
    ):
        text, lxml = best_of(given.times, ours, files), best_of(given.times, theirs, files)
        print(
            f"{name} of {given.files} files: text {text:.2f} s, lxml.xmlfile {lxml:.2f} s, {lxml / text:.1f} times"
        )


if __name__ == "__main__":
    main()
