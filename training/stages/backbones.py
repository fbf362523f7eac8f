"""Stage 0: each backbone alone (AdaFocus, section 4.1), a frame or a patch at a time."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from foveate.errors import ConfigError
from models.adafocus_v2 import AdaFocusV2
from models.resnet import ResNet50
from training.errors import DataError
from training.networks import normalised, patches_at
from training.pools import Pages
from training.stages.base import Context, Numbers, Scalars, StageRun, correct
from training.taught import FocusStage, GlanceStage

FINE = 4
"""Cells of the second task's grid, to each side of a cell of the glance map."""


class GlanceRun(StageRun):
    """The glance network: a linear layer on the mean of its map, and two heads for the place.

    One reads the place off the map that the policy will see, in cells finer than the map's own; the other off
    an earlier map of such cells, without which the first takes far longer to learn.
    """

    def __init__(self, context: Context, stage: GlanceStage) -> None:
        super().__init__(context)
        self.stage = stage
        network = context.network
        if not isinstance(network, AdaFocusV2) or not isinstance(network.glance.net, ResNet50):
            raise ConfigError("the stage 'glance' trains small ResNet-50 glance networks alone")
        self.network, self.net = network, network.glance.net
        channels = network.glance.channels
        self.head = nn.Linear(channels, network.sizes.classes)
        self.late = nn.Sequential(nn.Conv2d(channels, FINE * FINE, 1), nn.PixelShuffle(FINE), nn.Flatten())
        self.early = nn.Sequential(nn.Conv2d(channels // FINE, 1, 1), nn.Flatten())
        self.extras = nn.ModuleDict({"head": self.head, "late": self.late, "early": self.early})
        if stage.place and context.data.middles is None:
            raise DataError("a glance stage with 'place' needs data that know where the figure is")

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The glance network and its heads."""
        return (self.network.glance, 1.0), (self.extras, 1.0)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """Cross-entropy of one frame's logits; with ``place``, of the figure's cell too."""
        context = self.context
        chosen = _one_frame(numbers, context.reader.seen.frames, random)
        frames = _pages(context, numbers, chosen)
        mirrored = random.random(len(numbers)) < 0.5
        frames[mirrored] = frames[mirrored, :, ::-1]
        early, maps = self._maps(self.network.glance_pixels(normalised(frames, context.device)))
        logits, answers = self.head(maps.mean((2, 3))), context.answers(numbers)
        loss = functional.cross_entropy(logits, answers)
        scalars = {"accuracy": correct(logits, answers)}
        if self.stage.place and context.data.middles is not None:
            middles = context.data.middles[numbers, chosen]
            middles[mirrored, 1] = context.data.crop - middles[mirrored, 1]
            cells = self._cells(middles, maps.shape[-1] * FINE)
            wanted = self._wanted(middles, cells, maps.shape[-1] * FINE)
            for name, scores in (("place", self.late(maps)), ("early", self.early(early))):
                scalars[name] = correct(scores, cells)
                loss = loss + self.stage.place * functional.cross_entropy(scores, wanted)
        return loss, scalars

    def _maps(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """The map after half of the network's stages, ``FINE`` times as fine as the last, and the last."""
        net = self.net
        early: Tensor = net.layer2(net.layer1(net.maxpool(net.relu(net.bn1(net.conv1(pixels))))))
        return early, net.layer4(net.layer3(early))

    def _cells(self, middles: NDArray[np.float32], side: int) -> Tensor:
        """The cell of a grid of this side in which each place (n, 2) is."""
        cells = np.clip(middles / self.context.data.crop * side, 0, side - 1).astype(np.int64)
        return torch.from_numpy(cells[:, 0] * side + cells[:, 1]).to(self.context.device)

    def _wanted(self, middles: NDArray[np.float32], cells: Tensor, side: int) -> Tensor:
        """The cells (n), or with ``blur`` the share of each cell of a grid (n, side * side)."""
        if not self.stage.blur:
            return cells
        steps = torch.arange(side, device=cells.device) + 0.5
        places = torch.from_numpy(middles / self.context.data.crop * side).to(cells.device)
        away = (places[:, :, None] - steps).square() / (2 * self.stage.blur**2)
        return (-away[:, 0, :, None] - away[:, 1, None, :]).flatten(1).softmax(1)


class FocusRun(StageRun):
    """The focus network: a linear layer that tells the actions, and one class more for nothing at all."""

    def __init__(self, context: Context, stage: FocusStage) -> None:
        super().__init__(context)
        self.stage = stage
        form = context.form
        if form.geometry.each > 1:
            raise ConfigError("the stage 'focus' trains networks that look at one patch at a time alone")
        self.head = nn.Linear(form.channels_of("focus"), form.classes + 1)
        self.extras = self.head
        if stage.around and context.data.middles is None:
            raise DataError("a focus stage with 'around' needs data that know where the figure is")

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The focus network and its head."""
        return (self.context.form.focus, 1.0), (self.extras, 1.0)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """Cross-entropy of a patch's logits; a patch near which no figure is shows nothing."""
        context = self.context
        chosen = _one_frame(numbers, context.reader.seen.frames, random)
        corners, shown = self._corners(numbers, chosen, random)
        patches = patches_at(
            _pages(context, numbers, chosen),
            torch.from_numpy(corners).to(context.device),
            context.form.geometry.patch,
        )
        mirrored = torch.from_numpy(random.random(len(patches)) < 0.5).to(context.device)
        patches = torch.where(mirrored[:, None, None, None], patches.flip(-1), patches)
        answers = context.answers(numbers)
        answers[torch.from_numpy(~shown).to(context.device)] = context.form.classes
        logits = self.head(context.form.focus(patches))
        return functional.cross_entropy(logits, answers), {"accuracy": correct(logits, answers)}

    def _corners(
        self, numbers: Numbers, chosen: Numbers, random: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """A patch's corner in each video's chosen frame (n, 2), and whether it shows the figure (n)."""
        data, geometry = self.context.data, self.context.form.geometry
        free, patch, count = geometry.free, geometry.patch, len(numbers)
        corners = random.integers(0, free + 1, (count, 2)).astype(np.float32)
        shown = np.ones(count, bool)
        if self.stage.around and data.middles is not None:
            middles = data.middles[numbers, chosen]
            near = middles - patch / 2 + random.uniform(-1, 1, (count, 2)) * self.stage.jitter
            around = random.random(count) < self.stage.around
            corners[around] = np.clip(np.round(near[around]), 0, free)
            shown = (np.abs(corners + patch / 2 - middles) < patch / 2).all(1)
        return corners, shown


def _pages(context: Context, numbers: Numbers, chosen: Numbers) -> Pages:
    """One frame of each video (n, crop, crop, 3)."""
    reader = context.reader
    return np.stack([reader.pages(number)[frame] for number, frame in zip(numbers, chosen, strict=True)])


def _one_frame(numbers: Numbers, frames: int, random: np.random.Generator) -> Numbers:
    return random.integers(0, frames, len(numbers))
