"""Calibration logits: reading them from a file and holding them to the bundle they are of."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.costs import droppable
from foveate.bundle.hashes import sha256
from foveate.bundle.manifest import Manifest
from foveate.bundle.vocabulary import Form
from foveate.errors import ConfigError
from foveate.evaluation.calibration import Floats, Integers

_ARRAYS = ("logits", "labels", "nominal")
_LEAST_AN_ANSWER = 4
"""Videos for each answer: with fewer, thresholds are those of single videos."""


@dataclass(frozen=True, slots=True)
class CalibrationData:
    """Logits of every answer of some videos.

    Attributes:
        source: the file, its hash and what is in it, in one line.
        logits: (videos, answers, classes) float32.
        labels: (videos), None where the file has none.
        costs: multiply-adds of stopping at each answer (videos, answers), each video's own; None where the
            file has none.
    """

    source: str
    logits: Floats
    labels: Integers | None
    costs: Integers | None = None


def read_calibration(path: Path, manifest: Manifest) -> CalibrationData:
    """Read ``logits`` (videos, answers, classes) of an .npz and what else it may hold.

    That is ``labels`` (videos), and ``nominal`` (videos, answers), what stopping at each answer costs each
    video: it differs between videos where a policy drops patches.

    Raises:
        ConfigError: it cannot be read, or is not of this bundle; the message says what is wrong.
    """
    arrays = _arrays(path)
    try:
        logits = _logits(arrays.get("logits"), manifest)
        labels = _labels(arrays.get("labels"), len(logits), manifest.classes)
        costs = _costs(arrays.get("nominal"), len(logits), manifest)
    except ValueError as error:
        raise ConfigError(f"{path} cannot be used: {error}") from None
    told = "without labels" if labels is None else "with labels"
    if manifest.plan.keep_threshold is not None:
        told += ", as if no patch were dropped" if costs is None else ", each at its own cost"
    source = f"{path.name} (sha256 {sha256(path)}), {len(logits)} videos {told}"
    return CalibrationData(source, logits, labels, costs)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {name: file[name] for name in _ARRAYS if name in file}
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
    with np.errstate(over="ignore"):  # What is too large for float32 is refused below.
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


def _costs(found: NDArray[Any] | None, videos: int, manifest: Manifest) -> Integers | None:
    if found is None:
        return None
    wanted = (videos, len(manifest.cost.nominal))
    if found.dtype.kind not in "iu" or found.shape != wanted:
        raise ValueError(f"its nominal costs are {found.dtype} {found.shape}, not whole numbers {wanted}")
    costs = found.astype(np.int64)
    off = np.array(manifest.cost.nominal) - costs
    focus = manifest.networks.focus
    patch = focus.forms[Form.WHOLE].multiply_adds if focus and manifest.plan.keep_threshold is not None else 0
    wrong = (off < 0) | (off > np.array(droppable(manifest))) | (off % max(1, patch) != 0)
    if wrong.any():
        video, answer = np.argwhere(wrong)[0].tolist()
        raise ValueError(
            f"answer {answer} of video {video} cannot have cost {costs[video, answer]} (both from 0): "
            f"{manifest.name} counts {manifest.cost.nominal[answer]}"
            + (f", less {patch} for each dropped patch" if patch else "")
        )
    return costs
