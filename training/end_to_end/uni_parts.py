"""What trains the policies of Uni-AdaFocus (Wang et al., 2024): no gradient passes through the patches."""

import numpy as np
import torch
from torch import Tensor

from models.resample import resample
from training.end_to_end.method import drawn


def levels(videos: int, count: int, like: Tensor, random: np.random.Generator) -> Tensor:
    """Levels of the weights' integral at which frames are taken: one drawn in each of ``count`` equal parts.

    Returns:
        (videos, count), increasing, more than 0.
    """
    parts = (np.arange(count) + random.random((videos, count))) / count
    return drawn(np.maximum(parts, 1e-6), like)


def expected_weights(weights: Tensor, removals: int, random: np.random.Generator) -> Tensor:
    """What a frame weighs in the answer of frames drawn one after the other, none of them twice.

    Of 0, 1, 2 ... frames drawn already those that are left share the next draw by their weights; this is the
    mean over some draws, and over how many are gone. Through it a loss of the averaged logits of the glance
    frames teaches the temporal policy.

    Args:
        weights: of the glance frames (B, G), of sum 1.
        removals: how often frames are drawn.
        random: what to draw from.

    Returns:
        (B, G) of sum 1.
    """
    glances = weights.shape[1]
    floor = weights.clamp(min=1e-8)
    # The order of log weights with Gumbel noise is that of draws without replacement.
    noise = drawn(random.gumbel(size=(removals, *weights.shape)), weights)
    turns = (floor.detach().log() + noise).argsort(2, descending=True).argsort(2)
    rounds = most_removed(glances)
    total = torch.zeros_like(weights)
    for gone in range(rounds):
        left = floor * (turns >= gone)
        total = total + (left / left.sum(2, keepdim=True)).mean(0)
    return total / rounds


def most_removed(glances: int) -> int:
    """Draws that are averaged over: 5 of 16 frames, 2 of 8, as published."""
    return max(1, round(glances * 5 / 16))


def spatial_features(maps: Tensor, boxes: Tensor, crop: int, cells: int) -> Tensor:
    """What a rectangle holds of a map, cut out of it as patches are cut out of frames.

    Args:
        maps: (n, channels, side, side).
        boxes: top, left, height, width (n, 4) in pixels of the frame; a gradient reaches them.
        crop: side of the frame in pixels.
        cells: side of what is cut.

    Returns:
        Means (n, channels).
    """
    return resample(maps, boxes * (maps.shape[-1] / crop), max(1, cells)).mean((2, 3))


def size_cost(actions: Tensor) -> Tensor:
    """How far rectangles are from the largest one: actions (..., 4) in 0..1 to one number."""
    return (actions[..., 2:] - 1).square().mean()


def random_squares(
    shape: tuple[int, ...], crop: int, patch: int, like: Tensor, random: np.random.Generator
) -> Tensor:
    """Squares of a patch's size at uniform random places: (..., 4) top, left, height, width in pixels."""
    corners = drawn(random.uniform(0, crop - patch, (*shape, 2)), like)
    return torch.cat([corners, torch.full_like(corners, float(patch))], -1)
