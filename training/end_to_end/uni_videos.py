"""Uni-AdaFocus-TSM and -X3D, end to end (Wang et al., 2024)."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn
from torch.nn import functional

from models.adafocus_v2 import by_video
from models.resample import rectangles
from models.uni_adafocus import chosen_patches
from models.uni_adafocus_tsm import UniAdaFocusTsm
from models.uni_adafocus_x3d import UniAdaFocusX3d
from training.end_to_end.dense import x3d_logits
from training.end_to_end.method import Groups, Method, full_precision, head, of_frames
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
class Glanced:
    """Of the glance frames: maps (B, G, c, s, s), means (B, G, c), part of the prediction, logits a frame."""

    maps: Tensor
    vectors: Tensor
    final: Tensor
    each: Tensor


class UniVideoMethod(Method):
    """Two sets of patches, at one place for all frames: the policy's, and a random square; frames are drawn.

    The layers of the prediction see detached features, and so do both policies: the networks learn from their
    heads on single frames, the policies from losses of their own.

    Args:
        network: either system.
        channels: of a glance map.
        classes: number of classes.
        settings: numbers of the recipe.
    """

    def __init__(
        self, network: UniAdaFocusTsm | UniAdaFocusX3d, channels: int, classes: int, settings: Settings
    ) -> None:
        super().__init__(settings)
        self.network = network
        self.focus_head = network.local_head
        if self.focus_head is None:
            head(None)
        self.spatial = nn.Linear(channels, classes)
        self.extras = self.spatial

    @abstractmethod
    def glance(self, frames: Tensor) -> Glanced:
        """Of glance frames (B, G, 3, crop, crop)."""

    @abstractmethod
    def focus(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Of patches (B, K, 3, P, P): a part of the prediction, and of each patch logits (B, K, classes)."""

    @abstractmethod
    def cells(self, map_side: int) -> int:
        """Side of what is cut out of a map of this side for the spatial policy's loss."""

    def groups(self) -> Groups:
        """Everything."""
        network, settings = self.network, self.settings
        assert self.focus_head is not None
        return (
            (network.glance, settings.glance),
            (self.spatial, settings.glance),
            (network.policy, settings.policy),
            (network.focus, settings.focus),
            (self.focus_head, settings.focus),
        )

    def loss(self, pool: Tensor, answers: Tensor, random: np.random.Generator) -> tuple[Tensor, Scalars]:
        """The mean over both sets, and what does not depend on them."""
        policy, options = self.network.policy, self.network.options
        glances, steps = policy.sizes.glance_frames, options.focus_frames
        glanced, candidates = self.glance(pool[:, :glances]), pool[:, glances:]
        with full_precision(pool):
            seen = glanced.maps.detach().float(), glanced.vectors.detach().float()
            choice = policy(*seen, levels(len(pool), steps, pool, random))
            again, _ = policy.choose(choice.weights.detach(), levels(len(pool), steps, pool, random))
        with full_precision(pool):
            shares = expected_weights(choice.weights, self.settings.removals, random)
            drawn = (shares.unsqueeze(2) * glanced.each.float()).sum(1)
        parts = {
            "glance": functional.cross_entropy(glanced.each.mean(1), answers),
            "temporal": functional.cross_entropy(drawn, answers),
            "spatial": self._spatial(glanced.maps, choice.action, answers),
        }
        size = size_cost(choice.action)
        squares = random_squares((len(pool),), options.crop, options.patch, pool, random)
        boxes = choice.rectangles.detach()
        loss, logits = self._of_patches(candidates, glanced.final, choice.frames, boxes, answers)
        other, _ = self._of_patches(candidates, glanced.final, again, squares, answers)
        total = (loss + other) / 2 + sum(parts.values()) + self.settings.size_weight * size
        scalars = {name: float(part.detach()) for name, part in parts.items()}
        return total, scalars | {"accuracy": correct(logits, answers), "size": float(size.detach())}

    def _spatial(self, maps: Tensor, action: Tensor, answers: Tensor) -> Tensor:
        options, count = self.network.options, maps.shape[1]
        with full_precision(maps):
            boxes = rectangles(action, options.crop, options.smallest).repeat_interleave(count, 0)
            cells = self.cells(maps.shape[-1])
            cut = spatial_features(maps.flatten(0, 1).float(), boxes, options.crop, cells)
        features = by_video(cut, count)
        return functional.cross_entropy(self.spatial(self.drop_for_head(features)).mean(1), answers)

    def _of_patches(
        self, candidates: Tensor, final: Tensor, frames: Tensor, boxes: Tensor, answers: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The loss of a rectangle (B, 4) in some frames (B, K), and the prediction."""
        with full_precision(candidates):
            each = boxes.unsqueeze(1).expand(-1, frames.shape[1], -1)
            patches = chosen_patches(candidates, frames, each, self.network.options.patch)
        part, single = self.focus(patches)
        logits = final + part
        focus = functional.cross_entropy(single.mean(1), answers)
        return functional.cross_entropy(logits, answers) + focus, logits


class UniAdaFocusTsmMethod(UniVideoMethod):
    """Both networks with the temporal shift."""

    def __init__(self, network: UniAdaFocusTsm, settings: Settings) -> None:
        super().__init__(network, network.sizes.glance.last, network.sizes.classes, settings)
        self._tsm = network

    def glance(self, frames: Tensor) -> Glanced:
        """One dropout for both layers."""
        network = self._tsm.glance
        maps = of_frames(network.stream.net, frames)
        vectors = maps.mean((3, 4))
        seen = self.drop(vectors)
        return Glanced(maps, vectors, network.stream.fc(seen.detach()).mean(1), network.early(seen))

    def focus(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """One dropout for both layers."""
        stream = self._tsm.focus.stream
        seen = self.drop(of_frames(stream.net, patches))
        return stream.fc(seen.detach()).mean(1), head(self._tsm.local_head)(seen)

    def cells(self, map_side: int) -> int:
        """As many cells as the focus network makes of a patch."""
        return self._tsm.options.patch // _CELL


class UniAdaFocusX3dMethod(UniVideoMethod):
    """X3D networks; their heads on single frames have a dropout of their own."""

    def __init__(self, network: UniAdaFocusX3d, settings: Settings) -> None:
        sizes = network.sizes.glance
        super().__init__(network, sizes.last, sizes.classes, settings)
        self._x3d = network
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.p = settings.head_dropout

    def glance(self, frames: Tensor) -> Glanced:
        """Frames are made smaller first."""
        network = self._x3d.glance
        maps = network.net.maps(self._x3d.glance_pixels(frames))
        by_frame = maps.transpose(1, 2)
        vectors = by_frame.mean((3, 4))
        final = x3d_logits(network.net.head, maps.detach(), self.drop)
        return Glanced(by_frame, vectors, final, network.early(vectors))

    def focus(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """All patches of a video together."""
        net = self._x3d.focus.net
        maps = net.maps(patches)
        each = self._x3d.local_head
        assert each is not None
        vectors = maps.mean((3, 4)).transpose(1, 2)
        return x3d_logits(net.head, maps.detach(), self.drop), each(vectors)

    def cells(self, map_side: int) -> int:
        """The map's share of the frame that a patch is."""
        return round(map_side * self._x3d.options.patch / self._x3d.options.crop)
