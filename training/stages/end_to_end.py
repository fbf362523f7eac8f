"""All networks together, without rewards (AdaFocusV2, sections 3.2 and 3.3)."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config import EndToEndStage
from training.networks import normalised, patches_at
from training.pools import Pages
from training.stages.base import Context, Numbers, Scalars, StageRun
from training.stages.random_patches import answer_loss


class EndToEndRun(StageRun):
    """Each batch is seen twice, with the policy's patches and with random ones; the losses are averaged.

    Two heads on single frames keep both backbones telling on their own. The policy reads the glance maps and
    does not change them.
    """

    def __init__(self, context: Context, stage: EndToEndStage) -> None:
        super().__init__(context)
        self.stage = stage
        network = context.network
        classes = network.sizes.classes
        self.glance_head = nn.Linear(network.glance.channels, classes)
        self.focus_head = nn.Linear(network.focus.channels, classes)
        self.extras = nn.ModuleDict({"glance": self.glance_head, "focus": self.focus_head})

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """Everything, each at the learning rate that the paper gives it."""
        network, stage = self.context.network, self.stage
        return (
            (network.glance, stage.glance_rate),
            (self.glance_head, stage.glance_rate),
            (network.focus, 1.0),
            (self.focus_head, 1.0),
            (network.policy, stage.policy_rate),
            (network.classifier, stage.classifier_rate),
        )

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """The mean over both sets of patches of the answers' cross-entropy and that of the two heads."""
        context, network = self.context, self.context.network
        count = context.data.frames
        frames = np.concatenate([context.data.pools[number][list(network.order)] for number in numbers])
        pixels = normalised(frames, context.device)
        maps, vectors = network.glance(network.glance_pixels(pixels))
        scores = network.policy(maps.detach().unflatten(0, (-1, count)))[0]
        chosen = network.place(scores.float())[1].flatten(0, 1)
        free = network.options.crop - network.options.patch
        drawn = torch.from_numpy(random.uniform(0, free, (len(frames), 2)).astype(np.float32))
        answers = context.answers(numbers)
        loss, scalars = self._of_patches(frames, vectors, chosen, answers)
        other, _ = self._of_patches(frames, vectors, drawn.to(context.device), answers)
        return (loss + other) / 2, scalars

    def _of_patches(
        self, frames: Pages, vectors: Tensor, corners: Tensor, answers: Tensor
    ) -> tuple[Tensor, Scalars]:
        network = self.context.network
        local = network.focus(patches_at(frames, corners, network.options.patch))
        glance = functional.dropout(vectors, self.stage.dropout)
        focus = functional.dropout(local, self.stage.dropout)
        features = torch.cat([glance, focus], 1).reshape(len(answers), -1, vectors.shape[1] + local.shape[1])
        loss, scalars = answer_loss(network.classifier(features), answers)
        each = answers.repeat_interleave(features.shape[1])
        for logits in (self.glance_head(glance), self.focus_head(focus)):
            loss = loss + functional.cross_entropy(logits, each)
        return loss, scalars
