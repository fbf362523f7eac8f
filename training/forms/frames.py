"""Networks that choose a place in every frame: AdaFocus, AdaFocus+ and AdaFocusV2 for untrimmed video."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.adafocus import AdaFocus
from models.adafocus_v2 import AdaFocusV2, by_video
from models.classifier import GruClassifier, MeanClassifier
from models.running_max import RunningMaxClassifier
from training.forms.base import Backbone, Form, Geometry
from training.forms.choice import ContinuousPlaces, TablePlaces

FrameClassifier = GruClassifier | MeanClassifier | RunningMaxClassifier


class FramesForm(Form):
    """A frame at a time: its glance, its place, its patch, and the answer so far.

    Args:
        network: of one of the systems.
        policy: maps (B, T, c, side, side) to scores (B, T, n) and states (B, T, hidden).
    """

    def __init__(
        self, network: AdaFocus | AdaFocusV2, policy: Callable[[Tensor], tuple[Tensor, Tensor]]
    ) -> None:
        self.network = network
        self._act = policy

    @property
    def glance(self) -> nn.Module:
        """The glance network."""
        return self.network.glance

    @property
    def policy(self) -> nn.Module:
        """The policy."""
        return self.network.policy

    @property
    def focus(self) -> nn.Module:
        """The focus network."""
        return self.network.focus

    @property
    def classifier(self) -> FrameClassifier:
        """The classifier."""
        return self.network.classifier

    def maps(self, frames: Tensor) -> Tensor:
        """Of every frame by itself."""
        seen = self.network.glance(self.network.glance_pixels(frames.flatten(0, 1)))
        maps: Tensor = seen[0] if isinstance(self.network, AdaFocusV2) else seen
        return by_video(maps, frames.shape[1])

    def act(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """A decision a frame, from it and those before it."""
        return self._act(maps)

    def answers(self, vectors: Tensor, local: Tensor, dropout: float = 0.0) -> Tensor:
        """After each frame; dropout is of the recurrent state where there is one, else of the features."""
        classifier, features = self.classifier, torch.cat([vectors, local], 2)
        if isinstance(classifier, GruClassifier):
            logits: Tensor = classifier.fc(functional.dropout(classifier.gru(features), dropout))
            return logits
        answers: Tensor = classifier(functional.dropout(features, dropout))
        return answers

    def answers_with(self, vectors: Tensor, local: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """One step at a time: the state before a frame is that of the network's own patches."""
        classifier = self.classifier
        own, other = (torch.cat([vectors, part], 2) for part in (local, others))
        state = own.new_zeros(len(own), classifier.state_size)
        answers, changed = [], []
        for step in range(own.shape[1]):
            index = torch.full((len(own),), step, device=own.device)
            changed.append(classifier.step(other[:, step], state, index)[0])
            answer, state = classifier.step(own[:, step], state, index)
            answers.append(answer)
        return torch.stack(answers, 1), torch.stack(changed, 1)

    def channels_of(self, part: Backbone) -> int:
        """Of the network's backbones."""
        if part == "focus":
            return self.network.focus.channels
        if isinstance(self.network, AdaFocusV2):
            return self.network.glance.channels
        return self.network.sizes.glance.last


def adafocus_form(network: AdaFocus, frames: int) -> FramesForm:
    """AdaFocus, whose policy chooses among a table of places and whose frames enter in order of time.

    Args:
        network: the network.
        frames: of a video T.
    """
    form, sizes = FramesForm(network, network.policy), network.sizes
    order = tuple(range(frames))
    form.geometry = Geometry(order, order, frames, network.crop, network.patch, sizes.glance_side)
    form.choice = TablePlaces(sizes.policy.candidates, network.crop, network.patch)
    form.hidden, form.classes = sizes.policy.hidden, sizes.classes
    return form


def adafocus_v2_form(network: AdaFocusV2) -> FramesForm:
    """AdaFocusV2, trained by the stages of AdaFocus: its policy's places lie between the pixels."""
    sizes, options = network.sizes, network.options
    form = FramesForm(network, lambda maps: network.policy(maps)[:2])
    form.geometry = Geometry(
        network.order, network.order, sizes.steps, options.crop, options.patch, sizes.glance_side
    )
    form.choice = ContinuousPlaces(options.crop - options.patch, whole=False)
    form.hidden, form.classes = sizes.policy.hidden, sizes.classes
    return form
