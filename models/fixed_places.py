"""Plans without a policy: where to look when nothing decides, as the papers' comparisons have it.

All give whole-pixel rectangles (steps, 4), int64: top, left, height, width.
"""

import math

import numpy as np
from numpy.typing import NDArray

Rectangles = NDArray[np.int64]


def centre_places(steps: int, frame: int, patch: int) -> Rectangles:
    """The middle of every frame.

    Args:
        steps: patches of a video.
        frame: side of a frame in pixels.
        patch: side of a patch in pixels.
    """
    corner = (_free(frame, patch)) // 2
    return _rectangles(np.full((steps, 2), corner), patch)


def random_places(steps: int, frame: int, patch: int, seed: int) -> Rectangles:
    """Places drawn evenly from all whole-pixel corners, the same for the same seed."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    return _rectangles(generator.integers(0, _free(frame, patch) + 1, (steps, 2)), patch)


def gaussian_places(steps: int, frame: int, patch: int, seed: int, spread: float = 0.25) -> Rectangles:
    """Places drawn around the middle of the frame, kept inside it, the same for the same seed.

    Args:
        steps: patches of a video.
        frame: side of a frame in pixels.
        patch: side of a patch in pixels.
        seed: of the draw.
        spread: standard deviation of a corner, as a share of the free way.
    """
    free = _free(frame, patch)
    generator = np.random.Generator(np.random.Philox(key=seed))
    drawn = free / 2 + spread * free * generator.standard_normal((steps, 2))
    return _rectangles(np.clip(np.rint(drawn), 0, free).astype(np.int64), patch)


def grid_places(steps: int, frame: int, patch: int) -> Rectangles:
    """Places of an even grid, row by row: the smallest square grid that has one for each step.

    A grid of one place is the middle.
    """
    grid = math.isqrt(steps - 1) + 1 if steps > 1 else 1
    if grid == 1:
        return centre_places(steps, frame, patch)
    line = _free(frame, patch) * np.arange(grid) // (grid - 1)
    places = np.stack([np.repeat(line, grid), np.tile(line, grid)], 1)
    # Fewer steps than places: spread over the whole grid rather than its first rows.
    return _rectangles(places[np.arange(steps) * grid**2 // steps], patch)


def _free(frame: int, patch: int) -> int:
    if not 0 < patch <= frame:
        raise ValueError(f"a patch of {patch} pixels does not fit a frame of {frame}")
    return frame - patch


def _rectangles(corners: NDArray[np.int64], patch: int) -> Rectangles:
    return np.concatenate([corners, np.full_like(corners, patch)], 1).astype(np.int64)
