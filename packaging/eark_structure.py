"""The folders of an E-ARK package (CSIP section 4, requirements CSIPSTR1 to CSIPSTR16)."""

from luutru.metadata_profiles.finding import Report
from luutru.packaging.contents import Contents


def check_structure(contents: Contents, report: Report) -> None:
    """Check which folders there are and what lies in them; requirements that a reader cannot test are left out."""
    folders = _folders(contents)
    if "METS.xml" not in contents.sizes:
        report.add("CSIPSTR4", "METS.xml")
    if "metadata" not in folders:
        report.add("CSIPSTR5", "metadata/")
    else:
        if "metadata/preservation" not in folders:
            report.add("CSIPSTR6", "metadata/preservation/")
        if "metadata/descriptive" not in folders:
            report.add("CSIPSTR7", "metadata/descriptive/")
    if "representations" not in folders:
        report.add("CSIPSTR9", "representations/")
    else:
        _representations(contents, folders, report)
    if "schemas" not in folders:
        report.add("CSIPSTR15", "schemas/")
    if "documentation" not in folders:
        report.add("CSIPSTR16", "documentation/")


def _representations(contents: Contents, folders: set[str], report: Report) -> None:
    found = {folder for folder in folders if folder.startswith("representations/") and folder.count("/") == 1}
    if not found:
        report.add("CSIPSTR10", "representations/")
    for folder in sorted(found):
        if f"{folder}/data" not in folders:
            report.add("CSIPSTR11", f"{folder}/data/")
        if f"{folder}/METS.xml" not in contents.sizes:
            report.add("CSIPSTR12", f"{folder}/METS.xml")
        if f"{folder}/metadata" not in folders:
            report.add("CSIPSTR13", f"{folder}/metadata/")


def _folders(contents: Contents) -> set[str]:
    """Every folder of the package, empty or not."""
    found: set[str] = set()
    for path in (*(path.rpartition("/")[0] for path in contents.sizes), *contents.folders):
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return found
