from dataclasses import dataclass
from pathlib import Path

import pytest

from export.reading import check_request, read_for
from export.request import ExportRequest
from foveate.errors import ConfigError, ExportError


@dataclass(frozen=True)
class Found:
    dropped: tuple[str, ...] = ("a", "b")


def test_a_checkpoint_is_read_and_told_of(tmp_path: Path) -> None:
    said: list[str] = []
    request = ExportRequest(tmp_path / "c.pth", (), tmp_path / "out")
    assert read_for(request, said.append, lambda path: Found((path.name,))) == Found(("c.pth",))
    assert said == [f"reading {tmp_path / 'c.pth'}", "left out 1 entries that only training uses"]


@pytest.mark.parametrize("name", ["Capital", None])
def test_nothing_is_read_for_a_request_that_cannot_be_met(tmp_path: Path, name: str | None) -> None:
    target = tmp_path / "out"
    if name is None:
        target.mkdir()
        (target / "file").touch()

    def read(path: Path) -> Found:
        raise AssertionError(path)

    with pytest.raises((ConfigError, ExportError)):
        read_for(ExportRequest(tmp_path / "c.pth", (), target, name=name), lambda _: None, read)


def test_what_is_read_next_is_said_last(tmp_path: Path) -> None:
    said: list[str] = []
    check_request(ExportRequest(tmp_path / "c.pth", (), tmp_path / "out"), said.append)
    assert said == [f"reading {tmp_path / 'c.pth'}"]
