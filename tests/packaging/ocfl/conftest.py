"""A local location with objects in it, made through the public face of the OCFL layer."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from luutru.packaging.ocfl.check import ObjectCheck, check_object
from luutru.packaging.ocfl.commit import commit_first, commit_next
from luutru.packaging.ocfl.inventory import Inventory, User
from luutru.packaging.ocfl.object import ObjectFile, first_version, next_version
from luutru.packaging.ocfl.root import find_object
from luutru.repository.local_storage import LocalStorage

WHO = User("Nguyễn Văn Lưu", "mailto:luu@example.vn")
WHEN = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def object_file(path: str, data: bytes, *, known: bool = False) -> ObjectFile:
    """A file of a version with the digests that ingest would bring."""
    digests = {name: hashlib.new(name, data).digest() for name in ("sha512", "sha256", "md5")}
    return ObjectFile(path, digests, None if known else "")


@dataclass
class Archive:
    """A location and the one object that a test is about."""

    storage: LocalStorage
    object_id: str = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"

    @property
    def path(self) -> str:
        """The object's key."""
        return find_object(self.object_id)

    @property
    def folder(self) -> Path:
        """The object's folder on disk."""
        return self.storage.root / self.path

    def stage(self, files: Mapping[str, bytes], version: str) -> Path:
        """Content written into a new staging folder."""
        folder = self.storage.staging / f"staged-{version}"
        folder.mkdir(parents=True)
        for path, data in files.items():
            place = folder / version / "content" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return folder

    def store(self, files: Mapping[str, bytes]) -> Inventory:
        """A first version of these files, committed."""
        staged = self.stage(files, "v1")
        inventory = first_version(
            staged,
            object_id=self.object_id,
            files=(object_file(path, data) for path, data in files.items()),
            message="Tiếp nhận hồ sơ",
            user=WHO,
            created=WHEN,
        )
        commit_first(self.storage, staged, self.path)
        return inventory

    def stage_next(
        self,
        previous: Inventory,
        files: Mapping[str, bytes],
        *,
        removed: Iterable[str] = (),
        known: Mapping[str, bytes] | None = None,
    ) -> tuple[Path, Inventory]:
        """A further version, staged only; ``known`` are paths whose bytes are in the object already."""
        staged = self.stage(files, f"v{len(previous.versions) + 1}")
        named = [object_file(path, data) for path, data in files.items()]
        named += [object_file(path, data, known=True) for path, data in (known or {}).items()]
        inventory = next_version(
            staged,
            previous,
            files=named,
            removed=frozenset(removed),
            message="Bổ sung",
            user=WHO,
            created=WHEN,
        )
        return staged, inventory

    def store_next(
        self,
        previous: Inventory,
        files: Mapping[str, bytes],
        *,
        removed: Iterable[str] = (),
        known: Mapping[str, bytes] | None = None,
    ) -> Inventory:
        """A further version, committed."""
        staged, inventory = self.stage_next(previous, files, removed=removed, known=known)
        commit_next(self.storage, staged, self.path, previous=previous, new=inventory)
        return inventory

    def check(self, **options: str) -> ObjectCheck:
        """The audit of the object's copy."""
        return check_object(self.storage, self.path, **options)  # type: ignore[arg-type]

    def outcomes(self, **options: str) -> dict[str, str]:
        """What the audit says of each damaged path."""
        return {verdict.path: str(verdict.outcome) for verdict in self.check(**options).damage}


@pytest.fixture(scope="session")
def new_archive() -> Callable[[Path], Archive]:
    """Makes a new location, prepared, in a folder."""

    def make(folder: Path) -> Archive:
        storage = LocalStorage(folder / "location", "local-1")
        storage.prepare()
        return Archive(storage)

    return make


@pytest.fixture
def archive(tmp_path: Path, new_archive: Callable[[Path], Archive]) -> Archive:
    """A new location, prepared."""
    return new_archive(tmp_path)
