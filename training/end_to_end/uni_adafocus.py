"""Uni-AdaFocus for untrimmed video, end to end (Wang et al., 2024)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.adafocus_v2 import by_video
from models.resample import rectangles
from models.uni_adafocus import UniAdaFocus
from models.uni_classifier import running_maximum
from training.end_to_end.method import Groups, Method, frames_loss, full_precision, head, of_frames
from training.end_to_end.published import Settings
from training.end_to_end.uni_parts import (
    expected_weights,
    levels,
    random_squares,
    size_cost,
    spatial_features,
)
from training.stages.base import Scalars, correct

_CELL = 32


@dataclass(frozen=True, slots=True)
class _Glanced:
    """Of the glance frames: maps (B, G, c, s, s), means (B, G, c), embedded maxima and answers so far."""

    maps: Tensor
    vectors: Tensor
    seen: Tensor
    logits: Tensor


class UniAdaFocusMethod(Method):
    """Two sets of patches, the policy's and squares at random places, in frames drawn for each set.

    Of each set the answers after all glance and focus steps count, and a head on single patches; besides a
    head on single glances, the two losses that train the policies, and the size of the rectangles.
    """

    def __init__(self, network: UniAdaFocus, settings: Settings) -> None:
        super().__init__(settings)
        self.network = network
        self.glance_head, self.focus_head = head(network.global_head), head(network.local_head)
        self.spatial = nn.Linear(network.sizes.glance.last, network.sizes.classes)
        self.extras = self.spatial

    def groups(self) -> Groups:
        """Everything."""
        network, settings = self.network, self.settings
        return (
            (network.glance, settings.glance),
            (self.glance_head, settings.glance),
            (self.spatial, settings.glance),
            (network.policy, settings.policy),
            (network.focus, settings.focus),
            (self.focus_head, settings.focus),
            (network.classifier, settings.classifier),
        )

    def loss(self, pool: Tensor, answers: Tensor, random: np.random.Generator) -> tuple[Tensor, Scalars]:
        """The mean over both sets, and what does not depend on them."""
        network, policy = self.network, self.network.policy
        glanced = self._glance(pool)
        steps = network.sizes.focus_frames
        with full_precision(pool):
            # The spatial policy does not change the maps that it reads; the temporal one does.
            seen = glanced.maps.detach().float(), glanced.vectors.float()
            choice = policy(*seen, levels(len(pool), steps, pool, random))
            again, _ = policy.choose(choice.weights.detach(), levels(len(pool), steps, pool, random))
        each = self.glance_head(self.drop_for_head(glanced.vectors))
        parts = {
            "glance": frames_loss(each, answers),
            "temporal": self._temporal(each, choice.weights, answers, random),
            "spatial": self._spatial(glanced.maps, choice.action, answers),
        }
        size = size_cost(choice.action)
        squares = random_squares(
            (len(pool), steps), network.options.crop, network.options.patch, pool, random
        )
        loss, logits = self._of_patches(pool, glanced, choice.frames, choice.rectangles.detach(), answers)
        other, _ = self._of_patches(pool, glanced, again, squares, answers)
        total = (loss + other) / 2 + sum(parts.values()) + self.settings.size_weight * size
        scalars = {name: float(part.detach()) for name, part in parts.items()}
        scalars |= {"accuracy": correct(logits[:, -1], answers), "size": float(size.detach())}
        return total, scalars

    def _glance(self, pool: Tensor) -> _Glanced:
        network = self.network
        maps = of_frames(network.glance, pool[:, list(network.positions)])
        vectors = maps.mean((3, 4))
        classifier = network.classifier
        seen = running_maximum(of_frames(classifier.glance_embedding, vectors))
        return _Glanced(maps, vectors, seen[:, -1], classifier.glance_layers(self.drop(seen)))

    def _temporal(
        self, each: Tensor, weights: Tensor, answers: Tensor, random: np.random.Generator
    ) -> Tensor:
        with full_precision(each):
            shares = expected_weights(weights, self.settings.removals, random)
            logits = (shares.unsqueeze(2) * each.float()).sum(1)
        return functional.cross_entropy(logits, answers)

    def _spatial(self, maps: Tensor, action: Tensor, answers: Tensor) -> Tensor:
        options = self.network.options
        with full_precision(maps):
            boxes = rectangles(action, options.crop, options.smallest).flatten(0, 1)
            cut = spatial_features(maps.flatten(0, 1).float(), boxes, options.crop, options.patch // _CELL)
        features = by_video(cut, action.shape[1])
        return frames_loss(self.spatial(self.drop_for_head(features)), answers)

    def _of_patches(
        self, pool: Tensor, glanced: _Glanced, frames: Tensor, boxes: Tensor, answers: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The loss of some rectangles (B, K, 4) in some frames (B, K), and the answers after each."""
        network, classifier = self.network, self.network.classifier
        with full_precision(pool):
            patches = network.patches(pool, frames, boxes)
        local = of_frames(network.focus, patches)
        seen = running_maximum(of_frames(classifier.focus_embedding, local))
        glance = glanced.seen.unsqueeze(1).expand(-1, seen.shape[1], -1)
        logits = classifier.focus_layers(self.drop(torch.cat([seen, glance], 2)))
        focus = frames_loss(self.focus_head(self.drop_for_head(local)), answers)
        return frames_loss(torch.cat([glanced.logits, logits], 1), answers) + focus, logits
