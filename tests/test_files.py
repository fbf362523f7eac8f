import os
import stat
from errno import ENOSPC
from pathlib import Path
from typing import IO

import pytest

from foveate.errors import ConfigError
from foveate.files import replacing, require_writable, write_whole


def fill(file: IO[bytes]) -> None:
    file.write(b"new")


def test_a_file_is_replaced_whole_or_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, fill)

    def broken(file: IO[bytes]) -> None:
        file.write(b"half")
        raise OSError(ENOSPC, "No space left on device")

    with pytest.raises(ConfigError, match=r"file cannot be written: No space left on device$"):
        write_whole(path, broken)
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to("target")
    for _ in range(2):
        require_writable(link)
        write_whole(link, fill)
        assert link.is_symlink()
        assert target.read_bytes() == b"new"


def test_what_is_no_regular_file_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    reading = os.open(pipe, os.O_RDWR)  # So that nothing waits for the other side.
    try:
        for path in (pipe, link):
            require_writable(path)
            write_whole(path, fill)
            assert os.read(reading, 10) == b"new"
    finally:
        os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert link.is_symlink()


@pytest.mark.parametrize("name", ["", "no/such", "loop", "x" * 300, "x" * 250])
def test_what_cannot_be_written_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    if name != "x" * 250:  # The file may have this name, what it is made of may not.
        with pytest.raises(ConfigError, match="cannot be written: "):
            require_writable(Path(name))
    with pytest.raises(ConfigError, match="cannot be written: "):
        write_whole(Path(name), fill)


def test_a_file_beside_others_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    require_writable(tmp_path / "new")


def test_a_file_is_replaced_once_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with replacing(path) as fresh:
        fresh.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_not_finished_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def write_half() -> None:
        with replacing(path, "mine") as fresh:
            fresh.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
