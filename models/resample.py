"""Resampling rectangles of any size and place to a square, and the rectangles themselves."""

import torch
from torch import Tensor


def rectangles(actions: Tensor, crop: int, smallest: int) -> Tensor:
    """The rectangles that a deformable policy means (Uni-AdaFocus, section 3.2).

    Args:
        actions: (..., 4) in 0..1: place down, place across, height, width.
        crop: side of a frame in pixels.
        smallest: the side that height or width 0 stands for; 1 stands for ``crop``.

    Returns:
        (..., 4) top, left, height and width in pixels, not rounded.
    """
    sides = smallest + (crop - smallest) * actions[..., 2:]
    return torch.cat([actions[..., :2] * (crop - sides), sides], -1)


def resample(frames: Tensor, boxes: Tensor, side: int) -> Tensor:
    """Cut a rectangle from each frame and bring it to ``side`` x ``side`` pixels, bilinear.

    Half-pixel centres, 2 x 2 taps even where it shrinks, zeros outside the frame.

    Args:
        frames: normalised frames (n, c, h, w).
        boxes: (n, 4) top, left, height, width in pixels.
        side: of the result.

    Returns:
        (n, c, side, side).
    """
    rows = _taps(boxes[:, 0], boxes[:, 2], side, frames.shape[2])
    columns = _taps(boxes[:, 1], boxes[:, 3], side, frames.shape[3])
    return rows[:, None] @ frames @ columns[:, None].transpose(2, 3)


def _taps(start: Tensor, length: Tensor, count: int, lines: int) -> Tensor:
    """Weight of each of a frame's lines in each output line (n, count, lines)."""
    middles = torch.arange(count, device=start.device, dtype=start.dtype) + 0.5
    places = start[:, None] + middles * (length[:, None] / count) - 0.5
    numbers = torch.arange(lines, device=start.device, dtype=start.dtype)
    return (1 - (places[:, :, None] - numbers).abs()).clamp(min=0)
