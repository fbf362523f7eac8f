import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from foveate.tensorrt.files import read_trusted, remove_left_behind, replace_file, why_refused


@pytest.fixture(params=[0o022, 0o077])
def mask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_others_may_read_what_the_mask_lets_them(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "engine"
    replace_file(path, b"one")
    replace_file(path, b"two")
    assert (read_trusted(path), path.stat().st_mode & 0o777) == (b"two", 0o644 & ~mask)
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_put_in_its_place_is_removed(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path / "engine", b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["engine"]


def test_a_strangers_file_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "engine"
    replace_file(path, b"code")
    owner = path.stat().st_uid
    if owner == 0:
        owner = 4321
        os.chown(path, owner, -1)
        with pytest.raises(PermissionError, match="it belongs to user 4321, neither root nor"):
            read_trusted(path)
    monkeypatch.setattr(os, "geteuid", lambda: owner)
    assert read_trusted(path) == b"code"
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(PermissionError, match="it belongs to user"):
        read_trusted(path)


def test_what_anybody_may_write_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "engine"
    replace_file(path, b"code")
    path.chmod(0o666)
    with pytest.raises(PermissionError, match="anybody may write it"):
        read_trusted(path)


def test_what_was_left_behind_is_removed_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    old, new, engine = tmp_path / ".a.engine.0.part", tmp_path / ".b.engine.1.part", tmp_path / "a.engine"
    for path in (old, new, engine):
        path.write_bytes(b"")
    for path in (old, engine):
        os.utime(path, (0, time.time() - 4000))
    remove_left_behind(tmp_path)
    assert sorted(tmp_path.iterdir()) == [new, engine]


def test_a_refusal_says_whose_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = PermissionError(13, "Permission denied", str(tmp_path / "a.lock"))
    assert why_refused(error, tmp_path) == "Permission denied"
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert why_refused(error, tmp_path) == f"Permission denied; {tmp_path} belongs to user {owner}"
    (tmp_path / "a.lock").touch()
    assert why_refused(error, tmp_path).endswith(f"a.lock belongs to user {owner}")
    assert why_refused(PermissionError(13, "Permission denied"), tmp_path / "nowhere") == "Permission denied"
