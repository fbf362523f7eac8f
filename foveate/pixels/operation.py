"""The pixel operation on the CPU: rectangles of frames to a batch of network inputs.

This is the reference that every other form of the operation is held to.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Pixels
from foveate.bundle.vocabulary import PixelOperation
from foveate.errors import ExecutionError
from foveate.pixels.normalise import Normaliser

Frame = NDArray[np.uint8]
Taps = tuple[NDArray[np.intp], NDArray[np.float32]]


def look(
    frames: Sequence[Frame],
    rectangles: NDArray[np.float32],
    pixels: Pixels,
    normaliser: Normaliser,
    out: NDArray[np.float32],
) -> None:
    """Fill ``out`` with what a network sees of each rectangle.

    Args:
        frames: n frames, (H, W, 3) 8-bit RGB.
        rectangles: (n, 4): top, left, height, width in pixels of the frame.
        pixels: the operation and the size of the network's input.
        normaliser: applied before any interpolation, so that what lies outside is zero after it.
        out: (n, 3, height, width) float32.

    Raises:
        ExecutionError: a rectangle that is no number; a cut that is not whole, not of the input's size, or
            not inside its frame.
    """
    if not np.isfinite(rectangles).all():
        raise ExecutionError("the policy gave a rectangle that is not a number")
    for frame, rectangle, target in zip(frames, rectangles, out, strict=True):
        if pixels.operation is PixelOperation.CUT:
            _cut(frame, rectangle, normaliser, target)
        elif pixels.operation is PixelOperation.NEAREST:
            _nearest(frame, rectangle, normaliser, target)
        else:
            aligned = pixels.operation is PixelOperation.BILINEAR_ALIGNED
            _bilinear(frame, rectangle, normaliser, target, aligned)


def _cut(
    frame: Frame, rectangle: NDArray[np.float32], normaliser: Normaliser, out: NDArray[np.float32]
) -> None:
    y, x, height, width = (int(side) for side in rectangle)
    inside = 0 <= y <= frame.shape[0] - height and 0 <= x <= frame.shape[1] - width
    if (height, width) != out.shape[1:] or not inside or not np.array_equal(rectangle, (y, x, height, width)):
        raise ExecutionError(f"no whole {out.shape[1]} x {out.shape[2]} patch lies at {rectangle.tolist()}")
    normaliser.planes(frame[y : y + height, x : x + width], out)


def _nearest(
    frame: Frame, rectangle: NDArray[np.float32], normaliser: Normaliser, out: NDArray[np.float32]
) -> None:
    rows = _nearest_index(rectangle[0], rectangle[2], out.shape[1], frame.shape[0])
    columns = _nearest_index(rectangle[1], rectangle[3], out.shape[2], frame.shape[1])
    normaliser.planes(frame[rows[:, None], columns[None, :]], out)


def _nearest_index(start: float, length: float, count: int, side: int) -> NDArray[np.intp]:
    # In float32, as torch reckons it: some lines of some sizes are others in float64.
    places = np.arange(count, dtype=np.float32) * np.float32(length / count) + np.float32(start)
    lines: NDArray[np.intp] = np.clip(np.floor(places), 0, side - 1).astype(np.intp)
    return lines


def _bilinear(
    frame: Frame,
    rectangle: NDArray[np.float32],
    normaliser: Normaliser,
    out: NDArray[np.float32],
    aligned: bool,
) -> None:
    """Interpolate in two passes, columns first: 2 x 2 taps are separable on an upright rectangle."""
    rows, row_weights = _taps(rectangle[0], rectangle[2], out.shape[1], frame.shape[0], aligned)
    columns, column_weights = _taps(rectangle[1], rectangle[3], out.shape[2], frame.shape[1], aligned)
    top, bottom = int(rows.min()), int(rows.max()) + 1
    band = np.empty((3, bottom - top, frame.shape[1]), np.float32)
    normaliser.planes(frame[top:bottom], band)
    across = band[:, :, columns[0]] * column_weights[0] + band[:, :, columns[1]] * column_weights[1]
    upper, lower = across[:, rows[0] - top], across[:, rows[1] - top]
    np.add(upper * row_weights[0][:, None], lower * row_weights[1][:, None], out=out)


def _taps(start: float, length: float, count: int, side: int, aligned: bool) -> Taps:
    """The two source lines of each output line and their weights; a line outside weighs nothing."""
    steps = np.arange(count, dtype=np.float64)
    if aligned:
        places = float(start) + steps * ((float(length) - 1) / max(count - 1, 1))
    else:
        places = float(start) + (steps + 0.5) * (float(length) / count) - 0.5
    first = np.floor(places)
    fraction = places - first
    lines = np.stack([first, first + 1])
    weights = np.stack([1 - fraction, fraction])
    weights[(lines < 0) | (lines > side - 1)] = 0
    return np.clip(lines, 0, side - 1).astype(np.intp), weights.astype(np.float32)
