"""The audit of one object in one location (PREMIS *fixity check*) against its own inventory.

Every file that the object should have is read where it lies; every file that it should not
have is named.  The inventory itself is tested first, by its witnesses.  Nothing here raises
because of damage: damage is what it is for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from luutru.fixity.verdict import Outcome, Verdict
from luutru.packaging.ocfl.found_copy import FoundCopy, above
from luutru.packaging.ocfl.inventory import Inventory
from luutru.packaging.ocfl.parsed_inventories import ParsedInventories
from luutru.packaging.ocfl.storage import Missing, Reading, Storage, StorageError
from luutru.packaging.ocfl.witnesses import weigh_inventories

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ObjectCheck:
    """What one copy of an object was found to be.

    ``damage`` has a verdict for everything that is not intact, paths relative to the object
    (``""`` is the object's folder); ``files`` counts what was compared, ``attested`` those of
    them that were not read but are attested by the location's server, ``bytes`` what was read.  ``inventory``
    is the one the content was checked against (None when there was none; of its fixity block
    only the digest asked for), ``algorithm`` the digest it was checked with, ``inventory_digest``
    that of the root inventory as it lies there.
    """

    object_path: str
    damage: tuple[Verdict, ...]
    files: int = 0
    bytes: int = 0
    attested: int = 0
    algorithm: str = ""
    inventory_digest: str | None = None
    inventory: Inventory | None = None

    @property
    def intact(self) -> bool:
        """True when every file was read and is what it was, and nothing else is there."""
        return not self.damage and self.inventory is not None


def check_object(
    storage: Storage,
    object_path: str,
    *,
    digest: str = "sha256",
    inventory_digest: str | None = None,
    parsed: ParsedInventories | None = None,
    at_once: int = 1,
    progress: Progress | None = None,
    attested: bool = False,
) -> ObjectCheck:
    """Read one object's copy whole and compare it with what it should be.

    ``digest`` is used for the content when the inventory has it for every file, else the
    inventory's own; ``inventory_digest`` is what the catalogue knows of the root inventory;
    ``parsed`` may be shared by the checks of several copies, ``at_once`` is how many run together.
    With ``attested`` the content's digests may be those that the location's server attests.
    Damage never raises, and a copy that could not be read is never intact.
    """
    try:
        listing, reading = storage.read_whole(
            object_path, digest, at_once=at_once, progress=progress, attested=attested
        )
    except StorageError as error:
        return ObjectCheck(object_path, (_without_folder(storage, error),))
    found = FoundCopy(storage, object_path, listing, parsed or ParsedInventories())
    root_digest, inventory = weigh_inventories(found, inventory_digest, fixity={digest})
    algorithm = ""
    if inventory is not None:
        algorithm = digest if inventory.covers_all(digest) else inventory.algorithm
        _check_declaration(found, inventory)
    if inventory is None:
        reading.give_up()
    elif algorithm == digest:
        _check_content(found, inventory, algorithm, reading)
    else:
        reading.give_up()
        _check_otherwise(found, inventory)
    _note_the_rest(found, Outcome.UNKNOWN if inventory is None else Outcome.UNEXPECTED)
    return ObjectCheck(
        object_path,
        tuple(found.damage[path] for path in sorted(found.damage)),
        found.files,
        found.bytes,
        found.attested,
        algorithm,
        root_digest,
        inventory,
    )


def _without_folder(storage: Storage, error: StorageError) -> Verdict:
    if not isinstance(error, Missing):
        return Verdict("", Outcome.UNREADABLE, str(error))
    try:
        # An unmounted location is not the loss of everything in it.
        storage.available()
    except StorageError as unavailable:
        return Verdict("", Outcome.UNREADABLE, str(unavailable))
    return Verdict("", Outcome.MISSING, str(error))


def _check_declaration(found: FoundCopy, inventory: Inventory) -> None:
    name = "ocfl_object_1.0" if "/1.0/" in inventory.type else "ocfl_object_1.1"
    path, expected = f"0={name}", f"{name}\n".encode()
    if not found.present(path):
        return
    found.count(path)
    try:
        with found.storage.read(f"{found.path}/{path}") as stream:
            if stream.read(len(expected) + 1) != expected:
                found.note(path, Outcome.ALTERED, "not the declaration of an OCFL object")
    except (StorageError, OSError) as error:
        found.note(path, Outcome.UNREADABLE, str(error))


def _check_content(found: FoundCopy, inventory: Inventory, algorithm: str, reading: Reading) -> None:
    block = inventory.manifest if algorithm == inventory.algorithm else inventory.fixity[algorithm]
    sizes = found.listing.sizes
    lacking = {path for path in inventory.manifest.keys() - sizes.keys() if not found.present(path)}
    found.accounted.update(inventory.manifest)
    expected = {path: digest for path, digest in block.items() if path not in lacking} if lacking else block
    for verdict in reading.faults([(algorithm, expected)]):
        found.damage.setdefault(verdict.path, verdict)
    if reading.files < len(expected):
        found.note("", Outcome.UNKNOWN, f"{len(expected) - reading.files} files were not read")
    unread = set(reading.attested)
    found.files += len(expected)
    found.attested += len(unread & expected.keys())
    found.bytes += sum([sizes[path] for path in expected if path not in unread])


def _check_otherwise(found: FoundCopy, inventory: Inventory) -> None:
    """Read with the inventory's own digest, the only one that there is for every file."""
    try:
        _, reading = found.storage.read_whole(found.path, inventory.algorithm)
    except StorageError as error:
        found.note("", Outcome.UNREADABLE, str(error))
    else:
        _check_content(found, inventory, inventory.algorithm, reading)


def _note_the_rest(found: FoundCopy, outcome: Outcome) -> None:
    detail = "in no inventory" if outcome is Outcome.UNEXPECTED else "no inventory to check it against"
    for path in found.listing.sizes.keys() - found.accounted:
        found.note(path, outcome, detail)
    for path, what in found.others.items():
        found.note(path, Outcome.UNREADABLE if what == "unreadable" else Outcome.UNEXPECTED, what)
    # A folder that a lost file left empty belongs here; the file is what is missing.
    emptied = {folder for path in found.damage for folder in above(path)}
    for path in found.listing.folders - emptied:
        found.note(path, Outcome.UNEXPECTED, "empty folder")
