"""Stage 3: the classifier alone, on the patches that the policy chooses (AdaFocus, section 3.3)."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config import ClassifierStage
from training.features import Floats, cached_features, data_digest, weights_digest
from training.stages.base import Context, Numbers, Scalars, StageRun
from training.stages.looks import Looks
from training.stages.random_patches import answer_loss


class ClassifierRun(StageRun):
    """Everything else is frozen, so each video's features are computed once."""

    def __init__(self, context: Context, stage: ClassifierStage) -> None:
        super().__init__(context)
        self.stage = stage

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The classifier."""
        return ((self.context.network.classifier, 1.0),)

    def begin(self) -> None:
        """Look at all videos."""
        context = self.context
        network = context.network.eval()
        looks = Looks(network, context.data, context.device, context.cache, context.watch("glance"))
        self._features = policy_features(looks, context)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """Cross-entropy of the answer after each frame."""
        features = torch.from_numpy(self._features[numbers]).to(self.context.device)
        features = functional.dropout(features, self.stage.dropout)
        return answer_loss(self.context.network.classifier(features), self.context.answers(numbers))


def policy_features(looks: Looks, context: Context) -> Floats:
    """Glance and focus features of every frame, the policy's patches looked at (N, T, glance + focus)."""
    network = context.network

    def look(number: int) -> Tensor:
        numbers = np.array([number])
        maps = looks.maps(numbers)
        local = looks.focus(numbers, looks.policy_corners(maps))
        return torch.cat([maps.mean((3, 4)), local], 2)[0]

    weights = weights_digest(network.glance, network.policy, network.focus)
    name = f"looks-{data_digest(context.data)}-{weights}-{context.device.type}"
    return cached_features(context.cache, name, len(context.data), look, context.watch("look"))
