"""Calibration logits: reading them from a file and holding them to the bundle they are of."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.hashes import sha256
from foveate.bundle.manifest import Manifest
from foveate.errors import ConfigError
from foveate.evaluation.calibration import Floats, Integers

_LEAST_AN_ANSWER = 4
"""Videos for each answer: with fewer, thresholds are those of single videos."""


@dataclass(frozen=True, slots=True)
class CalibrationData:
    """Logits of every answer of some videos.

    Attributes:
        source: the file, its hash and what is in it, in one line.
        logits: (videos, answers, classes) float32.
        labels: (videos), None where the file has none.
    """

    source: str
    logits: Floats
    labels: Integers | None


def read_calibration(path: Path, manifest: Manifest) -> CalibrationData:
    """Read ``logits`` (videos, answers, classes) and, where there are any, ``labels`` (videos) of an .npz.

    Raises:
        ConfigError: it cannot be read, or is not of this bundle; the message says what is wrong.
    """
    arrays = _arrays(path)
    try:
        logits = _logits(arrays.get("logits"), manifest)
        labels = _labels(arrays.get("labels"), len(logits), manifest.classes)
    except ValueError as error:
        raise ConfigError(f"{path} cannot be used: {error}") from None
    told = "without labels" if labels is None else "with labels"
    source = f"{path.name} (sha256 {sha256(path)}), {len(logits)} videos {told}"
    return CalibrationData(source, logits, labels)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {name: file[name] for name in ("logits", "labels") if name in file}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ConfigError(f"{path} is no .npz file of plain arrays") from error


def _logits(found: NDArray[Any] | None, manifest: Manifest) -> Floats:
    if found is None:
        raise ValueError("it holds no array named logits")
    if found.dtype.kind != "f" or found.ndim != 3:
        raise ValueError(
            f"its logits are {found.dtype} {found.shape}, not numbers (videos, answers, classes)"
        )
    wanted = (len(manifest.cost.nominal), manifest.classes)
    if found.shape[1:] != wanted:
        raise ValueError(
            f"its logits have {found.shape[1]} answers of {found.shape[2]} classes, "
            f"{manifest.name} gives {wanted[0]} of {wanted[1]}"
        )
    logits = found.astype(np.float32)
    if not np.isfinite(logits).all():
        video, answer, _ = np.argwhere(~np.isfinite(logits))[0].tolist()
        raise ValueError(f"a logit of video {video} at answer {answer} is not finite (both from 0)")
    least = _LEAST_AN_ANSWER * wanted[0]
    if len(logits) < least:
        raise ValueError(f"it has {len(logits)} videos; for {wanted[0]} answers there must be {least}")
    return logits


def _labels(found: NDArray[Any] | None, videos: int, classes: int) -> Integers | None:
    if found is None:
        return None
    if found.dtype.kind not in "iu" or found.shape != (videos,):
        raise ValueError(f"its labels are {found.dtype} {found.shape}, not whole numbers ({videos},)")
    if found.min() < 0 or found.max() >= classes:
        raise ValueError(f"its labels are {found.min()} to {found.max()}, and there are {classes} classes")
    return found.astype(np.int64)
