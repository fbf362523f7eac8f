import json
from pathlib import Path

import pytest

from benchmarks.report_file import check_report, write_report
from foveate.errors import ConfigError


def test_a_report_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    check_report(path)
    write_report(path, {"videos_per_s": [1.5, 2]})
    assert json.loads(path.read_text()) == {"videos_per_s": [1.5, 2]}
    with pytest.raises(TypeError):
        write_report(path, {"it": object()})
    assert json.loads(path.read_text()) == {"videos_per_s": [1.5, 2]}
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_said_before(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="it is a folder"):
        check_report(tmp_path)
    with pytest.raises(ConfigError, match="must be a folder"):
        check_report(tmp_path / "none" / "report.json")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_report(tmp_path, {})


def test_without_a_path_there_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check_report(None)
    write_report(None, {})
    assert list(tmp_path.iterdir()) == []
