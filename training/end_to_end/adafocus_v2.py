"""AdaFocusV2 for untrimmed video, end to end (Wang et al., CVPR 2022, sections 3.2 and 3.3)."""

import numpy as np
import torch
from torch import Tensor

from models.adafocus_v2 import AdaFocusV2, by_video
from models.interpolate import interpolate
from models.uni_classifier import running_maximum
from training.end_to_end.method import (
    Groups,
    Method,
    drawn,
    frames_loss,
    full_precision,
    head,
    of_frames,
)
from training.end_to_end.published import Settings
from training.stages.base import Scalars, correct


class AdaFocusV2Method(Method):
    """Two sets of patches: the policy's, and one at uniform random places.

    The policy does not change the maps that it reads, and learns from what the interpolation of its patches
    lets through. Of each set the answers after all steps count, and heads on single glances and patches.
    """

    def __init__(self, network: AdaFocusV2, settings: Settings) -> None:
        super().__init__(settings)
        self.network = network
        self.glance_head, self.focus_head = head(network.global_head), head(network.local_head)

    def groups(self) -> Groups:
        """Everything."""
        network, settings = self.network, self.settings
        return (
            (network.glance, settings.glance),
            (self.glance_head, settings.glance),
            (network.policy, settings.policy),
            (network.focus, settings.focus),
            (self.focus_head, settings.focus),
            (network.classifier, settings.classifier),
        )

    def loss(self, pool: Tensor, answers: Tensor, random: np.random.Generator) -> tuple[Tensor, Scalars]:
        """The mean over both sets of three cross-entropies."""
        network, count = self.network, pool.shape[1]
        ordered = pool[:, list(network.order)].flatten(0, 1)
        maps, vectors = (by_video(part, count) for part in network.glance(network.glance_pixels(ordered)))
        with full_precision(pool):
            chosen = network.place(network.policy(maps.detach().float())[0])[1]
        free = network.options.crop - network.options.patch
        places = drawn(random.uniform(0, free, (len(pool), count, 2)), pool)
        glance = frames_loss(self.glance_head(self.drop_for_head(vectors)), answers)
        loss, logits = self._of_patches(ordered, vectors, chosen, answers)
        other, _ = self._of_patches(ordered, vectors, places, answers)
        scalars = {"accuracy": correct(logits[:, -1], answers), "glance": float(glance.detach())}
        return glance + (loss + other) / 2, scalars

    def _of_patches(
        self, frames: Tensor, vectors: Tensor, corners: Tensor, answers: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The loss of the patches at some corners (B, T, 2), and the answers after each."""
        network = self.network
        with full_precision(frames):
            patches = interpolate(frames, corners.flatten(0, 1), network.options.patch)
        local = of_frames(network.focus, by_video(patches, corners.shape[1]))
        classifier = network.classifier
        seen = self.drop(running_maximum(classifier.shared(torch.cat([vectors, local], 2))))
        each = torch.einsum("btw,tcw->btc", seen, classifier.weights)
        logits = each + classifier.biases
        focus = frames_loss(self.focus_head(self.drop_for_head(local)), answers)
        return frames_loss(logits, answers) + focus, logits
