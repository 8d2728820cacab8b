"""BagIt bags, versions 0.93 to 1.0, read and checked against RFC 8493."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from luutru.fixity.verdict import Outcome
from luutru.metadata_profiles.finding import Report
from luutru.packaging.bag_manifest import (
    Manifest,
    is_manifest,
    manifest_algorithms,
    manifest_names,
    read_manifest,
)
from luutru.packaging.bag_tags import Declaration, read_declaration, read_fetch, read_info
from luutru.packaging.contents import Contents, Progress
from luutru.packaging.paths import collisions

_OXUM = re.compile(r"([0-9]{1,30})\.([0-9]{1,30})")
_SYSTEM_FILES = {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini"}
_SYSTEM_ENDS = ("_Store", "_store", "humbs.db", "HUMBS.DB", "esktop.ini", "ESKTOP.INI")
_TITLES = ("title", "external-description", "internal-sender-description", "external-identifier")


@dataclass(frozen=True, slots=True)
class Bag:
    """What a bag says of itself: version, encoding, labels and values, and the files it lacks."""

    version: str
    encoding: str
    info: tuple[tuple[str, str], ...]
    algorithms: tuple[str, ...]
    to_fetch: tuple[str, ...]

    @property
    def title(self) -> str:
        """The first of the labels that name the bag's content; empty where there is none."""
        said = {label.lower(): value for label, value in reversed(self.info)}
        return next((said[label] for label in _TITLES if said.get(label)), "")


def validate_bag(
    contents: Contents, report: Report, *, schema_only: bool = False, progress: Progress | None = None
) -> Bag:
    """Check a bag for form, completeness and validity (sections 2 and 3); all that is wrong is reported.

    With ``schema_only`` no digest is compared.
    """
    payload_names, tag_names = manifest_names(contents)
    algorithms = manifest_algorithms([*payload_names, *tag_names])
    if algorithms and not schema_only:
        contents.read_ahead(algorithms, progress)
    declaration = read_declaration(contents, report)
    info_name = "package-info.txt" if declaration.version < "0.96" else "bag-info.txt"
    if info_name not in contents.sizes:
        info_name = "bag-info.txt"
    info = read_info(contents, info_name, declaration, report) if info_name in contents.sizes else []
    fetch = read_fetch(contents, "fetch.txt", declaration, report) if "fetch.txt" in contents.sizes else {}
    manifests = _read(contents, payload_names, declaration, report)
    tag_manifests = _read(contents, tag_names, declaration, report)
    _payload_folder(contents, report)
    _system_files(contents, report)
    _payload_complete(contents, manifests, fetch, declaration, report)
    _tags_complete(tag_manifests, payload_names, declaration, report)
    if declaration.strict and tag_manifests:
        _tags_as_advised(contents, manifests, tag_manifests, report)
    _oxum(contents, info, info_name, fetch, report)
    if not schema_only:
        _digests(contents, manifests, tag_manifests, report, progress)
    return Bag(
        declaration.version,
        declaration.encoding,
        tuple(info),
        tuple(manifest.algorithm for manifest in manifests),
        tuple(path for path in fetch if path not in contents.sizes),
    )


def _read(
    contents: Contents, names: Iterable[str], declaration: Declaration, report: Report
) -> list[Manifest]:
    read = (read_manifest(contents, name, declaration, report) for name in names)
    return [manifest for manifest in read if manifest is not None]


def _payload_folder(contents: Contents, report: Report) -> None:
    """Section 2.1.2: there is a payload folder, empty or not."""
    if "data" not in contents.folders and not any(path.startswith("data/") for path in contents.sizes):
        report.add("RFC8493-2.1.2/missing", "data/")


def _system_files(contents: Contents, report: Report) -> None:
    """Files that a file manager makes and changes by itself: a bag with them does not stay valid."""
    for path in [path for path in contents.sizes if path.endswith(_SYSTEM_ENDS)]:
        if path.rpartition("/")[2].lower() in _SYSTEM_FILES:
            report.add("LUUTRU-BAG/system-file", path)


def _payload_complete(
    contents: Contents,
    manifests: list[Manifest],
    fetch: dict[str, str],
    declaration: Declaration,
    report: Report,
) -> None:
    """Section 3: every payload file listed (1.0: in every manifest), every listed file there."""
    if not manifests:
        report.add("RFC8493-2.1.3/no-manifest")
        return
    for manifest in manifests:
        for path in sorted(manifest.absent):
            rule = "RFC8493-2.2.3/not-fetched" if path in fetch else "RFC8493-3/missing-file"
            report.add(rule, path, manifest=manifest.name)
        _alike(manifest, report)
    enough = all if declaration.strict else any
    for path in fetch:
        if not enough(path in manifest.digests or path in manifest.absent for manifest in manifests):
            report.add("RFC8493-2.2.3/not-listed", path)
    everywhere = set(manifests[0].digests).intersection(*(manifest.digests for manifest in manifests[1:]))
    for path in contents.sizes.keys() - everywhere:
        if not path.startswith("data/"):
            continue
        lacking = [manifest.name for manifest in manifests if path not in manifest.digests]
        if len(lacking) == len(manifests):
            report.add("RFC8493-3/not-listed", path)
        elif lacking:
            rule = (
                "RFC8493-3/not-in-every-manifest" if declaration.strict else "RFC8493-3/not-in-one-manifest"
            )
            report.add(rule, path, manifests=", ".join(lacking))


def _alike(manifest: Manifest, report: Report) -> None:
    """Section 6.1.1: names that some file system takes for one; files that are there were looked at already."""
    if not manifest.absent:
        return
    for path, other, _ in collisions([*manifest.digests, *sorted(manifest.absent)]):
        if path in manifest.absent or other in manifest.absent:
            report.add("RFC8493-6.1.1/alike", manifest.name, path=path, other=other)


def _tags_complete(
    tag_manifests: list[Manifest], payload_names: list[str], declaration: Declaration, report: Report
) -> None:
    """Section 2.2.1: tag manifests list only what is there; in 1.0 every manifest, and no tag manifest."""
    for manifest in tag_manifests:
        for path in sorted(manifest.absent):
            report.add("RFC8493-3/missing-tag-file", path, manifest=manifest.name)
        for name in payload_names:
            if name not in manifest.digests and declaration.strict:
                report.add("RFC8493-2.2.1/manifest-not-listed", manifest.name, path=name)
        for name in manifest.digests if declaration.strict else ():
            if name.startswith("tagmanifest-"):
                report.add("RFC8493-2.2.1/lists-itself", manifest.name, path=name)


def _tags_as_advised(
    contents: Contents, manifests: list[Manifest], tag_manifests: list[Manifest], report: Report
) -> None:
    """Section 2.2.1: every tag file in every tag manifest, and the algorithms of the payload manifests."""
    for path in sorted(path for path in contents.sizes if not path.startswith(("data/", "tagmanifest-"))):
        lacking = [m.name for m in tag_manifests if path not in m.digests]
        # That a manifest is not listed is an error already.
        if lacking and not is_manifest(path):
            report.add("RFC8493-2.2.1/tag-not-listed", path, manifests=", ".join(lacking))
    for algorithm in sorted({m.algorithm for m in manifests} - {m.algorithm for m in tag_manifests}):
        report.add("RFC8493-2.2.1/algorithms", algorithm=algorithm)


def _oxum(
    contents: Contents, info: list[tuple[str, str]], name: str, fetch: dict[str, str], report: Report
) -> None:
    """Section 2.2.2: Payload-Oxum is what the payload is."""
    for label, value in info:
        if label.lower() != "payload-oxum":
            continue
        match = _OXUM.fullmatch(value)
        sizes = [size for path, size in contents.sizes.items() if path.startswith("data/")]
        found = f"{sum(sizes)}.{len(sizes)}"
        if match is None:
            report.add("RFC8493-2.2.2/oxum-form", name, value=value)
        elif (int(match[1]), int(match[2])) != (sum(sizes), len(sizes)) and all(
            path in contents.sizes for path in fetch
        ):
            report.add("RFC8493-2.2.2/oxum", name, value=value, found=found)


def _digests(
    contents: Contents,
    manifests: list[Manifest],
    tag_manifests: list[Manifest],
    report: Report,
    progress: Progress | None,
) -> None:
    """Section 3: every digest of every manifest is that of the file."""
    claims = [(manifest.algorithm, manifest.digests) for manifest in [*manifests, *tag_manifests]]
    for fault in contents.faults(claims, progress):
        if fault.outcome is Outcome.ALTERED:
            report.add("RFC8493-3/altered", fault.path, algorithms=fault.detail)
        elif fault.outcome is Outcome.MISSING:
            report.add("LUUTRU-UNPACK/vanished", fault.path)
        else:
            report.add("RFC8493-3/unreadable", fault.path, reason=fault.detail)
