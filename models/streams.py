"""The two networks of a system that looks at all frames of a video together, and how their answers join."""

from torch import Tensor, nn

from models.mobilenet_v2 import MobileNetV2Channels
from models.temporal_shift import shifted_mobilenet_v2, shifted_resnet50


class GlanceStream(nn.Module):
    """MobileNetV2 with the temporal shift, and a linear layer a frame.

    Args:
        channels: of the network.
        classes: number of classes.
        frames: frames of a video.
        divisor: of the shift.
    """

    def __init__(self, channels: MobileNetV2Channels, classes: int, frames: int, divisor: int = 8) -> None:
        super().__init__()
        self.net = shifted_mobilenet_v2(channels, frames, divisor)
        self.fc = nn.Linear(channels.last, classes)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Normalised frames (B, T, 3, h, w) to maps (B, T, c, h / 32, w / 32), means and logits."""
        maps = self.net(frames.flatten(0, 1)).unflatten(0, (-1, frames.shape[1]))
        vectors = maps.mean((3, 4))
        return maps, vectors, self.fc(vectors)


class FocusStream(nn.Module):
    """ResNet-50 with the temporal shift, and a linear layer a patch.

    Args:
        base: base width of the network.
        classes: number of classes.
        frames: patches of a video.
        divisor: of the shift.
    """

    def __init__(self, base: int, classes: int, frames: int, divisor: int = 8) -> None:
        super().__init__()
        self.net = shifted_resnet50(base, frames, divisor)
        self.fc = nn.Linear(self.net.channels, classes)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised patches (B, T, 3, P, P) to features (B, T, 32 * base) and logits a patch."""
        features = self.net(patches.flatten(0, 1)).unflatten(0, (-1, patches.shape[1]))
        return features, self.fc(features)


class SumOfMeans(nn.Module):
    """The mean of a video's focus logits plus the mean of its glance logits.

    Args:
        with_glance: whether the glance has a say.
    """

    def __init__(self, with_glance: bool = True) -> None:
        super().__init__()
        self.with_glance = with_glance

    def forward(self, glance: Tensor, focus: Tensor) -> Tensor:
        """Logits (B, frames, classes) and (B, patches, classes) to those of the videos (B, classes)."""
        mean = focus.mean(1)
        return mean + glance.mean(1) if self.with_glance else mean
