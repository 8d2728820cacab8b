"""One verdict for a package, whatever its standard and its carrier.

``assess`` is shared by validation and by ingest, so that a package which validates is a
package that is taken in.
"""

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.profile_registry import Profile
from luutru.packaging.assessment import Assessment
from luutru.packaging.bag import validate_bag
from luutru.packaging.contents import Contents, Progress
from luutru.packaging.eark import validate_eark
from luutru.packaging.ocfl.validate import validate_object, validate_root
from luutru.packaging.profiled import Judging, judge
from luutru.packaging.recognise import recognise
from luutru.packaging.unpack import Limits, carrier, look


def assess(
    contents: Contents,
    report: Report,
    *,
    judging: Judging | None = None,
    schema_only: bool = False,
    progress: Progress | None = None,
) -> Assessment:
    """Recognise a package and check all that its standard and its profiles ask, fixity included.

    Everything found goes into the report; nothing is raised for bad content.  With ``schema_only``
    structure and metadata are checked, no payload file is read, and the report says so.
    """
    recognised = recognise(contents, report)
    bag = eark = None
    if recognised.kind == "unknown":
        report.add("LUUTRU-KIND/unknown")
    if recognised.kind in ("bagit", "bagged-eark"):
        report.kind = "bagit"
        inside = contents.below(recognised.root)
        bag = validate_bag(inside, report, schema_only=schema_only, progress=progress)
    if recognised.kind in ("eark", "bagged-eark"):
        report.kind = "eark"
        inside = contents.below(recognised.package)
        eark = validate_eark(inside, report, schema_only=schema_only, progress=progress)
    if schema_only:
        report.add("LUUTRU-PAYLOAD/not-read")
    assessment = Assessment(recognised, bag, eark)
    if judging and recognised.kind != "unknown":
        judge(judging, contents, assessment, report, schema_only=schema_only, progress=progress)
    return assessment


def validate_path(
    path: Path,
    *,
    limits: Limits,
    scratch: Path | None = None,
    profiles: Sequence[Profile] = (),
    judged_on: date | None = None,
    schema_only: bool = False,
    progress: Progress | None = None,
    limit: int = 100,
) -> Report:
    """The report on a package (folder, zip, tar, tar.gz), an OCFL object or an OCFL storage root.

    A packed package is unpacked below ``scratch`` (the system's temporary folder unless
    given) and removed again; ``limit`` findings are kept for one rule.  A package is judged by ``profiles``
    too, as on the day ``judged_on`` (today unless given); ``schema_only`` as in ``assess``.  Raises FileNotFoundError when there is
    nothing at the path, OSError when the scratch space is short.
    """
    report = Report(str(path), limit=limit)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is nothing here to validate")
    if path.is_dir() and any(path.glob("0=ocfl_object_*")):
        report.kind = "ocfl-object"
        validate_object(path, report, progress=progress)
    elif path.is_dir() and any(path.glob("0=ocfl_*")):
        report.kind = "ocfl-root"
        validate_root(path, report, progress=progress)
    else:
        judging = Judging(profiles, judged_on or date.today(), carrier(path) or "") if profiles else None
        with tempfile.TemporaryDirectory(prefix="luutru-", dir=scratch) as folder:
            contents = look(
                path,
                report,
                limits=limits,
                scratch=Path(folder) / "package",
                reading=not schema_only,
                progress=progress,
            )
            assess(contents, report, judging=judging, schema_only=schema_only, progress=progress)
        return report
    for profile in profiles:
        report.add("LUUTRU-PROFILE/not-a-package", id=profile.id)
    return report
