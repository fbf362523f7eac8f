"""What a GPU's session leaves, and when."""

import json
import tarfile
from pathlib import Path

import pytest

from benchmarks.gpu.results import ARCHIVE, NUMBERS, TABLE, Results


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    out, raw = tmp_path / "out", tmp_path / "raw"
    out.mkdir()
    raw.mkdir()
    return out, raw


def test_after_each_step_there_is_all_so_far(folders: tuple[Path, Path]) -> None:
    out, raw = folders
    tables = iter(["a table\n", "more\n"])
    results = Results(out, raw, lambda: next(tables))
    (raw / "one.log").write_text("fine\n")
    results.add({"name": "one", "outcome": "ok"})
    assert json.loads((out / NUMBERS).read_text()) == {
        "steps": [{"name": "one", "outcome": "ok"}],
        "reports": {},
    }
    assert (out / TABLE).read_text() == "a table\n"
    (raw / "gpu-two.json").write_text('{"videos_per_s": 2.5}')
    (raw / "two.log").write_bytes(b"\xff half a line")
    results.add({"name": "two", "outcome": "FAILED with 1"})
    numbers = json.loads((out / NUMBERS).read_text())
    assert [step["name"] for step in numbers["steps"]] == ["one", "two"]
    assert numbers["reports"] == {"gpu-two": {"videos_per_s": 2.5}}
    with tarfile.open(out / ARCHIVE) as archive:
        assert archive.getnames() == ["raw/gpu-two.json", "raw/one.log", "raw/two.log"]
        log = archive.extractfile("raw/two.log")
        assert log is not None
        assert log.read() == b"\xff half a line"
    assert results.table() == "more\n"


def test_a_report_that_was_cut_off_is_in_the_archive_only(folders: tuple[Path, Path]) -> None:
    out, raw = folders
    (raw / "gpu-one.json").write_text('{"videos_per_s": 2')
    Results(out, raw, str).add({"name": "one"})
    assert json.loads((out / NUMBERS).read_text())["reports"] == {}
    with tarfile.open(out / ARCHIVE) as archive:
        assert archive.getnames() == ["raw/gpu-one.json"]


def test_nothing_of_an_earlier_session_stays(folders: tuple[Path, Path]) -> None:
    out, raw = folders
    Results(out, raw, lambda: "a table\n").add({"name": "one"})
    assert sorted(path.name for path in out.iterdir()) == sorted((TABLE, NUMBERS, ARCHIVE))
    assert (out / TABLE).read_text() == "a table\n"
    (out / "of-others").touch()
    Results(out, raw, str)
    assert [path.name for path in out.iterdir()] == ["of-others"]
