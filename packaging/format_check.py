"""The files of a package held against a rule set on formats: what they are, and what digitised ones measure.

Every file is identified by PRONOM; PDF, images, sound and film are looked into, in processes
of their own.  A file that upsets a library is a finding, and so is what could not be looked at.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.format_policy import Accepted, FormatPolicy, Weighed
from luutru.metadata_profiles.premis import Format
from luutru.metadata_profiles.profile_table import cite
from luutru.packaging.assessment import Assessment
from luutru.packaging.contents import Contents, Progress
from luutru.packaging.format_check_measures import Judge, check_measures
from luutru.packaging.format_facts import Facts, Failed, ImageFacts, MediaFacts, PdfFacts
from luutru.packaging.format_origin import read_origins
from luutru.packaging.format_probe import Bounds, Probe, Question
from luutru.packaging.formats import IdentificationFailed, identify

Identified = tuple[str, Format, Accepted | None]


def check_formats(
    policy: FormatPolicy,
    contents: Contents,
    assessment: Assessment,
    report: Report,
    *,
    progress: Progress | None = None,
) -> None:
    """Report which of a package's records are not of the formats, or not of the quality, asked for.

    Nothing is raised for bad content.  ``progress`` is told of each file when it is done.
    """
    recognised = assessment.recognised
    inside = contents.below(recognised.package or recognised.root)
    limits = policy.limits
    source = cite(policy.instrument, policy.article, policy.status)
    origins = read_origins(policy, inside)
    bounds = Bounds(limits.seconds, limits.total, limits.memory, limits.pages, limits.pixels)
    with Probe(bounds) as probe:
        asked = _questions(policy, inside, report, source)
        for (path, found, kind), facts in probe.answers(asked):
            judge = Judge(policy, report, path, found, source)
            _general(judge, facts)
            if kind is not None and facts is not None and not isinstance(facts, Failed):
                check_measures(judge, facts, origins)
            if progress:
                progress(1, inside.sizes[path])


def records(policy: FormatPolicy, contents: Contents) -> Iterator[str]:
    """The paths of a package's records: its payload, without what only stands in for a file."""
    for path in contents.sizes:
        parts = path.split("/", 3)
        eark = parts[0] == "representations" and len(parts) == 4 and parts[2] == "data"
        if (eark or parts[0] == "data") and not policy.skip.fullmatch(path):
            yield path


def _questions(
    policy: FormatPolicy, contents: Contents, report: Report, source: str
) -> Iterator[tuple[Identified, Question | None]]:
    """Each record with its format and, where it can be looked into, the question how it is inside."""
    paths = list(records(policy, contents))
    done = 0
    try:
        for path, found in identify(contents.root, paths):
            done += 1
            yield _question(policy, contents, report, source, path, found)
    except IdentificationFailed as error:
        weight = policy.weights["not-checked"]
        left = len(paths) - done
        rule = "FORMAT-NOT-CHECKED/identification"
        report.add(rule, severity=weight, count=left, reason=error, source=source)


def _question(
    policy: FormatPolicy, contents: Contents, report: Report, source: str, path: str, found: Format
) -> tuple[Identified, Question | None]:
    def add(weight: Weighed, rule: str, **words: object) -> None:
        said = policy.access if weight == "locked" else source
        report.add(rule, path, severity=policy.weights[weight], **words, source=said)

    kind = policy.find(found) if found.puid else None
    extension = PurePosixPath(path).suffix.removeprefix(".").casefold()
    if contents.sizes[path] == 0:
        add("empty", "FORMAT-EMPTY")
        return (path, found, None), None
    if not found.puid:
        add("unknown", "FORMAT-UNKNOWN", accepted=accepted_names(policy), extension=extension or "∅")
    elif found.puid in policy.locked:
        add("locked", "FORMAT-LOCKED/office", found=format_name(found))
    elif kind is None:
        add("not-accepted", "FORMAT-NOT-ACCEPTED", found=format_name(found), accepted=accepted_names(policy))
    elif extension not in kind.extensions:
        expected = ", ".join(f".{name}" for name in kind.extensions)
        words = {"extension": f".{extension}" if extension else "∅", "found": format_name(found)}
        add("extension", "FORMAT-EXTENSION", **words, expected=expected)
    if not found.puid:
        # What was cut off is often not identified any more: its name says how to look into it.
        kind = next((item for item in policy.accepted if item.reader and extension in item.extensions), None)
    asked = None
    if kind is not None and kind.reader:
        asked = Question(kind.reader, contents.root / path)
    return (path, found, kind), asked


def _general(judge: Judge, facts: Facts | Failed | None) -> None:
    """What holds for every file that was looked into, measured or not."""
    match facts:
        case Failed(why, detail):
            limits = judge.policy.limits
            seconds = limits.total if why == "given-up" else limits.seconds
            words = {"seconds": seconds, "memory": limits.memory, "detail": detail or "?"}
            judge.weighed("not-checked", f"FORMAT-NOT-CHECKED/{why}", **words)
        case PdfFacts(locked="password"):
            judge.weighed("locked", "FORMAT-LOCKED/password")
        case ImageFacts(too_large=pixels) if pixels:
            limit = judge.policy.limits.pixels
            judge.weighed("not-checked", "FORMAT-NOT-CHECKED/too-large", pixels=pixels, limit=limit)
        case PdfFacts(problem=problem) | ImageFacts(problem=problem) | MediaFacts(problem=problem) if problem:
            judge.weighed("unreadable", "FORMAT-UNREADABLE", reason=problem)
        case PdfFacts():
            _pdf(judge, facts)
        case ImageFacts(frames=frames, looked=looked) if looked < frames:
            judge.weighed("sampled", "FORMAT-NOT-CHECKED/pages", looked=looked, pages=frames)


def _pdf(judge: Judge, facts: PdfFacts) -> None:
    if facts.pages == 0:
        judge.weighed("unreadable", "FORMAT-UNREADABLE", reason="no pages")
        return
    if facts.locked:
        judge.weighed("restricted", "FORMAT-LOCKED/restricted")
    if facts.repaired:
        judge.weighed("damaged", "FORMAT-DAMAGED", reason=facts.repaired)
    if facts.looked < facts.pages:
        judge.weighed("sampled", "FORMAT-NOT-CHECKED/pages", looked=facts.looked, pages=facts.pages)
    if facts.declared and facts.verdict == "fail":
        judge.weighed("claim", "FORMAT-PDFA/differs", declared=facts.declared, reason=facts.reason)
    elif facts.declared and facts.verdict != "pass":
        reason = facts.reason or "no validator for this part"
        judge.weighed("unconfirmed", "FORMAT-PDFA/unconfirmed", declared=facts.declared, reason=reason)


def format_name(found: Format) -> str:
    """A format as people know it, and its identifier."""
    named = f"{found.name} {found.version}".strip()
    return f"{named} ({found.puid})" if found.puid else named


def accepted_names(policy: FormatPolicy) -> str:
    """The names of all accepted kinds."""
    return ", ".join(kind.name for kind in policy.accepted)
