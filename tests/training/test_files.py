from pathlib import Path

import numpy as np
import pytest

from foveate.errors import ConfigError
from training.files import make_folder, mapped


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("folder", ["file", "file/within", "nowhere", "long" * 80])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone" / "away")
    with pytest.raises(ConfigError, match=f"{folder} cannot be made"):
        make_folder(tmp_path / folder)


def test_an_array_is_mapped_if_it_is_the_one_that_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    assert mapped(path, np.float32, (2, 3)) is None
    np.save(path, np.ones((2, 3), np.float32))
    for shape in ((2, 3), (2,)):
        found = mapped(path, np.float32, shape)
        assert found is not None
        assert found.shape == (2, 3)
    assert mapped(path, np.uint8, (2, 3)) is None
    assert mapped(path, np.float32, (3,)) is None


def test_a_damaged_array_is_none(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    np.save(path, np.ones((2, 3), np.float32))
    whole = path.read_bytes()
    for content in (whole[:-1], whole[:40], b"", b"text", whole.replace(b"{", b"(")):
        path.write_bytes(content)
        assert mapped(path, np.float32, (2, 3)) is None
