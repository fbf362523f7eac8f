"""The stage that trains everything together."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from training.end_to_end.config import EndToEndStage
from training.end_to_end.published import settings_of
from training.end_to_end.registry import method_of
from training.reader import Reader
from training.stages.base import Numbers, Run, Scalars, Task


class EndToEndRun(Run):
    """Reads the videos of a batch, and leaves the rest to the method of the system."""

    def __init__(self, task: Task, stage: EndToEndStage) -> None:
        super().__init__()
        self.task = task
        self.stage = stage
        self.method = method_of(task.network, settings_of(stage, task.network))
        self.extras = self.method.extras
        self.reader = Reader(task.data, task.lists, task.device)

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """Everything."""
        return self.method.groups()

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """That of the method on the frames of the videos, drawn and cropped at random."""
        reader = self.reader
        pool = torch.stack(
            [reader.seen.seen_of(reader.drawn(number, self.stage, random)) for number in numbers]
        )
        return self.method.loss(pool, self.task.answers(numbers), random)
