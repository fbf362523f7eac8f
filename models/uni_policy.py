"""The policies of Uni-AdaFocus: where to look and at which frames, from all glance frames together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.frame_choice import FramesByImportance
from models.resample import rectangles

_ACTION = 4


@dataclass(frozen=True, slots=True)
class UniPolicySizes:
    """Sizes of both policies.

    Attributes:
        channels: channels of a glance map.
        map_side: its side.
        glance_frames: glance frames of a video.
        each_frame: whether each glance frame gets an action of its own, or the video one.
        spatial_hidden: channels inside the spatial policy.
        temporal_hidden: channels inside the temporal policy.
    """

    channels: int = 1280
    map_side: int = 7
    glance_frames: int = 16
    each_frame: bool = True
    spatial_hidden: int = 128
    temporal_hidden: int = 64

    @classmethod
    def of(cls, shapes: Mapping[str, tuple[int, ...]], glance_frames: int | None = None) -> "UniPolicySizes":
        """Read the sizes off the shapes of the published entries.

        Args:
            shapes: with names that begin with ``spatial_policy.`` and ``temporal_policy.``.
            glance_frames: where each frame gets an action; else the last kernel spans all of them.

        Raises:
            KeyError: an entry that every such policy has is not there.
        """
        hidden, channels = shapes["spatial_policy.encoder.0.weight"][:2]
        span, side = shapes["spatial_policy.encoder.9.weight"][2:4]
        return cls(
            channels=channels,
            map_side=side,
            glance_frames=glance_frames or span,
            each_frame=glance_frames is not None,
            spatial_hidden=hidden,
            temporal_hidden=shapes["temporal_policy.Tconv.0.weight"][0],
        )


@dataclass(frozen=True, slots=True)
class UniLook:
    """What the policies choose among; no checkpoint tells it.

    Attributes:
        candidates: candidate frames N.
        focus_frames: frames to choose K.
        crop: side of a frame in pixels.
        smallest: smallest side of a rectangle in pixels.
    """

    candidates: int
    focus_frames: int
    crop: int = 224
    smallest: int = 96


class Choice(NamedTuple):
    """What the policies decide; B videos, G glance frames, K chosen frames.

    Attributes:
        action: actions in 0..1 (B, G, 4), or (B, 4) of a whole video.
        weights: of the glance frames (B, G).
        real: see ``FramesByImportance`` (B, K).
        frames: the chosen candidates (B, K).
        focus_action: the action for each of them (B, K, 4), or (B, 4).
        rectangles: top, left, height, width in pixels, in the shape of ``focus_action``.
    """

    action: Tensor
    weights: Tensor
    real: Tensor
    frames: Tensor
    focus_action: Tensor
    rectangles: Tensor


class SpatialPolicy(nn.Module):
    """Convolutions over time and space to actions (Uni-AdaFocus, section 3.2)."""

    def __init__(self, sizes: UniPolicySizes) -> None:
        super().__init__()
        self.each_frame = sizes.each_frame
        hidden, side = sizes.spatial_hidden, sizes.map_side
        span = 1 if sizes.each_frame else sizes.glance_frames
        self.encoder = nn.Sequential(
            nn.Conv3d(sizes.channels, hidden, 1, bias=False),
            nn.BatchNorm3d(hidden),
            nn.ReLU(),
            nn.Conv3d(hidden, hidden, 3, padding=1, bias=False),
            nn.BatchNorm3d(hidden),
            nn.ReLU(),
            nn.Conv3d(hidden, hidden, 3, padding=1, bias=False),
            nn.BatchNorm3d(hidden),
            nn.ReLU(),
            nn.Conv3d(hidden, _ACTION, (span, side, side), bias=False),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Glance maps (B, G, channels, side, side) to actions in 0..1: (B, G, 4), or (B, 4) of a video."""
        actions = torch.sigmoid(self.encoder(maps.transpose(1, 2)))
        return actions.flatten(2).transpose(1, 2) if self.each_frame else actions.flatten(1)


class TemporalPolicy(nn.Module):
    """Convolutions over time to one weight a glance frame (Uni-AdaFocus, section 3.3)."""

    def __init__(self, sizes: UniPolicySizes) -> None:
        super().__init__()
        hidden = sizes.temporal_hidden
        self.Tconv = nn.Sequential(
            nn.Conv2d(sizes.channels, hidden, (3, 1), padding=(1, 0), bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, hidden, (3, 1), padding=(1, 0), bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, 1, 1, bias=False),
        )

    def forward(self, vectors: Tensor) -> Tensor:
        """Glance features (B, G, channels) to weights (B, G) of sum 1."""
        scores = self.Tconv(vectors.transpose(1, 2).unsqueeze(3))
        return torch.softmax(scores.flatten(1), 1)


class UniPolicy(nn.Module):
    """Both policies and what follows from them, up to rectangles; always float32.

    Args:
        sizes: of the networks.
        look: what is chosen among.
    """

    along: Tensor

    def __init__(self, sizes: UniPolicySizes, look: UniLook) -> None:
        super().__init__()
        self.sizes = sizes
        self.look = look
        self.spatial = SpatialPolicy(sizes)
        self.temporal = TemporalPolicy(sizes)
        self.choose = FramesByImportance(sizes.glance_frames, look.candidates, look.focus_frames)
        along = torch.from_numpy(interpolation(sizes.glance_frames, look.candidates))
        self.register_buffer("along", along, persistent=False)

    def forward(self, maps: Tensor, vectors: Tensor, levels: Tensor | None = None) -> Choice:
        """Decide.

        Args:
            maps: glance maps (B, G, channels, side, side).
            vectors: their means (B, G, channels).
            levels: see ``FramesByImportance``.
        """
        action = self.spatial(maps)
        weights = self.temporal(vectors)
        frames, real = self.choose(weights, levels)
        chosen = action
        if self.sizes.each_frame:
            chosen = (self.along @ action).gather(1, frames.unsqueeze(2).expand(-1, -1, _ACTION))
        boxes = rectangles(chosen, self.look.crop, self.look.smallest)
        return Choice(action, weights, real, frames, chosen, boxes)


def interpolation(glances: int, candidates: int) -> NDArray[np.float32]:
    """Weights (candidates, glances) that carry actions from glance frames to candidates, linear in time.

    Half-pixel centres; beyond the first and the last middle the end is repeated.
    """
    places = (np.arange(candidates) + 0.5) * glances / candidates - 0.5
    places = np.clip(places, 0, glances - 1)
    table = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(glances)))
    interpolated: NDArray[np.float32] = table.astype(np.float32)
    return interpolated


def glance_positions(glances: int, candidates: int) -> tuple[int, ...]:
    """The candidates that are glance frames too: every (N / G)-th, from the second candidate on.

    Raises:
        ValueError: the candidates do not fall into that many equal runs of two or more.
    """
    stride = candidates // glances
    if candidates % glances or stride < 2:
        raise ValueError(f"{candidates} candidates do not fall into {glances} runs of two or more")
    return tuple(1 + stride * frame for frame in range(glances))
