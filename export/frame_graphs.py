"""Graphs of the systems that take one frame at a time: networks with the ports that a bundle declares.

Every input and output is float32, whatever the weights are in.
"""

import torch
from torch import Tensor, nn

from export.precision import element_type
from models.adafocus_v2_policy import PlacePolicy
from models.classifier import Classifier
from models.mobilenet_v2 import MobileNetV2, PooledMobileNetV2
from models.place import Place
from models.policy import GruPolicy
from models.resnet import ResNet50
from models.running_max import RunningMaxClassifier

Policy = GruPolicy | PlacePolicy
StepwiseClassifier = Classifier | RunningMaxClassifier


class Glance(nn.Module):
    """Pixels (n, 3, side, side) to the map and its mean."""

    def __init__(self, network: MobileNetV2 | ResNet50) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Gives the map (n, channels, side / 32, side / 32) and the vector (n, channels)."""
        maps = map_of(self.network, pixels)
        return maps, maps.mean((2, 3))


class Focus(nn.Module):
    """Pixels (n, 3, P, P) to the focus feature."""

    def __init__(self, network: PooledMobileNetV2 | ResNet50) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        """Gives the vector (n, channels)."""
        return map_of(self.network, pixels).mean((2, 3))


def map_of(network: MobileNetV2 | ResNet50, pixels: Tensor) -> Tensor:
    """A network's last map in float32: half precision has few digits left for the mean that follows."""
    frames = pixels.to(element_type(network))
    if isinstance(network, PooledMobileNetV2 | ResNet50):
        return network.maps(frames).float()
    maps: Tensor = network(frames)
    return maps.float()


class _Choice(nn.Module):
    """The policy and what makes a rectangle of its scores; always float32."""

    def __init__(self, policy: Policy, place: Place, patch: int) -> None:
        super().__init__()
        self.policy = policy
        self.place = place
        self.patch = patch

    def choose(self, scores: Tensor) -> Tensor:
        """Scores (..., places or 2) to the rectangle (..., 4): top, left, height, width."""
        _, corners = self.place(scores)
        return torch.cat([corners, torch.full_like(corners, self.patch)], -1)


class WholePolicy(_Choice):
    """All maps of a video (n, T, channels, side, side) at once."""

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gives rectangles (n, T, 4), scores (n, T, places or 2), states (n, T, hidden)."""
        scores, states, *_ = self.policy(maps)
        return self.choose(scores), scores, states


class StepPolicy(_Choice):
    """One map (n, channels, side, side) and the state (n, hidden)."""

    def forward(self, maps: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gives the rectangle (n, 4), the next state (n, hidden), scores (n, places or 2)."""
        scores, state = self.policy.step(maps, state)
        return self.choose(scores), state, scores


class WholeClassifier(nn.Module):
    """All features of a video at once: (n, T, glance) and (n, T, focus)."""

    def __init__(self, network: StepwiseClassifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, glance: Tensor, focus: Tensor) -> Tensor:
        """Gives the answer of stopping after each step (n, T, classes)."""
        features = torch.cat([glance, focus], 2).to(element_type(self.network))
        answers: Tensor = self.network(features)
        return answers.float()


class StepClassifier(nn.Module):
    """One step's features (n, glance) and (n, focus), and the state."""

    def __init__(self, network: StepwiseClassifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, glance: Tensor, focus: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Gives the answer (n, classes) and the next state."""
        return self._step(glance, focus, state, state.new_zeros(()))

    def _step(self, glance: Tensor, focus: Tensor, state: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
        features = torch.cat([glance, focus], 1).to(element_type(self.network))
        answer, state = self.network.step(features, state, step)
        return answer.float(), state.float()


class CountedStepClassifier(StepClassifier):
    """The same for a classifier that needs the number of the step too, (n)."""

    def forward(self, glance: Tensor, focus: Tensor, state: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """Gives the answer (n, classes) and the next state."""
        return self._step(glance, focus, state, step)
