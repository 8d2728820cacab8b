"""What lies in a bucket, told as folders and files: the walk of the storage root, the survey of an object.

A bucket has no folders, only keys with ``/`` in them.  Some tools write a folder as an empty key
that ends in ``/``; such a marker counts as an empty folder where nothing else lies below it.
"""

from collections.abc import Callable, Iterator, Mapping

from luutru.fixity.walk import Listing
from luutru.packaging.ocfl.inventory_reader import unsafe_path
from luutru.packaging.ocfl.root import DECLARATION, is_object
from luutru.packaging.ocfl.storage import OCFL_ROOT, RootEntry, Unreadable
from luutru.repository.s3_adoption import UNFINISHED, marker_of
from luutru.repository.s3_bucket import Bucket

_ROOTS_OWN = {DECLARATION, "ocfl_layout.json", "extensions"}


def survey(bucket: Bucket, folder: str, found: Callable[[str], object] = lambda _: None) -> Listing:
    """Everything below a folder; ``found`` is called with each file as soon as it is listed.

    Raises Unreadable.
    """
    sizes: dict[str, int] = {}
    markers: set[str] = set()
    others: list[tuple[str, str]] = []
    for key in bucket.keys(folder):
        path = key.path[len(folder) + 1 :]
        if not key.size and (path == "" or path.endswith("/")) and not unsafe_path(path[:-1] or "x"):
            markers.add(path[:-1])
        elif unsafe_path(path):
            others.append((path, "no path"))
        else:
            sizes[path] = key.size
            found(path)
    holders = {holder for path in (*sizes, *markers) for holder in _above(path)}
    return Listing(sizes, frozenset(markers - holders - {""}), others)


def _above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def walk_root(bucket: Bucket) -> Iterator[RootEntry]:
    """All objects of the storage root in order, and whatever else lies between them.

    Of an object only the names at its top are listed.  Raises Unreadable.
    """
    begun = _begun(bucket)
    pending = [OCFL_ROOT]
    while pending:
        path = pending.pop()
        try:
            files, folders = bucket.folder(path)
        except Unreadable:
            if path == OCFL_ROOT:
                raise
            yield RootEntry(path, "unreadable")
            continue
        if path == OCFL_ROOT:
            files = [name for name in files if name not in _ROOTS_OWN]
            folders = [name for name in folders if name not in _ROOTS_OWN]
        elif path in begun and begun[path] not in files:
            yield RootEntry(path, "unfinished")
            continue
        elif is_object(files):
            yield RootEntry(path, "object")
            continue
        elif not any(files) and not folders and bucket.any_below(path):
            # There is a marker; some services show one in a listing by folders where there is none.
            yield RootEntry(path, "empty")
        yield from (RootEntry(f"{path}/{name}", "file") for name in sorted(filter(None, files)))
        odd = [name for name in folders if unsafe_path(name)]
        yield from (RootEntry(f"{path}/{name}/", "other") for name in sorted(odd))
        pending.extend(f"{path}/{name}" for name in sorted(set(folders) - set(odd), reverse=True))


def _begun(bucket: Bucket) -> Mapping[str, str]:
    """The adoptions whose end was not noted, each with the name of its last write."""
    found = {}
    for key in bucket.keys(UNFINISHED):
        path = key.path[len(UNFINISHED) + 1 :]
        if marker := marker_of(bucket, path):
            found[path] = marker.last
    return found
