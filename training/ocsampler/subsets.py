"""The classifier: right after any number of frames, whichever they are."""

from collections.abc import Iterable

import numpy as np
from torch import Tensor, nn
from torch.nn import functional

from foveate.errors import ConfigError
from models.uni_classifier import running_maximum
from training.ocsampler.chance import random_frames
from training.ocsampler.config import SubsetsStage
from training.ocsampler.run import SamplerRun
from training.stages.base import Numbers, Scalars, Task
from training.stages.random_patches import answer_loss


class SubsetsRun(SamplerRun):
    """Random frames in random order: the first k are a random subset of k, and each such answer counts."""

    def __init__(self, task: Task, stage: SubsetsStage) -> None:
        super().__init__(task, stage)
        self.stage = stage
        self.seen = stage.seen or self.network.options.keep
        if self.seen > self.network.options.frames:
            raise ConfigError(f"'seen' is {self.seen}, of {self.network.options.frames} frames")

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The focus network and the classifier."""
        return (self.network.focus, self.stage.focus_factor), (self.network.classifier, 1.0)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """Cross-entropy of the answer after each frame."""
        network = self.network
        chosen = random_frames(len(numbers), network.options.frames, self.seen, random)
        frames = self.clips.frames(numbers, random, chosen)
        features = network.focus(frames.flatten(0, 1)).unflatten(0, chosen.shape)
        largest = running_maximum(network.classifier.embed(features))
        logits = network.classifier.fc(functional.dropout(largest, self.stage.dropout))
        return answer_loss(logits, self.task.answers(numbers))
