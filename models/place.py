"""From what a policy says to the corner of a patch, as small networks that a graph can hold."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.places import corner_table

TABLES = (16, 25, 36, 49, 64, 81, 100)
"""Candidate places of the discrete policies for trimmed video."""


class ContinuousPlace(nn.Module):
    """A sigmoid's share of the free way.

    Args:
        free: side of the frame less that of the patch, in pixels.
        whole: whether the corner is floored to a whole pixel.
    """

    def __init__(self, free: int, whole: bool) -> None:
        super().__init__()
        self.free = free
        self.whole = whole

    def forward(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (..., 2) to the shares (y, x) in 0..1 and the corner (y, x) in pixels, both (..., 2)."""
        shares = torch.sigmoid(scores)
        corners = shares * self.free
        return shares, corners.floor() if self.whole else corners


class DiscretePlace(nn.Module):
    """The best of a table of places.

    Args:
        candidates: a square number.
        frame: side of the frame in pixels.
        patch: side of the patch in pixels.
    """

    corners: Tensor

    def __init__(self, candidates: int, frame: int, patch: int) -> None:
        super().__init__()
        self.register_buffer("corners", corner_table(candidates, frame, patch).float(), persistent=False)

    def forward(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (..., candidates) to the best (...), the first of equals, and its corner (..., 2)."""
        best = scores.argmax(-1)
        return best, functional.embedding(best, self.corners)


Place = ContinuousPlace | DiscretePlace
