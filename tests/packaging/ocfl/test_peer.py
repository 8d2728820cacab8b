"""Objects written here are valid to ocfl-py, a validator written by others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

validator_module = pytest.importorskip("ocfl.validator")
root_module = pytest.importorskip("ocfl.storage_root")

if TYPE_CHECKING:
    from tests.packaging.ocfl.conftest import Archive

FILES = {
    "METS.xml": b"<mets/>",
    'representations/rep1/data/Tờ trình "số 1" \\ bản sao.pdf': b"%PDF",
    "representations/rep1/data/🗂️": b"%PDF",
    "data/empty": b"",
}


@pytest.mark.peer
def test_ocfl_py_finds_nothing_wrong_with_an_object_of_two_versions(archive: Archive) -> None:
    first = archive.store(FILES)
    archive.store_next(first, {"METS.xml": b"<mets></mets>"}, removed=["data/empty"])
    validator = validator_module.Validator(log_warnings=True)
    valid = validator.validate_object(str(archive.folder))
    assert str(validator) == ""
    assert valid


@pytest.mark.peer
def test_ocfl_py_finds_planted_damage(archive: Archive) -> None:
    """The test above could not fail if the peer never did."""
    archive.store(FILES)
    (archive.folder / "v1/content/METS.xml").write_bytes(b"<mets>")
    assert not validator_module.Validator().validate_object(str(archive.folder))


@pytest.mark.peer
def test_ocfl_py_reads_the_storage_root(archive: Archive) -> None:
    archive.store(FILES)
    root = root_module.StorageRoot(root=str(archive.storage.root / "ocfl"))
    assert root.validate(log_warnings=True)
    assert (root.num_objects, root.good_objects, root.errors) == (1, 1, [])
