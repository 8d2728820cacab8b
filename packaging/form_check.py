"""An E-ARK package held against a national package form: folders, names, METS values, stand-ins.

What a form asks stands in its profile; a breach weighs what the profile says.  A form never
makes a package better than the standard finds it, but for requirements that the profile
names and gives a reason for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.package_form import (
    CarrierName,
    Descriptions,
    FormRule,
    HoleyContent,
    HoleyMissing,
    HoleyPlace,
    NoHoley,
    PackageForm,
    Paths,
    Representations,
    RootElement,
    RootFolder,
    Values,
)
from luutru.metadata_profiles.profile_table import cite
from luutru.packaging.assessment import Assessment
from luutru.packaging.contents import Contents
from luutru.packaging.eark import METS_NAME, EarkPackage
from luutru.packaging.form_check_mets import attached_files, check_values, root_attributes, root_tag

_HOLEY_LENGTH = 4096
_LETTERS = re.IGNORECASE


def check_form(form: PackageForm, contents: Contents, assessment: Assessment, report: Report) -> None:
    """Report where a package departs from a form; nothing is raised for bad content.

    Call it after the package was validated: findings so far are weighed anew as the form says.
    """
    eark = assessment.eark
    if eark is None:
        report.add("PACKAGE-FORM/not-eark", severity=form.other, instrument=form.instrument)
        return
    inside = contents.below(assessment.recognised.package)
    kind = eark.package_type
    if kind not in form.packages:
        expected = ", ".join(form.packages)
        report.add(
            "PACKAGE-FORM/type",
            METS_NAME,
            severity=form.other,
            found=kind or "∅",
            expected=expected,
            instrument=form.instrument,
        )
        kind = form.packages[0]
    try:
        _Checker(form, inside, assessment, eark, report, kind).run()
    except OSError as error:
        name = PurePosixPath(str(error.filename or "")).name
        report.add("XML-UNREADABLE", name, reason=error.strerror or error)


@dataclass(frozen=True, slots=True)
class _Checker:
    """One package and the form it is held against."""

    form: PackageForm
    contents: Contents
    assessment: Assessment
    eark: EarkPackage
    report: Report
    package: str

    def run(self) -> None:
        variant = self.form.variant(self._mets_type())
        rules = [rule for rule in self.form.rules if rule.holds_for(self.package, variant)]
        for rule in rules:
            match rule.check:
                case Representations(names):
                    self._representations(rule, names)
                case Paths() as paths:
                    self._paths(rule, paths)
                case RootFolder() as folder:
                    self._root_folder(rule, folder)
                case CarrierName() as carrier:
                    self._carrier(rule, carrier)
                case RootElement() as wanted:
                    self._root_element(rule, wanted)
                case Descriptions() as descriptions:
                    self._descriptions(rule, descriptions)
                case HoleyPlace() as place:
                    self._holey_place(rule, place)
                case NoHoley(suffix) | HoleyContent(suffix) | HoleyMissing(suffix):
                    self._holey(rule, suffix)
                case Values():
                    pass  # all of them in one pass
        self._values(rules)
        self._reweigh()

    def _add(self, rule: FormRule, finding: str, location: str, **words: object) -> None:
        source = cite(self.form.instrument, rule.article, self.form.status)
        self.report.add(finding, location, severity=rule.severity, **words, source=source, rule=rule.id)

    def _mets_type(self) -> str:
        if METS_NAME not in self.contents.sizes:
            return ""
        with self.contents.open(METS_NAME) as stream:
            return root_attributes(stream, METS_NAME).get("TYPE", "")

    def _representations(self, rule: FormRule, names: tuple[str, ...]) -> None:
        if sorted(self.eark.representations) != sorted(names):
            found = ", ".join(self.eark.representations[:10]) or "∅"
            self._add(
                rule, "PACKAGE-REPRESENTATION", "representations/", found=found, expected=", ".join(names)
            )

    def _paths(self, rule: FormRule, paths: Paths) -> None:
        alike = re.compile(paths.path.pattern, paths.path.flags | _LETTERS)
        found = [path for path in self.contents.sizes if alike.fullmatch(path)]
        other = [path for path in found if not paths.path.fullmatch(path)]
        if len(found) < paths.least:
            self._add(rule, "PACKAGE-PATH/missing", paths.shown, expected=paths.shown, least=paths.least)
        elif paths.most == 0 and found:
            self._add(rule, "PACKAGE-PATH/not-used", found[0], shown=paths.shown, count=len(found))
        elif paths.most is not None and len(found) > paths.most:
            self._add(
                rule, "PACKAGE-PATH/too-many", found[0], shown=paths.shown, count=len(found), most=paths.most
            )
        elif other:
            self._add(rule, "PACKAGE-PATH/letters", other[0], expected=paths.shown, count=len(other))

    def _folder(self) -> str:
        """The name of the package's folder; empty where it lies in its carrier without one."""
        package, name = self.assessment.recognised.package, self._carrier_name()
        if package:
            last = package.rpartition("/")[2]
            return "" if last == "data" and self.assessment.bag else last
        return "" if name.lower().endswith((".zip", ".tar", ".tar.gz", ".tgz")) else name

    def _carrier_name(self) -> str:
        return PurePosixPath(self.report.path).name

    def _root_folder(self, rule: FormRule, folder: RootFolder) -> None:
        expected, found = self.eark.objid, self._folder()
        for old, new in folder.replace:
            expected = expected.replace(old, new)
        if expected and not found:
            self._add(rule, "PACKAGE-ROOT/none", METS_NAME, expected=expected)
        elif expected and found != expected:
            self._add(rule, "PACKAGE-ROOT/name", METS_NAME, found=found, expected=expected)

    def _carrier(self, rule: FormRule, carrier: CarrierName) -> None:
        name, objid = self._carrier_name(), self.eark.objid
        if not objid or not name.lower().endswith(".zip"):
            return
        stem = name[: -len(".zip")]
        ordinal = stem[: -len(objid)]
        if not stem.casefold().endswith(objid.casefold()) or not carrier.prefix.fullmatch(ordinal):
            self._add(rule, "PACKAGE-CARRIER", name, found=name, expected=f"{carrier.shown}{objid}.zip")

    def _root_element(self, rule: FormRule, wanted: RootElement) -> None:
        path = re.compile(wanted.path.pattern, wanted.path.flags | _LETTERS)
        for name in filter(path.fullmatch, self.contents.sizes):
            unread = Report(name)
            with self.contents.open(name) as stream:
                found = root_tag(stream, name, unread)
            for finding in unread.findings:
                reason = finding.message("en").rstrip(".")
                self._add(rule, "PACKAGE-DESCRIPTION/unreadable", name, reason=reason)
            if found and found != wanted.element:
                self._add(rule, "PACKAGE-DESCRIPTION/root", name, found=found, expected=wanted.element)

    def _descriptions(self, rule: FormRule, wanted: Descriptions) -> None:
        path = re.compile(wanted.path.pattern, wanted.path.flags | _LETTERS)
        for folder, names in self._by_representation().items():
            about = {found["stem"].casefold(): found[0] for found in map(path.fullmatch, names) if found}
            data = [name for name in names if name.startswith(f"{wanted.data}/")]
            attached = self._attached(folder, wanted.attachments)
            met: set[str] = set()
            for inner in data:
                own = set(_names(inner)) & about.keys()
                met |= own
                if not own and inner not in attached:
                    expected = wanted.shown.replace("{stem}", PurePosixPath(inner).stem)
                    self._add(rule, "PACKAGE-DESCRIPTION/none", folder + inner, expected=expected)
            for stem in sorted(about.keys() - met):
                expected = f"{folder}{wanted.data}/"
                self._add(rule, "PACKAGE-DESCRIPTION/no-file", folder + about[stem], expected=expected)

    def _by_representation(self) -> dict[str, list[str]]:
        """The files of each representation's folder, relative to it."""
        found: dict[str, list[str]] = {f"representations/{name}/": [] for name in self.eark.representations}
        for path in self.contents.sizes:
            top, _, rest = path.partition("/")
            name, _, inner = rest.partition("/")
            if inner and top == "representations":
                found.setdefault(f"representations/{name}/", []).append(inner)
        return found

    def _attached(self, folder: str, label: str) -> frozenset[str]:
        mets = f"{folder}{METS_NAME}"
        if not label or mets not in self.contents.sizes:
            return frozenset()
        with self.contents.open(mets) as stream:
            return attached_files(stream, mets, label)

    def _holey(self, rule: FormRule, suffix: str) -> None:
        for path in self._stand_ins(suffix):
            match rule.check:
                case NoHoley():
                    self._add(rule, "PACKAGE-HOLEY/not-allowed", path)
                case HoleyContent(_, pattern, shown):
                    with self.contents.open(path) as stream:
                        said = stream.read(_HOLEY_LENGTH + 1).decode("utf-8-sig", "replace").strip()
                    if len(said) > _HOLEY_LENGTH or not pattern.fullmatch(said):
                        self._add(rule, "PACKAGE-HOLEY/form", path, found=said[:140] or "∅", expected=shown)
                case HoleyMissing():
                    real = path[: -len(suffix)]
                    case_of = "doubled" if real in self.contents.sizes else "missing"
                    self._add(rule, f"PACKAGE-HOLEY/{case_of}", path, file=PurePosixPath(real).name)

    def _holey_place(self, rule: FormRule, place: HoleyPlace) -> None:
        for path in self.contents.sizes:
            if path.lower().endswith(place.suffix.lower()) and not place.path.fullmatch(path):
                self._add(rule, "PACKAGE-HOLEY/place", path, expected=place.shown)

    def _stand_ins(self, suffix: str) -> Iterator[str]:
        for path in self.contents.sizes:
            if path.startswith("representations/") and path.lower().endswith(suffix.lower()):
                yield path

    def _values(self, rules: list[FormRule]) -> None:
        def on_breach(rule: FormRule, case: str, place: str, words: dict[str, str]) -> None:
            self._add(rule, f"PACKAGE-METS/{case}", place, **words)

        for location in self.eark.mets_paths:
            here = "root" if location == METS_NAME else "representation"
            wanted = [
                (rule, rule.check)
                for rule in rules
                if isinstance(rule.check, Values) and rule.check.mets in (here, "any")
            ]
            with self.contents.open(location) as stream:
                check_values(stream, location, wanted, on_breach)

    def _reweigh(self) -> None:
        for item in self.form.reweighed:
            if item.packages and self.package not in item.packages:
                continue
            if count := self.report.reweigh(item.rule, item.severity):
                self.report.add(
                    "PACKAGE-FORM/reweighed",
                    rule=item.rule,
                    count=count,
                    weight=item.severity,
                    form=self.form.id,
                    instrument=self.form.instrument,
                )


def _names(path: str) -> Iterator[str]:
    """The names that a description of a file may be called by."""
    name = PurePosixPath(path).name.casefold().removesuffix(".fetch.txt")
    yield name
    yield name.rpartition(".")[0] or name
