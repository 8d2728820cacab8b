"""The inventories of one object against each other (OCFL 1.0 and 1.1, sections 3.5 to 3.8).

Each version may keep the inventory of its day; none of them may contradict the one in the
object's root, which speaks for the object.
"""

from luutru.metadata_profiles.finding import Report
from luutru.packaging.ocfl.examine import SeenInventory
from luutru.packaging.ocfl.examine_version import version_number


def compare_with_root(prior: SeenInventory, name: str, root: SeenInventory, report: Report) -> None:
    """Report where the inventory kept in version ``name`` contradicts the root inventory."""
    where = prior.where
    if prior.head and prior.head != name:
        report.add("E040/directory", where, head=prior.head, version=name)
    if prior.id != root.id:
        # The code of 1.0 stays right in 1.1, which adds one of its own for a change of identifier.
        report.add("E037", where, id=prior.id, root=root.id)
        if root.specification == "1.1":
            report.add("E110", where, id=prior.id, root=root.id)
    _compare_content_directory(prior, name, root, report)
    for version, block in prior.versions.items():
        present = root.versions.get(version)
        if present is None:
            report.add("E066/lacking", where, version=version)
            continue
        for path in _differences(prior, root, version):
            report.add("E066", where, version=version, path=path)
        for key in ("created", "message", "user"):
            if block.members.get(key) != present.members.get(key):
                report.add("W011", where, version=version, key=key)


def _compare_content_directory(prior: SeenInventory, name: str, root: SeenInventory, report: Report) -> None:
    same = prior.content_directory == root.content_directory
    if version_number(name) == 1 and root.content_directory_set:
        if not same or not prior.content_directory_set:
            report.add("E019", prior.where, name=root.content_directory)
    elif not same:
        report.add("E020", prior.where, name=prior.content_directory, root=root.content_directory)


def compare_specifications(inventories: dict[str, SeenInventory], report: Report) -> None:
    """Report a version that follows an earlier specification than the version before it (E103)."""
    latest = ""
    for name in sorted(inventories, key=lambda name: version_number(name) or 0):
        seen = inventories[name]
        if seen.specification and seen.specification < latest:
            report.add("E103", seen.where, specification=seen.specification, earlier=latest)
        latest = max(latest, seen.specification)


def _differences(prior: SeenInventory, root: SeenInventory, version: str) -> list[str]:
    """Logical paths that a version does not have the same in both inventories.

    Digests are compared where both use one algorithm; otherwise the content paths that they
    stand for.
    """
    before = prior.versions[version].state or {}
    now = root.versions[version].state or {}
    differing = list(before.keys() ^ now.keys())
    if prior.algorithm == root.algorithm:
        differing += [p for p, digest in before.items() if p in now and now[p].lower() != digest.lower()]
        return differing
    then_at, now_at = _content(prior), _content(root)
    for path in before.keys() & now.keys():
        # An earlier manifest may know fewer copies of the same bytes, never other ones.
        if not then_at.get(before[path], set()) <= now_at.get(now[path], set()):
            differing.append(path)
    return differing


def _content(seen: SeenInventory) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path, digest in seen.manifest.items():
        found.setdefault(digest, set()).add(path)
    return found
