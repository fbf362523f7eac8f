"""Where in a video most changes: a place that pixels tell without any label."""

import numpy as np

from training.pools import Pages

_CELLS = 28
"""Cells along a side of a frame in which changes are summed up: noise of single pixels says little."""


def most_changed(frames: Pages, side: int) -> tuple[float, float]:
    """The middle of the square in which brightness changes most from frame to frame.

    Args:
        frames: in order of time, uint8 (T, crop, crop, 3).
        side: of the square in pixels.

    Returns:
        (y, x) in pixels; the first of several that are as good.
    """
    crop = frames.shape[1]
    cells = min(_CELLS, crop)
    edges = np.arange(cells) * crop // cells
    bright = frames.mean(3, dtype=np.float32)
    summed = np.add.reduceat(np.add.reduceat(bright, edges, 1), edges, 2)
    changes = np.abs(np.diff(summed, axis=0)).sum(0, dtype=np.float64)
    window = min(cells, max(1, round(side * cells / crop)))
    table = np.zeros((cells + 1, cells + 1))
    table[1:, 1:] = changes.cumsum(0).cumsum(1)
    inside = table[window:, window:] - table[:-window, window:] - table[window:, :-window]
    row, column = np.unravel_index(int((inside + table[:-window, :-window]).argmax()), inside.shape)
    return (row + window / 2) * crop / cells, (column + window / 2) * crop / cells
