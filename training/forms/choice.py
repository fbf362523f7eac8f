"""What a policy chooses by its scores: a place between the pixels, one of a table, or yes and no."""

from abc import ABC, abstractmethod
from math import isqrt, log, pi

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.places import corner_table


class Choice(ABC):
    """A distribution of actions around what the scores of a policy say.

    ``spread`` is the standard deviation of actions that are numbers, and not read by others.
    """

    @abstractmethod
    def best(self, scores: Tensor) -> Tensor:
        """The action without any chance, of scores (..., n): shares (..., 2) or a number, int64 (...)."""

    @abstractmethod
    def draw(self, scores: Tensor, spread: float, random: np.random.Generator) -> Tensor:
        """An action drawn around it, of the same shape."""

    @abstractmethod
    def log_probability(self, scores: Tensor, actions: Tensor, spread: float) -> Tensor:
        """Of actions under scores (..., n): (...)."""

    @abstractmethod
    def entropy(self, scores: Tensor, spread: float) -> Tensor:
        """Of the distribution: (...)."""


class Places(Choice):
    """A choice of where to look.

    Attributes:
        free: how far a corner can go, in pixels.
    """

    free: int

    @abstractmethod
    def corners(self, actions: Tensor) -> Tensor:
        """The corners (y, x) of actions in pixels, float32 (..., 2)."""

    @abstractmethod
    def nearest(self, actions: Tensor, table: Tensor) -> Tensor:
        """Number of the nearest corner in a table (candidates, 2) for each action, int64 (...)."""


class ContinuousPlaces(Places):
    """A sigmoid's share of the free way, with normal noise around it (AdaFocus, appendix B).

    Args:
        free: side of the frame less that of the patch, in pixels.
        whole: whether corners are floored to whole pixels.
    """

    def __init__(self, free: int, whole: bool) -> None:
        self.free = free
        self.whole = whole

    def best(self, scores: Tensor) -> Tensor:
        """Shares (..., 2)."""
        return torch.sigmoid(scores.float())

    def draw(self, scores: Tensor, spread: float, random: np.random.Generator) -> Tensor:
        """Shares (..., 2), kept within 0 to 1."""
        noise = torch.from_numpy(random.standard_normal(tuple(scores.shape)).astype(np.float32))
        return (self.best(scores) + spread * noise.to(scores.device)).clamp(0, 1)

    def log_probability(self, scores: Tensor, actions: Tensor, spread: float) -> Tensor:
        """As published, of the shares after they were kept within bounds."""
        squares = ((actions - self.best(scores)) / spread).square() / 2
        return -(squares + log(spread) + log(2 * pi) / 2).sum(-1)

    def entropy(self, scores: Tensor, spread: float) -> Tensor:
        """The same everywhere: the spread alone tells it."""
        return scores.new_full(scores.shape[:-1], 1 + log(2 * pi) + 2 * log(spread))

    def corners(self, actions: Tensor) -> Tensor:
        """Of shares (..., 2)."""
        corners = actions * self.free
        return corners.floor() if self.whole else corners

    def nearest(self, actions: Tensor, table: Tensor) -> Tensor:
        """By distance."""
        away = (self.corners(actions).unsqueeze(-2) - table.to(actions)).square().sum(-1)
        return away.argmin(-1)


class TablePlaces(Places):
    """One of an even grid of places (AdaFocus, section 3.2).

    Args:
        candidates: number of places, a square.
        crop: side of the frame in pixels.
        patch: side of the patch in pixels.
    """

    def __init__(self, candidates: int, crop: int, patch: int) -> None:
        self.free = crop - patch
        self.table = corner_table(candidates, crop, patch).float()

    def best(self, scores: Tensor) -> Tensor:
        """The number of the first of the best places, int64 (...)."""
        return scores.argmax(-1)

    def draw(self, scores: Tensor, spread: float, random: np.random.Generator) -> Tensor:
        """A number drawn by the softmax of the scores."""
        return _drawn(scores.float().log_softmax(-1), random)

    def log_probability(self, scores: Tensor, actions: Tensor, spread: float) -> Tensor:
        """Of numbers."""
        return scores.float().log_softmax(-1).gather(-1, actions.unsqueeze(-1)).squeeze(-1)

    def entropy(self, scores: Tensor, spread: float) -> Tensor:
        """Of the softmax."""
        logs = scores.float().log_softmax(-1)
        return -(logs.exp() * logs).sum(-1)

    def corners(self, actions: Tensor) -> Tensor:
        """Of numbers (...)."""
        return functional.embedding(actions, self.table.to(actions.device))

    def nearest(self, actions: Tensor, table: Tensor) -> Tensor:
        """The numbers themselves, if the table is that of the policy; else by distance."""
        if table.shape == self.table.shape:
            return actions
        away = (self.corners(actions).unsqueeze(-2) - table.to(actions.device)).square().sum(-1)
        return away.argmin(-1)


class Keep(Choice):
    """Whether a frame is looked at at all: a score a frame, kept where its sigmoid says so (AdaFocus+)."""

    def best(self, scores: Tensor) -> Tensor:
        """1 where keeping is as likely as not, else 0: int64 (...)."""
        return (scores.squeeze(-1) >= 0).long()

    def draw(self, scores: Tensor, spread: float, random: np.random.Generator) -> Tensor:
        """1 with the probability of keeping."""
        chance = torch.from_numpy(random.random(tuple(scores.shape[:-1])).astype(np.float32))
        return (chance.to(scores.device) < scores.squeeze(-1).float().sigmoid()).long()

    def log_probability(self, scores: Tensor, actions: Tensor, spread: float) -> Tensor:
        """Of having kept (1) or dropped (0)."""
        signs = 2 * actions.float() - 1
        return functional.logsigmoid(signs * scores.squeeze(-1).float())

    def entropy(self, scores: Tensor, spread: float) -> Tensor:
        """Of the two outcomes."""
        flat = scores.squeeze(-1).float()
        keep = flat.sigmoid()
        return -(keep * functional.logsigmoid(flat) + (1 - keep) * functional.logsigmoid(-flat))


def grid_table(candidates: int, crop: int, patch: int) -> Tensor:
    """Corners of an even grid of places, float32 (candidates, 2), in pixels.

    Raises:
        ValueError: the number is no square of at least 4.
    """
    if isqrt(candidates) ** 2 != candidates or candidates < 4:
        raise ValueError(f"{candidates} places are no square grid")
    return corner_table(candidates, crop, patch).float()


def _drawn(logs: Tensor, random: np.random.Generator) -> Tensor:
    """A number by its logarithmic probability: the largest of them with Gumbel noise added."""
    noise = torch.from_numpy(random.gumbel(size=tuple(logs.shape)).astype(np.float32))
    return (logs + noise.to(logs.device)).argmax(-1)
