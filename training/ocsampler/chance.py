"""Drawing K of T frames without replacement, and how likely that was (OCSampler, section 3)."""

from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from training.stages.base import Numbers

_NOTHING = -1e30
"""A logarithm so small that it adds nothing, and whose gradient is 0 rather than no number."""


def draw(logarithms: Tensor, count: int, random: np.random.Generator) -> Tensor:
    """Draw frames one after the other, each by its probability among those that are left.

    That is the order of the largest sums of log-probability and Gumbel noise.

    Args:
        logarithms: of the probabilities (B, T).
        count: frames to draw K.
        random: what to draw from.

    Returns:
        Frame numbers (B, K), int64, in the order they were drawn in.
    """
    noise = torch.from_numpy(random.gumbel(size=tuple(logarithms.shape))).to(logarithms.device)
    return (logarithms.double() + noise).topk(count, 1).indices


def log_chance(logarithms: Tensor, drawn: Tensor) -> Tensor:
    """Of drawing a set of frames, in whatever order.

    It is the sum over all K! orders of the product of p_i / (1 - what was drawn before i). Orders that begin
    with the same frames in whatever order share the rest, so the sum goes over the sets of frames drawn so
    far: 2^K terms, and exact. What is left is summed rather than taken from 1, which would cancel.

    Args:
        logarithms: of the probabilities (B, T).
        drawn: K different frames of each video (B, K).

    Returns:
        The logarithms of the chances (B), float64; a gradient reaches ``logarithms``.
    """
    all_frames = logarithms.double()
    own = all_frames.gather(1, drawn)
    others = all_frames.scatter(1, drawn, _NOTHING).logsumexp(1)
    count = drawn.shape[1]
    sets: dict[tuple[int, ...], Tensor] = {(): torch.zeros_like(others)}
    for size in range(count):
        following: dict[tuple[int, ...], list[Tensor]] = {
            members: [] for members in combinations(range(count), size + 1)
        }
        for members, chance in sets.items():
            out = [place for place in range(count) if place not in members]
            left = torch.cat([own[:, out], others[:, None]], 1).logsumexp(1)
            for place in out:
                following[tuple(sorted((*members, place)))].append(chance + own[:, place] - left)
        sets = {members: torch.stack(terms).logsumexp(0) for members, terms in following.items()}
    (whole,) = sets.values()
    return whole


def uniform_frames(frames: int, count: int) -> Numbers:
    """The middle frame of each of ``count`` equal segments (count)."""
    return ((np.arange(count) + 0.5) / count * frames).astype(np.int64)


def random_frames(videos: int, frames: int, count: int, random: np.random.Generator) -> Numbers:
    """Different frames of each video, all equally likely, in random order (videos, count)."""
    return random.permuted(np.tile(np.arange(frames), (videos, 1)), axis=1)[:, :count]
