"""The stage that trains everything together."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from foveate.bundle.vocabulary import SamplingRule
from training.augment import draw_crop, middle_crop
from training.end_to_end.config import EndToEndStage
from training.end_to_end.published import settings_of
from training.end_to_end.registry import method_of
from training.frame_lists import FrameLists
from training.networks import normalised
from training.stages.base import Numbers, Run, Scalars, Task


class EndToEndRun(Run):
    """Reads the videos of a batch, and leaves the rest to the method of the system."""

    def __init__(self, task: Task, stage: EndToEndStage) -> None:
        super().__init__()
        self.task = task
        self.stage = stage
        self.method = method_of(task.network, settings_of(stage, task.network))
        self.extras = self.method.extras
        data = task.data
        whole = FrameLists(SamplingRule.CENTRES_REPEAT_LAST, (data.frames,), data.crop, data.crop)
        self.lists = task.lists or whole

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """Everything."""
        return self.method.groups()

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """That of the method on the frames of the videos, drawn and cropped at random."""
        pool = torch.stack([self._video(number, random) for number in numbers])
        return self.method.loss(pool, self.task.answers(numbers), random)

    def _video(self, number: int, random: np.random.Generator) -> Tensor:
        """Frames (T, 3, side, side) of one video."""
        data, stage, lists = self.task.data, self.stage, self.lists
        frames = data.pools[number]
        choices = data.frames // lists.frames
        if choices > 1:
            frames = frames[np.arange(lists.frames) * choices + random.integers(0, choices, lists.frames)]
        crop = middle_crop(data.crop, lists.crop)
        if stage.augment:
            crop = draw_crop(data.crop, stage.scales, stage.flip, random)
        cut = crop.of(normalised(frames, self.task.device), lists.crop)
        return lists.seen_of(cut)
