"""Graphs of the systems that take a video's frames together, with the ports that a bundle declares.

Every input and output is float32, whatever the weights are in.
"""

import torch
from torch import Tensor, nn

from export.frame_graphs import map_of
from export.precision import element_type
from models.place import Place
from models.streams import FocusStream, GlanceStream


class GlanceVideo(nn.Module):
    """Pixels of all glance frames (n, G, 3, side, side) to their maps and the video's logits."""

    def __init__(self, stream: GlanceStream) -> None:
        super().__init__()
        self.stream = stream

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Gives maps (n, G, channels, side / 32, side / 32) and the mean logits (n, classes)."""
        flat = map_of(self.stream.net, pixels.flatten(0, 1))
        maps = flat.reshape(-1, pixels.shape[1], *flat.shape[1:])
        return maps, mean_logits(self.stream.fc, maps.mean((3, 4)))


class FocusVideo(nn.Module):
    """Pixels of all patches (n, K, 3, P, P) to the video's logits."""

    def __init__(self, stream: FocusStream) -> None:
        super().__init__()
        self.stream = stream

    def forward(self, pixels: Tensor) -> Tensor:
        """Gives the mean logits (n, classes)."""
        vectors = map_of(self.stream.net, pixels.flatten(0, 1)).mean((2, 3))
        return mean_logits(self.stream.fc, vectors.reshape(-1, pixels.shape[1], vectors.shape[1]))


def mean_logits(layer: nn.Linear, vectors: Tensor) -> Tensor:
    """A linear layer a frame (n, T, channels), and the mean over the frames (n, classes) in float32."""
    logits: Tensor = layer(vectors.to(element_type(layer)))
    return logits.float().mean(1)


class VideoPlace(nn.Module):
    """All glance maps of a video (n, G, channels, side, side) to one rectangle; always float32.

    Args:
        policy: maps to scores and the hidden layer that they come from.
        place: makes a corner of the scores.
        patch: side of a patch in pixels.
    """

    def __init__(self, policy: nn.Module, place: Place, patch: int) -> None:
        super().__init__()
        self.policy = policy
        self.place = place
        self.patch = patch

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gives the rectangle (n, 4): top, left, height, width; scores (n, places or 2); hidden layer."""
        scores, hidden = self.policy(maps)
        _, corners = self.place(scores)
        rectangle = torch.cat([corners, torch.full_like(corners, self.patch)], -1)
        return rectangle, scores, hidden


class Sum(nn.Module):
    """The video's logits of both networks added."""

    def forward(self, glance: Tensor, focus: Tensor) -> Tensor:
        """(n, classes) and (n, classes) to (n, classes)."""
        return glance + focus
