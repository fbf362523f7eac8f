"""The dense baselines, end to end: cross-entropy of the prediction, and dropout before its last layer."""

from collections.abc import Callable

import numpy as np
from torch import Tensor
from torch.nn import functional

from models.dense import Tsm, Tsn
from models.x3d import X3D, Head
from training.end_to_end.method import Groups, Method, of_frames
from training.end_to_end.published import Settings
from training.stages.base import Scalars, correct

Drop = Callable[[Tensor], Tensor]


class DenseMethod(Method):
    """The mean of the frames' logits (Wang et al., ECCV 2016), or the logits of an X3D's clip."""

    def __init__(self, network: Tsn | Tsm | X3D, settings: Settings) -> None:
        super().__init__(settings)
        self.network = network

    def groups(self) -> Groups:
        """The whole network."""
        return ((self.network, self.settings.focus),)

    def loss(self, pool: Tensor, answers: Tensor, random: np.random.Generator) -> tuple[Tensor, Scalars]:
        """Cross-entropy."""
        logits = self._logits(pool)
        return functional.cross_entropy(logits, answers), {"accuracy": correct(logits, answers)}

    def _logits(self, pool: Tensor) -> Tensor:
        network = self.network
        if isinstance(network, X3D):
            return x3d_logits(network.head, network.maps(pool), self.drop)
        if isinstance(network, Tsn):
            answer: Tensor = network.classifier(self.drop(of_frames(network.focus, pool)))
            return answer
        logits: Tensor = network.focus.fc(self.drop(of_frames(network.focus.net, pool)))
        return logits.mean(1)


def x3d_logits(head: Head, maps: Tensor, drop: Drop) -> Tensor:
    """Maps (B, channels, T, h, w) to the logits of the clip (B, classes), as ``Head.logits`` with dropout."""
    hidden = head.relu(head.lin_5(maps.mean((2, 3, 4), keepdim=True)))
    logits: Tensor = head.projection(drop(hidden.flatten(1)))
    return logits
