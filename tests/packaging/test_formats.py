"""Formats are told by what a file holds; a file that says nothing is unknown, a dead process is an error."""

from pathlib import Path

import pytest

from luutru.packaging import formats
from luutru.packaging.formats import IdentificationFailed, identify
from luutru.packaging.samples.records import make_records


def test_each_record_is_identified_whatever_it_is_called(tmp_path: Path) -> None:
    made = {path.suffix: path for path in make_records(tmp_path / "records")}
    expected = {
        ".png": "fmt/11",
        ".jpg": "fmt/43",
        ".pdf": "fmt/276",
        ".odt": "fmt/1756",
        ".xlsx": "fmt/214",
    }
    for number, suffix in enumerate(expected):
        made[suffix].rename(tmp_path / f"vô danh {number}")
    found = dict(identify(tmp_path, [f"vô danh {number}" for number in range(len(expected))]))
    assert [found[f"vô danh {number}"].puid for number in range(len(expected))] == list(expected.values())


def test_what_cannot_be_told_is_unknown_and_the_order_is_kept(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "noise").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "tên\n%lạ.txt").write_text("Xin chào", encoding="utf-8")
    names = ["noise", "gone", "tên\n%lạ.txt", "empty"] * 100  # more than one batch
    answers = list(identify(tmp_path, names))
    assert [path for path, _ in answers] == names
    puids = dict(answers)
    assert puids["noise"].puid == puids["gone"].puid == puids["empty"].puid == ""
    assert puids["gone"].name == "unknown"
    assert puids["tên\n%lạ.txt"].mime == "text/plain"


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    (tmp_path / "tên\n%lạ.txt").write_text("Xin chào", encoding="utf-8")  # is identified by another name
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    assert len(list(identify(tmp_path, ["tên\n%lạ.txt"] * 300))) == 300
    assert list((tmp_path / "temporary").iterdir()) == []


def test_nothing_to_identify_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_WORKER", "raise SystemExit(1)")
    assert list(identify(tmp_path, [])) == []


@pytest.mark.parametrize("worker", ["raise SystemExit(1)", "print('nonsense')", "input()"])
def test_a_process_that_dies_is_an_error_and_not_an_unknown_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worker: str
) -> None:
    monkeypatch.setattr(formats, "_WORKER", worker)
    (tmp_path / "a").touch()
    with pytest.raises(IdentificationFailed):
        list(identify(tmp_path, ["a"] * 1000))
