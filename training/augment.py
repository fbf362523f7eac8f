"""Crops of several sizes and places, and mirroring, the same for all frames of a video.

As most of the family is trained: the sides of a crop are shares of the frame's, at most one share apart
from each other, and it lies at one of 13 places: corners, edges, middle, and between middle and corners.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

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


def draw_resized_crop(frame: int, area: tuple[float, float], flip: bool, random: np.random.Generator) -> Crop:
    """Draw a crop of any size, place and shape, as OCSampler is trained (Szegedy et al., CVPR 2015).

    Its width is 3/4 to 4/3 of its height. What does not fit into the frame is drawn again, ten times at most;
    then the whole frame is taken.

    Args:
        frame: side of a square frame in pixels.
        area: smallest and largest share of the frame's area.
        flip: whether every other crop is mirrored.
        random: what to draw from.
    """
    mirrored = flip and bool(random.random() < 0.5)
    for _ in range(10):
        pixels = frame * frame * random.uniform(*area)
        shape = exp(random.uniform(log(3 / 4), log(4 / 3)))
        width, height = max(1, round(sqrt(pixels * shape))), max(1, round(sqrt(pixels / shape)))
        if width <= frame and height <= frame:
            top, left = (int(random.integers(0, frame - side + 1)) for side in (height, width))
            return Crop(top, left, height, width, mirrored)
    return Crop(0, 0, frame, frame, mirrored)
