"""Files an evaluation writes."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from foveate.evaluation.collected import Collected
from foveate.files import write_whole


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Write plain data as JSON.

    Raises:
        ConfigError: the file cannot be written.
    """
    write_whole(path, lambda file: file.write((json.dumps(data, indent=1) + "\n").encode()))


def write_logits(path: Path, collected: Collected) -> None:
    """Write the logits of every answer, for calibration.

    The ``.npz`` holds ``logits`` (videos, answers, classes) float32, ``labels`` (videos,) int64, the first
    label of each video, ``names`` (videos,), as in the list, and ``nominal`` (videos, answers) int64, what
    the papers count for stopping at each answer. Of a bundle that drops patches it also holds ``keep``
    (videos, patches) float32, the probabilities by which they are kept.

    Raises:
        ConfigError: the file cannot be written.
        InputError: no video was answered.
    """
    logits, labels = collected.stacked(), collected.labels
    names = np.array([video.name for video in collected.videos])
    arrays = {"logits": logits, "labels": labels, "names": names, "nominal": collected.costs}
    if any(map(len, collected.keep)):
        arrays["keep"] = np.stack(collected.keep)
    write_whole(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]
