"""Proximal policy optimisation as AdaFocus uses it (section 3.3), on whole sequences of a few frames."""

from math import log, pi
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Reward = Literal["gain", "increment", "confidence"]
_TINY = 1e-5


def rewards(kind: Reward, chosen: Tensor, random: Tensor | None) -> Tensor:
    """What each look was worth.

    Args:
        kind: the gain over a random patch in the same frame, the increase in confidence since the frame
            before, or confidence itself.
        chosen: probability of the true class after each frame (B, T).
        random: the same, had only this frame's patch been a random one (B, T); only the gain needs it.

    Returns:
        (B, T).

    Raises:
        ValueError: the gain is wanted and there is nothing to compare with.
    """
    if kind == "confidence":
        return chosen
    if kind == "increment":
        return torch.diff(chosen, dim=1, prepend=torch.zeros_like(chosen[:, :1]))
    if random is None:
        raise ValueError("a gain needs the confidence with random patches")
    return chosen - random


def returns(values: Tensor, gamma: float) -> Tensor:
    """Discounted sums of this and later rewards (B, T), brought to mean 0 and deviation 1 over all."""
    total = torch.zeros_like(values[:, 0])
    sums = []
    for frame in reversed(range(values.shape[1])):
        total = values[:, frame] + gamma * total
        sums.append(total)
    stacked = torch.stack(sums[::-1], 1)
    return (stacked - stacked.mean()) / (stacked.std() + _TINY)


def log_probability(actions: Tensor, means: Tensor, spread: float) -> Tensor:
    """Of actions (..., n) under normal distributions around some means, summed over the last axis."""
    squares = ((actions - means) / spread).square() / 2
    return -(squares + log(spread) + log(2 * pi) / 2).sum(-1)


def ppo_loss(
    new: Tensor, old: Tensor, wanted: Tensor, values: Tensor, ratio_clip: float, value_weight: float
) -> Tensor:
    """The clipped objective and the critic's error, to be made small.

    Args:
        new: log-probability of the actions under the policy that is trained (B, T).
        old: under the one that acted.
        wanted: returns.
        values: the critic's estimates of them.
        ratio_clip: how far from 1 a ratio of probabilities counts.
        value_weight: of the critic's error.
    """
    advantage = wanted - values.detach()
    ratio = (new - old).exp()
    clipped = ratio.clamp(1 - ratio_clip, 1 + ratio_clip)
    gain = torch.minimum(ratio * advantage, clipped * advantage).mean()
    return value_weight * functional.mse_loss(values, wanted) - gain
