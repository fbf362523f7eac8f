"""Files an evaluation writes: whole or not at all."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from foveate.errors import ConfigError
from foveate.evaluation.collected import Collected


def require_writable(path: Path) -> None:
    """Check, before hours of work, that a file can be written.

    Raises:
        ConfigError: it cannot.
    """
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise ConfigError(f"{path} cannot be written: {path.parent} must be a folder that may be written to")


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


def write_whole(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write a file by ``fill``, or leave what is there as it is.

    Raises:
        ConfigError: the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            fill(file)
        partial.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
