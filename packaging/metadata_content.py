"""What the metadata documents of an E-ARK package hold: PREMIS 3, EAD3 and Dublin Core.

Each is told by its root element, wherever it lies below a ``metadata`` folder, and held
against its own standard; what PREMIS says of files is held against the METS and the files.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from luutru.fixity.check import Wanted
from luutru.fixity.digest import UnknownAlgorithm, digest_size, normalise
from luutru.fixity.verdict import Outcome
from luutru.metadata_profiles import premis
from luutru.metadata_profiles.descriptive_rules import DC, EAD3, check_dublin_core, check_ead3_references
from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.mets import href_path
from luutru.metadata_profiles.premis_rules import TAGS, PremisLinks, SaidOfFile, read_premis_rules
from luutru.metadata_profiles.schemas import schema
from luutru.metadata_profiles.xml_reader import check_schema, read_elements
from luutru.packaging.contents import Contents
from luutru.packaging.eark_payload import is_number

_EAD2002 = "urn:isbn:1-931666-22-9"
_OLD_PREMIS = ("info:lc/xmlns/premis-v2", "http://www.loc.gov/standards/premis")
# Dublin Core stands in a wrapper: its elements come soon, or it is another standard's document.
_LOOKED_AT = 50


def check_metadata_content(
    contents: Contents, named: Mapping[str, Wanted], report: Report, *, schema_only: bool = False
) -> None:
    """Check each PREMIS, EAD3 and Dublin Core document of a package.

    ``named`` holds the digests that METS documents give of files by path.  What PREMIS gives beyond
    them is compared with the files, but with ``schema_only`` none is read.
    """
    links = PremisLinks()
    files = _Files(contents, named, report)
    for path in sorted(path for path in contents.sizes if _is_metadata(path)):
        match _kind(contents, path, report):
            case "premis":
                _check_premis(contents, path, report, links, files)
            case "ead3":
                _with_schema(contents, path, report, "ead3", "EAD-XSD")
                with contents.open(path) as stream:
                    check_ead3_references(stream, report, path)
            case "dc":
                with contents.open(path) as stream:
                    check_dublin_core(stream, report, path)
            case "ead2002":
                report.add("EAD-VERSION", path)
            case kind if kind.startswith("premis:"):
                report.add("PREMIS-VERSION", path, namespace=kind.removeprefix("premis:"))
    links.report_dangling(report)
    if not schema_only:
        files.compare()


def _is_metadata(path: str) -> bool:
    parts = path.split("/")
    inside = parts[0] == "metadata" or (parts[0] == "representations" and parts[2:3] == ["metadata"])
    return inside and path.lower().endswith(".xml")


def _kind(contents: Contents, path: str, report: Report) -> str:
    """What a document is, by its first elements; empty for what is not looked into, or cannot be read."""
    # What is wrong further on is said when the whole document is read, by the rules of its kind.
    first = Report(path)
    with contents.open(path) as stream:
        for number, (_, element) in enumerate(islice(read_elements(stream, first, path), _LOOKED_AT)):
            namespace, _, name = str(element.tag).removeprefix("{").rpartition("}")
            if number == 0:
                if namespace == premis.NAMESPACE:
                    return "premis"
                if namespace.startswith(_OLD_PREMIS):
                    return f"premis:{namespace}"
                if namespace == EAD3:
                    return "ead3"
                if name == "ead" and namespace in (_EAD2002, ""):
                    return "ead2002"
            if namespace == DC:
                return "dc"
    report.extend(first)
    return ""


def _with_schema(
    contents: Contents, path: str, report: Report, name: str, rule: str, tags: Collection[str] | None = None
) -> None:
    with contents.open(path) as stream:
        check_schema(stream, report, path, schema(name), rule=rule, tags=tags)


def _check_premis(contents: Contents, path: str, report: Report, links: PremisLinks, files: "_Files") -> None:
    folder = path.partition("/metadata/")[0] + "/" if path.startswith("representations/") else ""
    with contents.open(path) as stream:
        for said in read_premis_rules(stream, report, path, links):
            files.hold(said, path, folder)
    _with_schema(contents, path, report, "premis", "PREMIS-XSD", TAGS)


class _Files:
    """What PREMIS documents say of files, against the METS at once, against the files when all is known."""

    def __init__(self, contents: Contents, named: Mapping[str, Wanted], report: Report) -> None:
        self._contents = contents
        self._named = named
        self._report = report
        self._claims: dict[str, dict[str, bytes]] = {}

    def hold(self, said: SaidOfFile, document: str, folder: str) -> None:
        """Take what is said of one file, if it is a file of this package."""
        path = next(self._places(said, folder), None)
        if path is None:
            return
        place, size = f"{document}:{said.line}", self._contents.sizes[path]
        if said.size and not is_number(said.size, size):
            self._report.add("PREMIS-SIZE", place, path=path, stated=said.size[:40], found=size)
        for name, value in said.digests:
            try:
                algorithm = normalise(name)
            except UnknownAlgorithm:
                continue  # PREMIS takes any; what is not known here proves nothing
            self._claim(path, algorithm, value, place)

    def _places(self, said: SaidOfFile, folder: str) -> Iterator[str]:
        for name in said.names:
            for text in (premis.unescape_name(name), href_path(name)):
                for path in (folder + text, text):
                    if path in self._contents.sizes:
                        yield path

    def _claim(self, path: str, algorithm: str, value: str, place: str) -> None:
        try:
            digest = bytes.fromhex(value)
        except ValueError:
            digest = b""
        if len(digest) != digest_size(algorithm):
            self._report.add("PREMIS-FIXITY/form", place, value=value[:140], algorithm=algorithm)
            return
        in_mets = dict(self._named.get(path, ())).get(algorithm)
        if in_mets is None:
            self._claims.setdefault(algorithm, {})[path] = digest
        elif in_mets != digest:
            self._report.add("PREMIS-FIXITY/mets", place, path=path, algorithm=algorithm)

    def compare(self) -> None:
        """Read the files whose digests no METS has, and say which differ."""
        if not self._claims:
            return
        for verdict in self._contents.faults(list(self._claims.items())):
            if verdict.outcome is Outcome.ALTERED:
                self._report.add("PREMIS-FIXITY/differs", verdict.path, algorithms=verdict.detail)
