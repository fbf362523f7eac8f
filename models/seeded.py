"""Untrained weights that anyone can make again: each entry is drawn from a generator seeded by its name."""

import re
import zlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

_BRANCH_END = re.compile(r"bn3\.weight$")


def seeded_state(shapes: Mapping[str, tuple[int, ...]], salt: str = "") -> dict[str, Tensor]:
    """Draw a state dict.

    Layers get He's scale (He et al., ICCV 2015), normalisations a scale near one, and those that end a
    residual branch a quarter of it, so that values keep their size through the depth.

    Args:
        shapes: shape of each entry by its name.
        salt: another salt gives other weights.
    """
    return {name: torch.from_numpy(_draw(name, shape, salt)) for name, shape in shapes.items()}


def shapes_of(state: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """Shape of each entry of a state dict."""
    return {name: tuple(value.shape) for name, value in state.items()}


def _draw(name: str, shape: tuple[int, ...], salt: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, np.int64)
    generator = np.random.Generator(np.random.Philox(key=zlib.crc32(f"{salt}/{name}".encode())))
    noise = generator.standard_normal(shape, dtype=np.float32)
    if name.endswith("running_var"):
        return 1 + np.abs(noise) / 8
    if name.endswith("running_mean"):
        return noise / 8
    if len(shape) > 1:
        return noise * np.float32(np.sqrt(2 / np.prod(shape[1:])))
    if name.endswith("weight"):
        return (1 + noise / 8) * np.float32(0.25 if _BRANCH_END.search(name) else 1)
    return noise / 16
