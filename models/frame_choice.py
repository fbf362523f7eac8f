"""Which K of N candidate frames are looked at, from one weight a glance frame.

Written as tensor operations alone, in float32, so that a graph makes the same choice as the network.
"""

import numpy as np
import torch
from torch import Tensor, nn


class FramesByImportance(nn.Module):
    """K of N candidates in order of time, denser where the weights are larger (Uni-AdaFocus, section 3.3).

    The weights are a density over time, constant within the span of a glance frame; the k-th frame lies where
    the density's integral is (k + 0.5) / K.

    Args:
        glances: number of weights G.
        candidates: number of candidates N.
        count: frames to choose K, at most N.

    Raises:
        ValueError: more frames are to be chosen than there are.
    """

    levels: Tensor
    steps: Tensor
    ahead: Tensor

    def __init__(self, glances: int, candidates: int, count: int) -> None:
        super().__init__()
        if not 1 <= count <= candidates:
            raise ValueError(f"{count} of {candidates} frames cannot be chosen")
        self.glances = glances
        self.candidates = candidates
        self.count = count
        steps = np.arange(count, dtype=np.float32)
        # What frame j asks of a later frame k is at least j's place plus k - j; an earlier one is not asked.
        ahead = np.where(steps[:, None] >= steps, steps[:, None] - steps, -2.0 * candidates)
        for name, values in (("levels", (steps + 0.5) / count), ("steps", steps), ("ahead", ahead)):
            tensor = torch.from_numpy(np.asarray(values, np.float32))
            self.register_buffer(name, tensor, persistent=False)

    def forward(self, weights: Tensor, levels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Choose.

        Args:
            weights: (B, G) float32, not negative, of sum 1.
            levels: of the integral, more than 0 and less than 1, instead of (k + 0.5) / K: training draws
                them (B, K).

        Returns:
            The chosen candidates (B, K), int64 and strictly increasing, and the real numbers (B, K) that
            they are the floors of before those that coincide are moved apart.
        """
        sums = self._sums(weights)
        levels = self.levels if levels is None else levels
        bins = (sums[:, None, :] < levels[..., None]).sum(2) - 1
        low, high = sums.gather(1, bins), sums.gather(1, bins + 1)
        place = bins.float()
        upper = (place + 1) / self.glances * (levels - low)
        lower = place / self.glances * (levels - high)
        real = (upper - lower) / (high - low) * self.candidates
        apart = (real.floor()[:, None, :] + self.ahead).amax(2)
        last = self.steps + (self.candidates - self.count)
        return torch.minimum(apart, last).long(), real

    def _sums(self, weights: Tensor) -> Tensor:
        """Sums before each weight (B, G + 1); the last is 1 whatever was rounded away."""
        # Added one by one: runtimes differ in how they accumulate a cumulative sum.
        total = torch.zeros_like(weights[:, :1])
        sums = [total]
        for frame in range(self.glances - 1):
            total = total + weights[:, frame : frame + 1]
            sums.append(total)
        sums.append(torch.ones_like(total))
        return torch.cat(sums, 1)


class MostProbableFrames(nn.Module):
    """The K most probable of the glance frames, all in one step (OCSampler, section 3).

    Args:
        count: frames to keep K.
        by_time: whether they are given in order of time, as published, or the most probable first. A
            classifier by maximum answers the same in the end; only the second makes the first k of them the
            choice of a smaller K, and a number of frames a budget.
    """

    def __init__(self, count: int, by_time: bool = True) -> None:
        super().__init__()
        self.count = count
        self.by_time = by_time

    def forward(self, probabilities: Tensor) -> Tensor:
        """Probabilities (B, T) to frame numbers (B, K), int64."""
        best = probabilities.topk(self.count, 1).indices
        if not self.by_time:
            return best
        # Sorted as float32, which every runtime can: frame numbers are small.
        return (-(-best.float()).topk(self.count, 1).values).long()
