"""Stage 1: focus network and classifier on random patches (AdaFocus, section 3.3)."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config import RandomStage
from training.stages.base import Context, Numbers, Scalars, StageRun, correct
from training.stages.looks import Looks


class RandomRun(StageRun):
    """A patch at a uniform random place in each frame; the glance network is frozen, its features kept."""

    def __init__(self, context: Context, stage: RandomStage) -> None:
        super().__init__(context)
        self.stage = stage

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The focus network, slowly, and the classifier."""
        network = self.context.network
        return (network.focus, self.stage.focus_rate / self.stage.rate), (network.classifier, 1.0)

    def begin(self) -> None:
        """Glance at all videos."""
        context = self.context
        watch = context.watch("glance")
        self._looks = Looks(context.network, context.data, context.device, context.cache, watch)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """Cross-entropy of the answer after each frame."""
        corners = self._looks.random_corners(len(numbers), random)
        local = self._looks.focus(numbers, corners)
        vectors = self._looks.maps(numbers).mean((3, 4))
        logits = self.context.network.classifier(torch.cat([vectors, local], 2))
        return answer_loss(logits, self.context.answers(numbers))


def answer_loss(logits: Tensor, answers: Tensor) -> tuple[Tensor, Scalars]:
    """Mean cross-entropy of the logits after each frame (B, T, classes)."""
    frames = logits.shape[1]
    loss = functional.cross_entropy(logits.flatten(0, 1), answers.repeat_interleave(frames))
    return loss, {"accuracy": correct(logits[:, -1], answers), "first": correct(logits[:, 0], answers)}
