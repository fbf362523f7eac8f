"""Graphs of the dense baselines, with the ports that a bundle declares.

Every input and output is float32, whatever the weights are in.
"""

from torch import Tensor, nn

from export.frame_graphs import map_of
from export.precision import element_type
from export.video_graphs import mean_logits
from models.resnet import ResNet50
from models.streams import GlanceStream
from models.x3d import X3D, Head


class FrameVectors(nn.Module):
    """Pixels of all frames of a video (n, T, 3, h, w) to a feature each."""

    def __init__(self, network: ResNet50) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        """Gives the vectors (n, T, channels)."""
        vectors = map_of(self.network, pixels.flatten(0, 1)).mean((2, 3))
        return vectors.reshape(-1, pixels.shape[1], vectors.shape[1])


class MeanAnswer(nn.Module):
    """The features of all frames of a video (n, T, channels), a linear layer each, and the mean."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, focus: Tensor) -> Tensor:
        """Gives the video's logits (n, classes)."""
        return mean_logits(self.layer, focus)


class GlanceLogits(nn.Module):
    """Pixels of all glance frames (n, G, 3, h, w) to the video's logits."""

    def __init__(self, stream: GlanceStream) -> None:
        super().__init__()
        self.stream = stream

    def forward(self, pixels: Tensor) -> Tensor:
        """Gives the mean logits (n, classes)."""
        vectors = map_of(self.stream.net, pixels.flatten(0, 1)).mean((2, 3))
        return mean_logits(self.stream.fc, vectors.reshape(-1, pixels.shape[1], vectors.shape[1]))


class ClipVector(nn.Module):
    """Pixels of all frames of a clip (n, T, 3, h, w) to the mean of its maps."""

    def __init__(self, network: X3D) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        """Gives the vector (n, channels)."""
        # Summed in float32: half precision has few digits left for the mean of a whole clip.
        return self.network.maps(pixels.to(element_type(self))).float().mean((2, 3, 4))


class ClipAnswer(nn.Module):
    """The vector of a clip (n, channels) through the layers behind it."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.lin_5 = head.lin_5
        self.relu = head.relu
        self.projection = head.projection

    def forward(self, focus: Tensor) -> Tensor:
        """Gives the clip's logits (n, classes)."""
        vector = focus.to(element_type(self))[:, :, None, None, None]
        hidden = self.relu(self.lin_5(vector)).flatten(1)
        answer: Tensor = self.projection(hidden)
        return answer.float()
