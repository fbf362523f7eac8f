from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.keep_choice import KeepChoice, keep_choice
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
