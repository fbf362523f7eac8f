from pathlib import Path

import numpy as np
import pytest

from foveate.errors import ConfigError
from foveate.evaluation.keep_probabilities import read_probabilities

FOUND = np.random.default_rng(1).random((20, 16)).astype(np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keep.npy"
    np.save(path, FOUND)
    return path


def test_an_array_or_one_of_several(file: Path) -> None:
    assert read_probabilities(file).tolist() == FOUND.tolist()
    np.savez(file.with_suffix(".npz"), logits=np.full((3, 2, 5), 9.0), keep=FOUND.astype(np.float64))
    found = read_probabilities(file.with_suffix(".npz"))
    assert found.tolist() == FOUND.tolist()
    assert found.dtype == np.float32


def test_several_arrays_and_none_of_them(file: Path) -> None:
    np.savez(file.with_suffix(".npz"), logits=FOUND)
    with pytest.raises(ConfigError, match="holds no array of keep probabilities"):
        read_probabilities(file.with_suffix(".npz"))
    with pytest.raises(ConfigError, match="cannot be read as a NumPy array"):
        read_probabilities(file.with_name("none.npy"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.zeros(0, np.float32), "holds no array of keep probabilities"),
        (np.zeros(3, np.int64), "holds no array of keep probabilities"),
        (np.array([0.5, 1.5]), "holds numbers that are no probabilities"),
        (np.array([0.5, np.nan]), "holds numbers that are no probabilities"),
        (np.array([{}], object), "cannot be read as a NumPy array"),
    ],
)
def test_files_of_something_else(file: Path, content: np.ndarray, message: str) -> None:
    np.save(file, content, allow_pickle=True)
    with pytest.raises(ConfigError, match=message):
        read_probabilities(file)


def test_a_file_that_is_cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(ConfigError, match="cannot be read as a NumPy array"):
        read_probabilities(file)
    np.savez(file, keep=FOUND)
    file.with_suffix(".npy.npz").write_bytes(file.with_suffix(".npy.npz").read_bytes()[:600])
    with pytest.raises(ConfigError, match="cannot be read as a NumPy array"):
        read_probabilities(file.with_suffix(".npy.npz"))
