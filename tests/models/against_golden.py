"""Holds what a network gives to a golden set, array by array."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from export.golden import GoldenSet
from foveate.engine.confidence import largest_logit, negative_entropy

SYSTEM_ARRAYS = ("_sample", "_stat")


def write_checkpoint(golden: GoldenSet, path: Path, **more: torch.Tensor) -> Path:
    """The set's weights as its published scripts save them, with every other entry they have."""
    torch.save(golden.checkpoint() | more, path)
    return path


def derived(logits: torch.Tensor, exit_logits: torch.Tensor | None = None) -> dict[str, NDArray[Any]]:
    """The arrays of a set that follow from its logits alone."""
    arrays: dict[str, NDArray[Any]] = {"top5": logits.topk(5).indices.numpy()}
    if exit_logits is not None:
        arrays["exit_confidence_maxlogit"] = largest_logit(exit_logits.numpy())
        arrays["exit_negative_entropy"] = negative_entropy(exit_logits.numpy())
        arrays["exit_confidence_maxprob"] = torch.softmax(exit_logits, 2).amax(2).numpy()
    return arrays


def middles(frames: int, segments: int) -> NDArray[np.int64]:
    """Frame in the middle of each segment, by the published rule."""
    return np.floor((np.arange(segments) + 0.5) / segments * frames).astype(np.int64)


def differences(
    golden: GoldenSet, output: object, extra: dict[str, NDArray[Any]]
) -> dict[str, tuple[float, float]]:
    """For every array of the set that is off: how far, and how far it may be."""
    off = {}
    for name in golden.arrays:
        whole = name
        for ending in SYSTEM_ARRAYS:
            whole = whole.removesuffix(ending)
        value = extra[name] if name in extra else getattr(output, whole).numpy()
        error, allowed = golden.error(name, value), golden.tolerance(name)
        if not error <= allowed:
            off[name] = (error, allowed)
    return off
