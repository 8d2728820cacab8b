"""What can go wrong that is not a verdict: the repository's family of errors.

Bad content is a report, not an exception.  These are for what could not be found out or
done, split once: *transient* (the same call may succeed later) and *permanent*.  Each
message tells the person what to do next; none knows HTTP.
"""


class RepositoryError(Exception):
    """Anything this archive raises on purpose."""

    transient = False


class NotFound(RepositoryError):
    """No such deposit, object, agency, location or version."""


class Conflict(RepositoryError):
    """The thing asked for does not fit the present state (for example a second submit)."""


class ProfileNotUsable(RepositoryError):
    """There is no profile of this name, or its file is faulty: correct the name, or the file."""


class NotText(RepositoryError):
    """A text holds a character that the catalogue cannot keep: half a surrogate pair, or NUL on PostgreSQL."""


class NoIntactCopy(RepositoryError):
    """No copy of a file is intact in any location, so nothing can be restored or handed out."""


class WriterFault(RepositoryError):
    """A package we wrote does not pass our own independent validation; nothing was stored."""


class CatalogueBehindStorage(RepositoryError):
    """Storage records events that the catalogue does not know: rebuild the catalogue first."""


class CatalogueOutdated(RepositoryError):
    """The catalogue's schema is not the one of this version: migrate it, or install the later version."""


class CatalogueUnavailable(RepositoryError):
    """The catalogue's database does not answer, is busy or is full."""

    transient = True


class StorageShort(RepositoryError):
    """A storage location or the staging area is full or cannot be written now."""

    transient = True


class NotYetStored(RepositoryError):
    """A deposit has its first copy and not yet the others: the archive completes it by itself, later."""

    transient = True


class SourceChanged(RepositoryError):
    """The files handed over were changing or vanishing while they were read; deposit again."""

    transient = True


class UnderWay(RepositoryError):
    """The same package is being taken in by another deposit: wait for that one, then it is recognised."""

    transient = True


class QueueFull(RepositoryError):
    """As many deposits wait as the archive lets wait; try again later."""

    transient = True
