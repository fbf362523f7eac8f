from pathlib import Path

import pytest

from foveate.tensorrt import kernels as module
from foveate.tensorrt.kernels import Kernels
from tests.tensorrt.made import Settings

OURS = b"kernels of this GPU"


def test_what_was_compiled_is_there_at_the_next_start(tmp_path: Path) -> None:
    first = Settings()
    Kernels(tmp_path / "glance.engine", "a GPU", first).save()
    (path,) = tmp_path.iterdir()
    assert (path.name[:7], path.suffix, path.read_bytes()) == ("glance.", ".kernels", OURS)
    assert first.kernels.taken == []
    second, written = Settings(), path.stat().st_mtime_ns
    Kernels(tmp_path / "glance.engine", "a GPU", second).save()
    assert second.kernels.taken == [OURS]
    assert path.stat().st_mtime_ns == written
    Kernels(tmp_path / "glance.engine", "another GPU", Settings()).save()
    assert len(list(tmp_path.iterdir())) == 2


def test_what_does_not_fit_is_compiled_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    Kernels(tmp_path / "glance.engine", "a GPU", Settings()).save()
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"kernels of an older driver")
    Kernels(tmp_path / "glance.engine", "a GPU", Settings()).save()
    assert path.read_bytes() == OURS
    assert "the kernels do not fit any more" in caplog.text


def test_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(module, "replace_file", refuse)
    Kernels(tmp_path / "glance.engine", "a GPU", Settings()).save()
    assert "the kernels cannot be kept: Permission denied" in caplog.text
