from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.keep_choice import KeepChoice, keep_choice, read_probabilities
from export.request import ExportRequest
from foveate.errors import ConfigError

ASKED = ExportRequest(Path(), (), Path())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keep.npy"
    np.save(path, np.random.default_rng(1).random((20, 16)))
    return path


@pytest.mark.parametrize("threshold", [0.0, 0.37, 1.0])
def test_a_threshold_that_is_named(threshold: float) -> None:
    assert keep_choice(replace(ASKED, keep_threshold=threshold)) == KeepChoice(threshold, None)


@pytest.mark.parametrize("share", [0.9, 0.7, 0.5, 1.0])
def test_a_threshold_that_is_solved(file: Path, share: float) -> None:
    choice = keep_choice(replace(ASKED, keep_probabilities=file, keep_share=share))
    kept = np.load(file).astype(np.float32) >= np.float32(choice.threshold)
    assert choice.share == kept.mean() == pytest.approx(share, abs=1 / 320)


def test_equal_probabilities_are_kept_together_and_the_share_says_so(file: Path) -> None:
    np.save(file, np.full(10, 0.25, np.float32))
    assert keep_choice(replace(ASKED, keep_probabilities=file, keep_share=0.3)) == KeepChoice(0.25, 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "name the threshold with --keep-threshold, or the share"),
        ({"keep_share": 0.7}, "name the threshold with --keep-threshold, or the share"),
        ({"keep_threshold": 0.5, "keep_share": 0.7}, "goes with neither --keep-share nor"),
        ({"keep_threshold": 1.5}, "--keep-threshold 1.5 is no probability"),
        ({"keep_threshold": float("nan")}, "--keep-threshold nan is no probability"),
        ({"keep_share": 0.0, "keep_probabilities": Path()}, "--keep-share 0.0 is out of range"),
        ({"keep_share": 0.5, "keep_probabilities": Path("none.npy")}, "none.npy cannot be read"),
    ],
)
def test_choices_that_do_not_fit(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        keep_choice(replace(ASKED, **change))  # type: ignore[arg-type]


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
