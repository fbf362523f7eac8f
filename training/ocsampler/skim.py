"""The skim network before it chooses: it learns what there is to be seen in small frames."""

from collections.abc import Iterable

import numpy as np
from torch import Tensor, nn
from torch.nn import functional

from training.ocsampler.config import SkimStage
from training.ocsampler.run import SamplerRun
from training.stages.base import Numbers, Scalars, Task, correct


class SkimRun(SamplerRun):
    """A linear layer on each small frame's feature; the mean of its logits is the video's."""

    def __init__(self, task: Task, stage: SkimStage) -> None:
        super().__init__(task, stage)
        self.stage = stage
        self.head = nn.Linear(self.network.sizes.skim.last, self.network.sizes.classes)
        self.extras = self.head

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The skim network and its head."""
        return (self.network.glance, 1.0), (self.head, 1.0)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """Cross-entropy of the video's logits."""
        pixels = self.network.glance_pixels(self.clips.frames(numbers, random))
        features = functional.dropout(self.network.glance(pixels), self.stage.dropout)
        logits, answers = self.head(features).mean(1), self.task.answers(numbers)
        return functional.cross_entropy(logits, answers), {"accuracy": correct(logits, answers)}
