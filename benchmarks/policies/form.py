"""Trained backbones under the policy and the classifier of the original AdaFocus."""

import torch
from torch import nn

from models.adafocus_v2 import AdaFocusV2
from models.classifier import GruClassifier
from models.policy import GruPolicy, PolicySizes
from training.forms.base import Geometry
from training.forms.choice import TablePlaces
from training.forms.frames import FramesForm


class Original(FramesForm):
    """A policy that chooses among a table of places and a recurrent classifier, in order of time.

    Args:
        network: whose backbones are taken as they are.
        places: that the policy chooses among, a square.
        hidden: length of the states of policy and classifier.
        seed: of their weights.
    """

    def __init__(self, network: AdaFocusV2, places: int, hidden: int, seed: int) -> None:
        torch.manual_seed(seed)
        sizes, options = network.sizes, network.options
        encoder = sizes.policy.encoder
        policy = GruPolicy(
            PolicySizes(encoder.channels, encoder.map_side, encoder.squeezed, hidden, hidden, places)
        )
        super().__init__(network, policy)
        features = network.glance.channels + network.focus.channels
        self.parts = nn.ModuleDict(
            {"policy": policy, "classifier": GruClassifier(features, hidden, sizes.classes)}
        )
        order = tuple(range(sizes.steps))
        self.geometry = Geometry(order, order, sizes.steps, options.crop, options.patch, sizes.glance_side)
        self.choice = TablePlaces(places, options.crop, options.patch)
        self.hidden, self.classes = hidden, sizes.classes

    @property
    def policy(self) -> nn.Module:
        """The policy of its own."""
        return self.parts["policy"]

    @property
    def classifier(self) -> GruClassifier:
        """The classifier of its own."""
        classifier = self.parts["classifier"]
        assert isinstance(classifier, GruClassifier)
        return classifier
