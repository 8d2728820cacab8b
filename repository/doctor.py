"""The doctor: looks for every state that a crash, a lost disk or an old backup leaves, and mends it if asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from luutru.packaging.ocfl.storage import StorageError
from luutru.repository.ailments import (
    Ailment,
    catalogue_faults,
    deposits_left,
    jobs_left,
    journals,
    locations_away,
    objects_half_written,
    objects_unknown,
    staging_left,
    uploads_left,
)
from luutru.repository.archive import Archive
from luutru.repository.errors import RepositoryError
from luutru.repository.journal import flush

# In the order in which they are to be mended: what knows less is brought up to what knows more first.
_LOOK: Sequence[Callable[[Archive], Iterator[Ailment]]] = (
    catalogue_faults,
    locations_away,
    journals,
    staging_left,
    deposits_left,
    uploads_left,
    jobs_left,
    objects_unknown,
    objects_half_written,
)

CODES = (
    "catalogue-damaged",
    "catalogue-behind",
    "copy-missing",
    "deposit-left",
    "job-left",
    "journal-behind",
    "location-away",
    "object-differs",
    "object-half-written",
    "object-unknown",
    "staging-left",
    "upload-left",
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """An ailment, whether it was mended, and what kept it from being mended."""

    ailment: Ailment
    mended: bool = False
    hindrance: str = ""


def examine(archive: Archive, *, mend: bool = False) -> Iterator[Diagnosis]:
    """Tell each ailment as it is found; with ``mend``, cure those that have a cure.

    Reads inventories, not content: whether the bytes are intact is the audit's to say.
    """
    for look in _LOOK:
        # All of a kind first: a cure changes what is being looked at.
        for ailment in list(look(archive)):
            if not (mend and ailment.cure):
                yield Diagnosis(ailment)
                continue
            try:
                ailment.cure()
            except (RepositoryError, StorageError, OSError) as error:
                yield Diagnosis(ailment, hindrance=str(error))
            else:
                yield Diagnosis(ailment, mended=True)
    if mend:
        flush(archive)
