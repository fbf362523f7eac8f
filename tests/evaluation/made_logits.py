"""Calibration videos made up: some are easy, and more answers are righter."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def made_logits(
    videos: int, answers: int, classes: int, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Logits (videos, answers, classes) and labels (videos)."""
    chance = np.random.default_rng(seed)
    labels = chance.integers(0, classes, videos)
    logits = chance.normal(size=(videos, answers, classes)).cumsum(1)
    logits[np.arange(videos), :, labels] += chance.gamma(1, 1, (videos, 1)) * np.arange(1, answers + 1)
    return logits.astype(np.float32), labels.astype(np.int64)


def save(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path
