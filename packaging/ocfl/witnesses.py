"""Which inventory of an object is to be believed (OCFL 1.1, sections 3.7 and 3.8).

An inventory has up to five witnesses: the catalogue, the root inventory and its sidecar, and
the copy that the head version keeps with its sidecar.  What the catalogue knows decides;
without it, what most witnesses say.
"""

from collections import Counter
from collections.abc import Collection

from luutru.fixity.verdict import Outcome
from luutru.packaging.ocfl.found_copy import FoundCopy
from luutru.packaging.ocfl.inventory import FILE_NAME, Inventory, version_number

_Pair = tuple[str | None, str | None]  # digest of an inventory, digest that its sidecar states


def weigh_inventories(
    found: FoundCopy, known: str | None, *, fixity: Collection[str]
) -> tuple[str | None, Inventory | None]:
    """The root inventory's digest as it lies there, and the inventory to check the content against.

    Notes every inventory and sidecar that is not what it should be.  ``known`` is the root
    inventory's digest in the catalogue.  The inventory returned may itself be noted as
    damaged: it can still tell what else is.  Of its fixity block only the algorithms in
    ``fixity`` are kept.
    """
    algorithm = "sha512"
    if f"{FILE_NAME}.sha512" not in found.listing.sizes and f"{FILE_NAME}.sha256" in found.listing.sizes:
        algorithm = "sha256"
    root = _pair(found, "", algorithm)
    newest = _newest_version(found)
    copy = _pair(found, f"{newest}/", algorithm) if newest else (None, None)
    truth = known.lower() if known else _most_witnessed(root, copy)

    inventory = None
    places = [("", root[0])] + ([(f"{newest}/", copy[0])] if newest else [])
    for place, digest in sorted(places, key=lambda item: item[1] is None or item[1] != truth):
        inventory = inventory or found.inventory(f"{place}{FILE_NAME}", digest, fixity)
    _compare(found, "", algorithm, root, truth)
    if inventory is None:
        if newest:
            _compare(found, f"{newest}/", algorithm, copy, truth)
        return root[0], None
    head = f"{inventory.head}/"
    if inventory.head != newest:
        # A later version that the inventory does not know is left to be unexpected.
        for name in (FILE_NAME, f"{FILE_NAME}.{algorithm}") if newest else ():
            found.accounted.discard(f"{newest}/{name}")
            found.damage.pop(f"{newest}/{name}", None)
        copy = _pair(found, head, algorithm)
    _compare(found, head, algorithm, copy, truth)
    _earlier_versions(found, inventory)
    return root[0], inventory


def _pair(found: FoundCopy, place: str, algorithm: str) -> _Pair:
    digest = found.digest(f"{place}{FILE_NAME}", algorithm)
    return digest, found.stated(f"{place}{FILE_NAME}.{algorithm}")


def _most_witnessed(root: _Pair, copy: _Pair) -> str | None:
    counted = Counter(digest for digest in (*root, *copy) if digest).most_common()
    if counted and counted[0][1] > 1 and (len(counted) == 1 or counted[0][1] > counted[1][1]):
        return counted[0][0]
    # Two against two: an update cut short; the root is the object.
    return root[0] if root[0] and root[0] == root[1] else None


def _compare(found: FoundCopy, place: str, algorithm: str, pair: _Pair, truth: str | None) -> None:
    for name, digest in zip((FILE_NAME, f"{FILE_NAME}.{algorithm}"), pair, strict=True):
        if truth is None or digest != truth:
            found.note(f"{place}{name}", Outcome.ALTERED, "not what its witnesses say")


def _newest_version(found: FoundCopy) -> str | None:
    inventories = [path for path in found.listing.sizes if path.endswith(f"/{FILE_NAME}")]
    names = (path.removesuffix(f"/{FILE_NAME}") for path in inventories)
    return max(filter(_is_version, names), key=version_number, default=None)


def _is_version(name: str) -> bool:
    try:
        version_number(name)
    except ValueError:
        return False
    return True


def _earlier_versions(found: FoundCopy, inventory: Inventory) -> None:
    """Each earlier version keeps the inventory of its day; none may contradict the present one."""
    for name in inventory.versions:
        if name == inventory.head:
            continue
        path = f"{name}/{FILE_NAME}"
        earlier = found.inventory(path, None, ()) if found.present(path) else None
        algorithm = earlier.algorithm if earlier else inventory.algorithm
        digest, stated = _pair(found, f"{name}/", algorithm)
        if earlier is None or digest is None:
            continue
        if (earlier.id, earlier.head) != (inventory.id, name):
            found.note(path, Outcome.ALTERED, f"the inventory of {earlier.id} {earlier.head}")
        elif algorithm == inventory.algorithm and not _agree(earlier, inventory, name):
            found.note(path, Outcome.ALTERED, f"contradicts the object's inventory on {name}")
        elif stated is None:
            found.note(f"{path}.{algorithm}", Outcome.ALTERED, "not the form of a sidecar")
        elif digest != stated:
            # Its content agrees with the object's inventory, yet either may be the altered one.
            found.note(path, Outcome.ALTERED, "not what its sidecar says")
            found.note(f"{path}.{algorithm}", Outcome.ALTERED, "not what its inventory is")


def _agree(earlier: Inventory, present: Inventory, name: str) -> bool:
    """Whether an earlier inventory says of its versions and files what the present one says."""
    return (
        all(present.manifest.get(path) == digest for path, digest in earlier.manifest.items())
        and earlier.versions[name].state == present.versions[name].state
    )
