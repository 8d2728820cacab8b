"""The descriptions of a package's records held against a record profile, whatever carries them.

The first of these carriers that a package has is read: the circular's ``simpledc`` documents, a table,
EAD3 or Dublin Core.  What lies there in another is named, so that nobody takes it for checked.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.record_carriers import Crosswalk
from luutru.metadata_profiles.record_csv import CsvReader
from luutru.metadata_profiles.record_description import Description
from luutru.metadata_profiles.record_judge import Judge
from luutru.metadata_profiles.record_profile import RecordProfile
from luutru.metadata_profiles.record_xml import Document, first_namespaces, read_crosswalk, read_simpledc
from luutru.packaging.assessment import Assessment
from luutru.packaging.contents import Contents
from luutru.packaging.eark import METS_NAME
from luutru.packaging.form_check_mets import root_attributes
from luutru.packaging.record_files import DescribedFiles


def check_records(profile: RecordProfile, contents: Contents, assessment: Assessment, report: Report) -> None:
    """Report where the descriptions in a package depart from a profile; nothing is raised for bad content."""
    recognised = assessment.recognised
    inside = contents.below(recognised.package or recognised.root)
    kind = assessment.eark.package_type if assessment.eark else ""
    if kind and kind not in profile.packages:
        words = {"found": kind, "expected": ", ".join(profile.packages), "source": profile.cite()}
        report.add("RECORD-PACKAGE", METS_NAME, severity=profile.weights["package"], **words)
    try:
        _Checker(profile, inside, assessment, report).run()
    except OSError as error:
        name = PurePosixPath(str(error.filename or "")).name
        report.add("XML-UNREADABLE", name, reason=error.strerror or error)


class _Checker:
    """One package, and the profile its descriptions are held against."""

    def __init__(
        self, profile: RecordProfile, contents: Contents, assessment: Assessment, report: Report
    ) -> None:
        self.profile, self.contents, self.assessment, self.report = profile, contents, assessment, report
        self.files = DescribedFiles(contents, profile, report)
        self.judges: dict[str, Judge] = {}
        self.names: dict[str, set[str]] = {}
        self.described = 0

    def run(self) -> None:
        simpledc, walks = self._documents()
        tables = [path for path in self.contents.sizes if self._is_table(path)]
        carriers: list[list[str]] = [
            [document.location for document in simpledc],
            tables,
            [document.location for document, _ in walks],
        ]
        chosen = next((number for number, paths in enumerate(carriers) if paths), None)
        match chosen:
            case 0:
                self._read_simpledc(simpledc)
            case 1:
                self._read_tables(tables)
            case 2:
                self._read_walks(walks)
        for number, paths in enumerate(carriers):
            if number != chosen:
                for path in paths:
                    self._ignored(path)
        if not self.described:
            weight = self.profile.weights["none"]
            self.report.add("RECORD-NONE", severity=weight, source=self.profile.cite())
        for judge in self.judges.values():
            judge.finish()
        self.files.finish(tables)

    def _judge(self, names: list[str], place: str) -> Judge:
        """The judge for fields of these names; those of the older instrument are judged by its profile."""
        profile = self.profile
        if profile.older is not None and profile.is_older(names):
            profile = profile.older
            if profile.id not in self.judges:
                words = {"older": profile.id, "instrument": profile.instrument, "source": self.profile.cite()}
                weight = self.profile.weights["older"]
                self.report.add("RECORD-OLDER", place, severity=weight, **words)
        return self.judges.setdefault(profile.id, Judge(profile, self.report))

    def _ignored(self, path: str) -> None:
        self.report.add("RECORD-CARRIER", path, severity=self.profile.weights["ignored"])

    def _is_table(self, path: str) -> bool:
        return any(place.fullmatch(path) for place in self.profile.csv.places)

    def _documents(self) -> tuple[list[Document], list[tuple[Document, Crosswalk]]]:
        """The XML documents that describe records, the circular's own and those of other standards."""
        simpledc: list[Document] = []
        walks: list[tuple[Document, Crosswalk]] = []
        if self.assessment.eark is None:
            return simpledc, walks
        for path in sorted(self.contents.sizes):
            inner = _descriptive(path)
            if inner is None:
                continue
            with self.contents.open(path) as stream:
                namespaces = first_namespaces(stream, path)
            walk = next((walk for walk in self.profile.crosswalks if walk.namespace in namespaces), None)
            if walk is not None:
                walks.append((Document(path, self._by_place(walk, path)), walk))
            elif candidates := self._levels(path, inner):
                simpledc.append(Document(path, candidates))
        # The package's own document comes first: it says what the others are parts of.
        return sorted(simpledc, key=lambda document: _is_inner(document.location)), walks

    def _levels(self, path: str, inner: str) -> tuple[str, ...]:
        """The levels that a document may be of by its name; none where it is no carrier."""
        carrier = self.profile.simpledc
        if carrier.place.fullmatch(path):
            stated = carrier.types.get(self._mets_type(), "")
            return (stated,) if stated else carrier.package
        if _is_inner(path):
            return next(((level,) for place, level in carrier.documents if place.fullmatch(inner)), ())
        return ()

    def _mets_type(self) -> str:
        if METS_NAME not in self.contents.sizes:
            return ""
        with self.contents.open(METS_NAME) as stream:
            return root_attributes(stream, METS_NAME).get("TYPE", "").capitalize()

    def _by_place(self, walk: Crosswalk, path: str) -> tuple[str, ...]:
        """Package level at the top; below a representation what is called like one of its files."""
        if not _is_inner(path):
            return (walk.package,) if walk.package else ()
        folder = path.partition("/metadata/")[0]
        stem = PurePosixPath(path).stem.casefold()
        names = {stem, stem.partition("_")[2]} - {""}
        return (walk.document,) if walk.document and not names.isdisjoint(self._names(folder)) else ()

    def _names(self, folder: str) -> set[str]:
        """What the files of a representation are called, with and without extension."""
        if folder not in self.names:
            found = self.names[folder] = set()
            for path in self.contents.sizes:
                if path.startswith(f"{folder}/data/"):
                    name = PurePosixPath(path)
                    found.update((name.name.casefold(), name.stem.casefold()))
        return self.names[folder]

    def _read_simpledc(self, documents: list[Document]) -> None:
        for document in documents:
            with self.contents.open(document.location) as stream:
                found = read_simpledc(stream, document, self.profile, self.report)
            if found is not None:
                judge = self._judge([said.name for said in found.said], document.location)
                found.candidates = tuple(name for name in found.candidates if name in judge.profile.levels)
                self._take(judge, iter([found]))

    def _read_tables(self, tables: list[str]) -> None:
        for path in tables:
            profile = self._profile_of_table(path)
            reader = CsvReader(profile, self.report, path)
            with self.contents.open(path) as stream:
                self._take(self.judges[profile.id], reader.read(stream))

    def _profile_of_table(self, path: str) -> RecordProfile:
        """By whose fields a table is to be read, told by its header."""
        unsaid = Report(path)
        reader = CsvReader(self.profile, unsaid, path)
        with self.contents.open(path) as stream:
            next(reader.read(stream), None)
        return self._judge(reader.header_names(), f"{path}:1").profile

    def _read_walks(self, walks: list[tuple[Document, Crosswalk]]) -> None:
        """Documents of the first standard at the top, and those of the representations."""
        at_top = {walk.id for document, walk in walks if not _is_inner(document.location)}
        top = next((walk.id for walk in self.profile.crosswalks if walk.id in at_top), "")
        judge = self._judge([], "")
        for document, walk in walks:
            if (not _is_inner(document.location) and walk.id != top) or not document.candidates:
                self._ignored(document.location)
                continue
            with self.contents.open(document.location) as stream:
                self._take(judge, read_crosswalk(stream, document, walk, self.profile, self.report))

    def _take(self, judge: Judge, descriptions: Iterator[Description]) -> None:
        for description in descriptions:
            self.described += 1
            judge.take(description)
            if description.path:
                self.files.take(description.path, description.place)


def _is_inner(path: str) -> bool:
    """Whether a document lies in a representation."""
    return path.startswith("representations/")


def _descriptive(path: str) -> str | None:
    """A document's path below the package or the representation; None for what is no descriptive XML."""
    if not path.lower().endswith(".xml"):
        return None
    parts = path.split("/", 2)
    inner = parts[2] if parts[0] == "representations" and len(parts) == 3 else path
    return inner if inner.startswith("metadata/descriptive/") else None
