"""Crops of several sizes and places, and mirroring, the same for all frames of a video.

As the family is trained: the sides of a crop are shares of the frame's, at most one share apart from each
other, and it lies at one of 13 places: corners, edges, middle, and between middle and corners.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor
from torch.nn import functional

_QUARTERS = (
    *((y, x) for y in (0, 2, 4) for x in (0, 2, 4)),
    *((y, x) for y in (1, 3) for x in (1, 3)),
)


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a frame in pixels, and whether it is mirrored."""

    top: int
    left: int
    height: int
    width: int
    mirrored: bool = False

    def of(self, frames: Tensor, side: int) -> Tensor:
        """Cut it from each of some frames (T, c, h, w) and bring it to (T, c, side, side), antialiased."""
        part = frames[..., self.top : self.top + self.height, self.left : self.left + self.width]
        if part.shape[-2:] != (side, side):
            part = functional.interpolate(part, (side, side), mode="bilinear", antialias=True)
        return part.flip(-1) if self.mirrored else part


def middle_crop(frame: int, side: int) -> Crop:
    """The middle of a square frame, its place rounded as the server does."""
    start = round((frame - side) / 2)
    return Crop(start, start, side, side)


def draw_crop(frame: int, scales: Sequence[float], flip: bool, random: np.random.Generator) -> Crop:
    """Draw a crop of a square frame.

    Args:
        frame: its side in pixels.
        scales: shares of it, in order.
        flip: whether every other crop is mirrored.
        random: what to draw from.
    """
    sides = [max(1, int(frame * scale)) for scale in scales]
    pairs = [(high, wide) for i, high in enumerate(sides) for j, wide in enumerate(sides) if abs(i - j) <= 1]
    height, width = pairs[random.integers(len(pairs))]
    down, across = _QUARTERS[random.integers(len(_QUARTERS))]
    return Crop(
        down * ((frame - height) // 4),
        across * ((frame - width) // 4),
        height,
        width,
        flip and bool(random.random() < 0.5),
    )
