"""E-ARK information packages (CSIP, SIP, AIP, DIP 2.x): structure, METS, and the payload itself."""

from collections import Counter
from dataclasses import dataclass

from lxml import etree

from luutru.metadata_profiles.csip import check_csip, check_file
from luutru.metadata_profiles.dip import check_dip, declares_dip
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import FileGroup, Mets, Q, attributes, place_of, read_mets
from luutru.metadata_profiles.sip import (
    check_format,
    check_sip,
    declares_sip,
    package_type,
    report_formats,
)
from luutru.packaging.contents import Contents, Progress
from luutru.packaging.eark_payload import BY_SECTION, FILE, METS_POINTER, OTHER_METADATA, Payload
from luutru.packaging.eark_representations import check_representation_divisions
from luutru.packaging.eark_structure import Folders, check_against_folders, check_structure
from luutru.packaging.metadata_content import check_metadata_content

METS_NAME = "METS.xml"


@dataclass(frozen=True, slots=True)
class EarkPackage:
    """What an E-ARK package says of itself."""

    objid: str
    package_type: str
    label: str
    representations: tuple[str, ...]
    mets_paths: tuple[str, ...]


def validate_eark(
    contents: Contents, report: Report, *, schema_only: bool = False, progress: Progress | None = None
) -> EarkPackage:
    """Check a package's structure, its root and representation METS, and every file they name.

    With ``schema_only`` no payload file is looked at.  Nothing is raised for bad content.
    """
    folders = Folders(contents)
    check_structure(contents, folders, report)
    if METS_NAME not in contents.sizes:
        return EarkPackage("", "", "", (), ())
    payload = Payload(contents, report)
    root = _read(contents, "", folders, report, payload)
    check_csip(root, report)
    if declares_sip(root):
        check_sip(root, report)
    elif declares_dip(root):
        check_dip(root, report)
    paths = [METS_NAME]
    representations = _representations(contents)
    described = [
        f"{folder}/{METS_NAME}" for folder in representations if f"{folder}/{METS_NAME}" in contents.sizes
    ]
    check_representation_divisions(root, described, report)
    for folder in representations:
        if f"{folder}/{METS_NAME}" in contents.sizes:
            paths.append(f"{folder}/{METS_NAME}")
            check_csip(_read(contents, f"{folder}/", folders, report, payload), report, representation=True)
    check_metadata_content(contents, payload.digests, report, schema_only=schema_only)
    if schema_only:
        payload.report_listing()
    else:
        payload.check(progress)
    said = root.root
    names = tuple(folder.partition("/")[2] for folder in representations)
    return EarkPackage(said.get("OBJID", ""), package_type(root), said.get("LABEL", ""), names, tuple(paths))


def _representations(contents: Contents) -> list[str]:
    found = {
        "/".join(path.split("/", 2)[:2])
        for path in contents.sizes
        if path.startswith("representations/") and path.count("/") > 1
    }
    return sorted(found)


def _read(contents: Contents, folder: str, folders: Folders, report: Report, payload: Payload) -> Mets:
    location = f"{folder}{METS_NAME}"
    payload.named.add(location)

    formats: Counter[str] = Counter()

    def on_file(element: etree._Element, group: FileGroup | None) -> None:
        said = attributes(element)
        locators = [attributes(locator) for locator in element.iterchildren(f"{Q}FLocat")]
        check_file(said, locators, place_of(location, element), report)
        check_format(said, formats)
        for locator in locators:
            payload.expect(folder, locator, said, FILE)

    try:
        with contents.open(location) as stream:
            mets = read_mets(stream, report, location, on_file)
    except OSError as error:
        report.add("XML-UNREADABLE", location, reason=error.strerror or error)
        return Mets(location)
    if declares_sip(mets):
        report_formats(formats, mets, report)
    for section in [*mets.dmd_secs, *mets.amd_secs]:
        for reference in section.iter(f"{Q}mdRef"):
            said = attributes(reference)
            parent = reference.getparent()
            kind = "" if parent is None else str(parent.tag).removeprefix(Q)
            payload.expect(folder, said, said, BY_SECTION.get(kind, OTHER_METADATA))
    for struct_map in mets.struct_maps:
        for pointer in struct_map.iter(f"{Q}mptr"):
            payload.expect(folder, attributes(pointer), {}, METS_POINTER)
    check_against_folders(mets, folders, folder, report)
    return mets
