"""The stages of a deposit, each a type, so that no step can be given an earlier thing.

``Received -> Unpacked -> Assessed -> Built -> Committed``; what the caller gets is an
``Outcome``.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from luutru.metadata_profiles.finding import Report
from luutru.packaging.assessment import Assessment
from luutru.packaging.contents import Contents
from luutru.packaging.ocfl.inventory import Inventory
from luutru.repository.events import EventRecord

Status = Literal["received", "stored", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
class Received:
    """A submission that was registered: who, what, when; nothing of it read yet.

    ``profiles`` are names of profiles it is to be judged by besides its agency's.
    """

    deposit_id: str
    agency: str
    source: Path
    name: str
    event: EventRecord
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A submission whose bytes lie in staging, each read once and digested."""

    received: Received
    contents: Contents
    folder: Path
    report: Report


@dataclass(frozen=True, slots=True)
class Assessed:
    """A submission that was recognised and checked; its report says whether it is good."""

    unpacked: Unpacked
    assessment: Assessment
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Built:
    """An AIP in staging, a whole OCFL object that passed our own validation."""

    assessed: Assessed
    object_id: str
    staged: Path
    inventory: Inventory
    events: tuple[EventRecord, ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """A submission whose AIP lies in the first location; what is left to do can be done from there alone."""

    received: Received
    object_id: str
    report: Report
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a deposit, for the depositor."""

    deposit_id: str
    source: str
    status: Status
    object_id: str | None
    report: Report


def fingerprint(contents: Contents, root: str) -> str:
    """A digest over the names and SHA-512 of a package's files: equal for equal packages.

    Names are taken from the package's root, so that the carrier (folder, zip, name of the
    outer folder) makes no difference.
    """
    column = contents.algorithms.index("sha512")
    cut = len(root.rstrip("/") + "/") if root else 0
    lines = sorted(
        (path[cut:].encode("utf-8", "surrogateescape"), digests[column])
        for path, digests in contents.digests.items()
        if path.startswith(root)
    )
    whole = hashlib.sha256()
    for path, digest in lines:
        whole.update(path + b"\0" + digest + b"\n")
    return whole.hexdigest()
