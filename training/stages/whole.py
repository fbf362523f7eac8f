"""Stage 0 as published: a backbone alone, on all whole frames of a video (AdaFocus, section 4.1)."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config import WholeStage
from training.networks import normalised
from training.stages.base import Context, Numbers, Scalars, StageRun, correct


class WholeRun(StageRun):
    """The mean of its frames' logits is a video's; their layer is the network's own where it has one."""

    def __init__(self, context: Context, stage: WholeStage) -> None:
        super().__init__(context)
        self.stage = stage
        form = context.form
        glance = stage.network == "glance"
        self.backbone = form.glance if glance else form.focus
        self._frames = list(form.geometry.glances if glance else form.geometry.focuses)
        own = form.head_of(stage.network)
        self.head = own or nn.Linear(form.channels_of(stage.network), form.classes)
        if own is None:
            self.extras = self.head

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The backbone and its layer of logits."""
        return (self.backbone, 1.0), (self.head, 1.0)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """Cross-entropy of the mean of the frames' logits."""
        context, reader = self.context, self.context.reader
        if self.stage.augment:
            frames = torch.stack([reader.drawn(number, self.stage, random) for number in numbers])
            frames = frames[:, self._frames]
        else:
            pages = np.stack([reader.pages(number)[self._frames] for number in numbers])
            frames = normalised(pages, context.device)
        features = functional.dropout(self._features(frames), self.stage.dropout)
        logits = self.head(features).mean(1)
        answers = context.answers(numbers)
        return functional.cross_entropy(logits, answers), {"accuracy": correct(logits, answers)}

    def _features(self, frames: Tensor) -> Tensor:
        """Frames (B, T, 3, crop, crop) to features (B, T, c)."""
        form = self.context.form
        if self.stage.network == "glance":
            return form.maps(frames).mean((3, 4))
        return form.local(frames)
