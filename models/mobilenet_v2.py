"""MobileNetV2 (Sandler et al., CVPR 2018), with the entry names of torchvision's."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

_STAGES = ((1, 1, 1), (6, 2, 2), (6, 3, 2), (6, 4, 2), (6, 3, 1), (6, 3, 2), (6, 1, 1))
"""Expansion, blocks and first stride of each stage (Table 2 of the paper)."""


@dataclass(frozen=True, slots=True)
class MobileNetV2Channels:
    """Channels of the stem, of each of the seven stages, and of the map."""

    stem: int = 32
    stages: tuple[int, ...] = (16, 24, 32, 64, 96, 160, 320)
    last: int = 1280

    @classmethod
    def scaled(cls, width: float) -> "MobileNetV2Channels":
        """A narrower network: channels times ``width``, to the nearest multiple of 8; the map keeps 1280."""
        full = cls()
        return cls(_scaled(full.stem, width), tuple(_scaled(c, width) for c in full.stages), full.last)

    @classmethod
    def of(cls, shapes: Mapping[str, tuple[int, ...]]) -> "MobileNetV2Channels":
        """Read the channels off the shapes of a state dict.

        Raises:
            KeyError: an entry that every such network has is not there.
        """
        ends = []
        block = 0
        for _, blocks, _ in _STAGES:
            block += blocks
            ends.append(block)
        stages = tuple(shapes[f"features.{end}.conv.{1 if end == 1 else 2}.weight"][0] for end in ends)
        return cls(shapes["features.0.0.weight"][0], stages, shapes[f"features.{block + 1}.0.weight"][0])


class ConvNormReLU6(nn.Sequential):
    """Convolution without bias, batch normalisation, ReLU6."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU6(),
        )


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to its input where the shapes allow."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        expand = [ConvNormReLU6(inputs, hidden, 1)] if expansion > 1 else []
        self.conv = nn.Sequential(
            *expand,
            ConvNormReLU6(hidden, hidden, 3, stride, groups=hidden),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, h, w) to (B, outputs, h / stride, w / stride)."""
        branch: Tensor = self.conv(x)
        return x + branch if self.residual else branch


class MobileNetV2(nn.Module):
    """The convolutional part: no classifier."""

    def __init__(self, channels: MobileNetV2Channels) -> None:
        super().__init__()
        layers: list[nn.Module] = [ConvNormReLU6(3, channels.stem, 3, 2)]
        inputs = channels.stem
        for (expansion, blocks, stride), outputs in zip(_STAGES, channels.stages, strict=True):
            for block in range(blocks):
                layers.append(InvertedResidual(inputs, outputs, expansion, stride if block == 0 else 1))
                inputs = outputs
        layers.append(ConvNormReLU6(inputs, channels.last, 1))
        self.features = nn.Sequential(*layers)

    def forward(self, frames: Tensor) -> Tensor:
        """Normalised frames (B, 3, h, w) to maps (B, last, h / 32, w / 32)."""
        maps: Tensor = self.features(frames)
        return maps


class PooledMobileNetV2(MobileNetV2):
    """The same, and the mean of its map: a feature a frame or patch.

    Args:
        sizes: channels of the network.
    """

    def __init__(self, sizes: MobileNetV2Channels) -> None:
        super().__init__(sizes)
        self.channels = sizes.last

    def maps(self, frames: Tensor) -> Tensor:
        """Normalised frames (B, 3, h, w) to maps (B, last, h / 32, w / 32)."""
        return super().forward(frames)

    def forward(self, frames: Tensor) -> Tensor:
        """Normalised frames (B, 3, h, w) to vectors (B, last)."""
        return self.maps(frames).mean((2, 3))


def _scaled(channels: int, width: float) -> int:
    """The nearest multiple of 8 that takes off no more than a tenth, as in the authors' networks."""
    rounded = max(8, int(channels * width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels * width else rounded
