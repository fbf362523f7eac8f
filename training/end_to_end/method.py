"""What the training methods of all systems share."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from foveate.errors import ConfigError
from models.adafocus_v2 import by_video
from training.end_to_end.published import Settings
from training.stages.base import Scalars

Groups = Iterable[tuple[nn.Module, float]]


class Method(ABC):
    """How the network of one system is trained.

    Attributes:
        settings: numbers of its recipe.
        extras: layers that only training needs and no published network keeps.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.extras: nn.Module = nn.Module()

    @abstractmethod
    def groups(self) -> Groups:
        """The modules it trains, and the learning rate of each, of the stage's."""

    @abstractmethod
    def loss(self, pool: Tensor, answers: Tensor, random: np.random.Generator) -> tuple[Tensor, Scalars]:
        """The loss on some videos.

        Args:
            pool: normalised frames, one list after the other (B, frames, 3, side, side).
            answers: labels (B).
            random: what places, frames and removals are drawn from; dropout draws from torch's generator.

        Returns:
            The loss, and what to log.
        """

    def drop(self, features: Tensor) -> Tensor:
        """Features (..., c) on their way to a classifier; of the same shape."""
        return functional.dropout(features, self.settings.dropout)

    def drop_for_head(self, features: Tensor) -> Tensor:
        """Features (..., c) on their way to a head on single frames; of the same shape."""
        return functional.dropout(features, self.settings.head_dropout)


def frames_loss(logits: Tensor, answers: Tensor) -> Tensor:
    """Mean cross-entropy over videos and frames, or steps: logits (B, T, classes), labels (B)."""
    return functional.cross_entropy(logits.flatten(0, 1), answers.repeat_interleave(logits.shape[1]))


def of_frames(network: nn.Module, frames: Tensor) -> Tensor:
    """A network that takes single frames, on those of videos: (B, T, ...) to (B, T, ...)."""
    out: Tensor = network(frames.flatten(0, 1))
    return by_video(out, frames.shape[1])


def head(layer: nn.Linear | None) -> nn.Linear:
    """A head that must be there.

    Raises:
        ConfigError: the network was made without.
    """
    if layer is None:
        raise ConfigError("this network was made without the heads that training end to end needs")
    return layer


def full_precision(values: Tensor) -> torch.autocast:
    """Within it everything is float32: places and choices of frames are not to be rounded."""
    return torch.autocast(values.device.type, enabled=False)


def drawn(values: np.ndarray, like: Tensor) -> Tensor:
    """Random numbers (...) as float32 (...), where another tensor is."""
    return torch.from_numpy(values.astype(np.float32)).to(like.device)
