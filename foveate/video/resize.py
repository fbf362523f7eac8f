"""Bringing an upright RGB frame to the short side a bundle asks for.

Both resamplers work on 8-bit pixels and round as their libraries do, because the published results were
made with them: one is Pillow itself, the other reproduces OpenCV's ``INTER_LINEAR`` bit for bit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foveate.bundle.vocabulary import Resize

Frame = NDArray[np.uint8]
"""An upright RGB frame, [height, width, 3]."""

_COEFFICIENT_BITS = 11
_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def resized_size(resize: Resize, short_side: int, width: int, height: int) -> tuple[int, int]:
    """Width and height of a frame of ``width`` x ``height`` pixels after the resize."""
    short, long = min(width, height), max(width, height)
    if resize is Resize.NONE or short == short_side:
        return width, height
    if resize is Resize.PILLOW_BILINEAR:
        new = int(short_side * long / short)
    else:
        # The ratio is rounded to a double first, as in the published code.
        new = int(long * (short_side / short) + 0.5)
    return (short_side, new) if width <= height else (new, short_side)


def resize_frame(frame: Frame, resize: Resize, width: int, height: int) -> Frame:
    """Resample a frame to ``width`` x ``height``; one that has this size already is returned as it is.

    Args:
        frame: uint8 [H, W, 3].
        resize: which library's arithmetic.
        width: new width in pixels.
        height: new height in pixels.

    Returns:
        uint8 [height, width, 3].

    Raises:
        ValueError: if ``resize`` is NONE and the size differs.
    """
    if frame.shape[:2] == (height, width):
        return frame
    if resize is Resize.NONE:
        raise ValueError(f"a frame of {frame.shape[1]} x {frame.shape[0]} is not {width} x {height}")
    if resize is Resize.PILLOW_BILINEAR:
        return pillow_bilinear(frame, width, height)
    return opencv_bilinear(frame, width, height)


def pillow_bilinear(frame: Frame, width: int, height: int, rotation: int = 0) -> Frame:
    """Pillow's antialiased bilinear.

    Args:
        frame: uint8 [H, W, 3].
        width: new width in pixels.
        height: new height in pixels.
        rotation: degrees counter-clockwise (0, 90, 180, 270) to turn the frame by beforehand; on an image
            of Pillow's that costs less than half of what it does on an array.

    Returns:
        uint8 [height, width, 3].
    """
    image = Image.fromarray(frame)
    if rotation:
        image = image.transpose(_TURNS[rotation])
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


@dataclass(frozen=True, slots=True)
class _Taps:
    """For each output pixel of one axis: the two source pixels and their weights in 1/2048."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    weight_first: NDArray[np.int32]
    weight_second: NDArray[np.int32]


def _taps(source: int, target: int, clamp_weights: bool) -> _Taps:
    # Positions are computed in double and kept in single precision, as OpenCV does. Along the width the
    # weights of taps outside are set to (1, 0); along the height only the rows are clamped.
    scale = 1.0 / (target / source)
    position = ((np.arange(target) + 0.5) * scale - 0.5).astype(np.float32)
    first = np.floor(position).astype(np.intp)
    fraction = position - first.astype(np.float32)
    if clamp_weights:
        fraction[(first < 0) | (first >= source - 1)] = 0
    one = np.float32(1 << _COEFFICIENT_BITS)
    return _Taps(
        first=np.clip(first, 0, source - 1),
        second=np.clip(first + 1, 0, source - 1),
        weight_first=np.rint((np.float32(1) - fraction) * one).astype(np.int32),
        weight_second=np.rint(fraction * one).astype(np.int32),
    )


def opencv_bilinear(frame: Frame, width: int, height: int) -> Frame:
    """OpenCV's 8-bit ``INTER_LINEAR`` (not antialiased), bit for bit.

    Weights are 11-bit fixed point, rows first; the vertical pass drops four bits of the horizontal sums
    and sixteen of each product before it adds and rounds. Halving both sides exactly averages 2 x 2
    pixels, since OpenCV switches to its area filter there.

    Args:
        frame: uint8 [H, W, 3].
        width: new width in pixels.
        height: new height in pixels.

    Returns:
        uint8 [height, width, 3].
    """
    source_height, source_width = frame.shape[:2]
    if (source_width, source_height) == (2 * width, 2 * height):
        blocks = frame.reshape(height, 2, width, 2, 3).astype(np.uint16)
        halved: Frame = ((blocks.sum(axis=(1, 3)) + 2) >> 2).astype(np.uint8)
        return halved
    across = _taps(source_width, width, clamp_weights=True)
    down = _taps(source_height, height, clamp_weights=False)
    # Only the rows that some output row reads are resampled; a large reduction skips most of them.
    rows, places = np.unique(np.concatenate([down.first, down.second]), return_inverse=True)
    source = frame[rows].astype(np.int32)
    sums = source[:, across.first] * across.weight_first[:, None]
    sums += source[:, across.second] * across.weight_second[:, None]
    sums >>= 4
    result = (sums[places[:height]] * down.weight_first[:, None, None]) >> 16
    result += (sums[places[height:]] * down.weight_second[:, None, None]) >> 16
    resized: Frame = ((result + 2) >> 2).astype(np.uint8)
    return resized
