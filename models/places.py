"""The places that a discrete policy chooses among: an even grid of corners."""

import math

import numpy as np
import torch
from torch import Tensor

TABLES = (25, 36, 49, 64)
"""Candidate places of the published policies for untrimmed video (AdaFocus, section 3.2)."""


def corner_table(candidates: int, frame: int, patch: int) -> Tensor:
    """Top-left corner (y, x) of each candidate, int64 (candidates, 2).

    Candidate a lies at row a // G and column a % G of a grid of G x G; the fraction of the free way is taken
    and floored in float32, as published.

    Args:
        candidates: a square number.
        frame: side of the frame in pixels.
        patch: side of the patch in pixels.

    Raises:
        ValueError: so many places are no square grid.
    """
    grid = math.isqrt(candidates)
    if grid * grid != candidates or grid < 2:
        raise ValueError(f"{candidates} places are no square grid")
    fractions = (np.arange(grid) / (grid - 1)).astype(np.float32)
    line = np.floor(fractions * np.float32(frame - patch)).astype(np.int64)
    return torch.from_numpy(np.stack([np.repeat(line, grid), np.tile(line, grid)], 1))


def exact(candidates: int, frame: int, patch: int) -> bool:
    """Whether flooring in float32 gives the corners that whole numbers give, whatever rounds in between."""
    grid = math.isqrt(candidates)
    line = [(frame - patch) * i // (grid - 1) for i in range(grid)]
    found: list[list[int]] = corner_table(candidates, frame, patch).tolist()
    return found == [[y, x] for y in line for x in line]
