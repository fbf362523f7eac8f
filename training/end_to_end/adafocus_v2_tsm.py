"""AdaFocusV2 for trimmed video, end to end (Wang et al., CVPR 2022, sections 3.2 and 3.3)."""

import numpy as np
from torch import Tensor
from torch.nn import functional

from models.adafocus_v2 import by_video
from models.adafocus_v2_tsm import AdaFocusV2Tsm
from models.interpolate import interpolate
from training.end_to_end.method import Groups, Method, drawn, full_precision, head, of_frames
from training.end_to_end.published import Settings
from training.stages.base import Scalars, correct


class AdaFocusV2TsmMethod(Method):
    """Two sets of patches, each at one place for all frames: the policy's, and a uniform random one.

    The layers of the prediction see detached features: the networks and the policy learn from the heads that
    only training needs.
    """

    def __init__(self, network: AdaFocusV2Tsm, settings: Settings) -> None:
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
        )

    def loss(self, pool: Tensor, answers: Tensor, random: np.random.Generator) -> tuple[Tensor, Scalars]:
        """The mean over both sets of the cross-entropies of the prediction and of both heads."""
        network = self.network
        glances = network.sizes.glance_frames
        maps = of_frames(network.glance.net, pool[:, :glances])
        vectors = self.drop(maps.mean((3, 4)))
        first = network.glance.fc(vectors.detach())
        with full_precision(pool):
            chosen = network.place(network.policy(maps.detach().float())[0])[1]
        free = network.sizes.crop - network.options.patch
        place = drawn(random.uniform(0, free, (len(pool), 2)), pool)
        glance = functional.cross_entropy(self.glance_head(vectors).mean(1), answers)
        loss, logits = self._of_patches(pool[:, glances:], first, chosen, answers)
        other, _ = self._of_patches(pool[:, glances:], first, place, answers)
        scalars = {"accuracy": correct(logits, answers), "glance": float(glance.detach())}
        return glance + (loss + other) / 2, scalars

    def _of_patches(
        self, frames: Tensor, glance: Tensor, corners: Tensor, answers: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The loss of the patches at a corner a video (B, 2), and the prediction."""
        network, count = self.network, frames.shape[1]
        each = corners.repeat_interleave(count, 0)
        with full_precision(frames):
            patches = interpolate(frames.flatten(0, 1), each, network.options.patch)
        local = self.drop(of_frames(network.focus.net, by_video(patches, count)))
        logits = network.classifier(glance, network.focus.fc(local.detach()))
        focus = functional.cross_entropy(self.focus_head(local).mean(1), answers)
        return functional.cross_entropy(logits, answers) + focus, logits
