"""The dense baselines: every frame, whole.

TSN (Wang et al., ECCV 2016), TSM (Lin et al., ICCV 2019), and TSM+, which adds to a TSM the glance network of
AdaFocus, so that only the patches differ (AdaFocus, section 4.2). X3D is in ``models.x3d``.
"""

from dataclasses import dataclass, field

from torch import Tensor, nn

from models.mobilenet_v2 import MobileNetV2Channels
from models.resnet import ResNet50
from models.streams import FocusStream, GlanceStream, SumOfMeans


@dataclass(frozen=True, slots=True)
class FrameOutput:
    """What TSN and TSM give on the way to a prediction.

    Attributes:
        features: of each frame (B, T, 2048).
        frame_logits: of each frame (B, T, classes).
        logits: their mean, the prediction (B, classes).
    """

    features: Tensor
    frame_logits: Tensor
    logits: Tensor


@dataclass(frozen=True, slots=True)
class TwoStreamOutput:
    """What TSM+ gives on the way to a prediction.

    Attributes:
        glance_maps: (B, G, 1280, h / 32, w / 32).
        glance_logits: of each glance frame (B, G, classes).
        focus_logits: of each focus frame (B, K, classes).
        logits: the means of both added, the prediction (B, classes).
    """

    glance_maps: Tensor
    glance_logits: Tensor
    focus_logits: Tensor
    logits: Tensor


class MeanOfFrames(nn.Module):
    """A linear layer a frame and the mean of what it gives: the classifier of TSN, and the answer of TSM."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.fc = nn.Linear(features, classes)

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, features) to the logits of the video (B, classes)."""
        logits: Tensor = self.fc(features).mean(1)
        return logits


class Tsn(nn.Module):
    """ResNet-50 on each frame by itself, and the mean of the frames' logits.

    Args:
        classes: number of classes.
        base: base width of the network.
    """

    def __init__(self, classes: int, base: int = 64) -> None:
        super().__init__()
        self.focus = ResNet50(base)
        self.classifier = MeanOfFrames(self.focus.channels, classes)

    def forward(self, frames: Tensor) -> FrameOutput:
        """Normalised frames (B, T, 3, h, w) to everything."""
        features = self.focus(frames.flatten(0, 1)).unflatten(0, (-1, frames.shape[1]))
        each = self.classifier.fc(features)
        return FrameOutput(features, each, each.mean(1))


class Tsm(nn.Module):
    """ResNet-50 with the temporal shift on all frames of a video.

    Args:
        classes: number of classes.
        frames: frames of a video.
        divisor: of the shift.
        base: base width of the network.
    """

    def __init__(self, classes: int, frames: int = 8, divisor: int = 8, base: int = 64) -> None:
        super().__init__()
        self.focus = FocusStream(base, classes, frames, divisor)

    def forward(self, frames: Tensor) -> FrameOutput:
        """Normalised frames (B, T, 3, h, w), in order of time, to everything."""
        features, each = self.focus(frames)
        return FrameOutput(features, each, each.mean(1))


@dataclass(frozen=True, slots=True)
class TsmPlusSizes:
    """Sizes of TSM+.

    Attributes:
        glance: channels of the glance network.
        focus_base: base width of the focus network.
        classes: number of classes.
        glance_frames: frames of the glance.
        focus_frames: frames of the focus.
        divisor: of both shifts.
    """

    glance: MobileNetV2Channels = field(default_factory=MobileNetV2Channels)
    focus_base: int = 64
    classes: int = 174
    glance_frames: int = 8
    focus_frames: int = 12
    divisor: int = 8


class TsmPlus(nn.Module):
    """MobileNetV2 and ResNet-50, both with the temporal shift, on whole frames."""

    def __init__(self, sizes: TsmPlusSizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.glance = GlanceStream(sizes.glance, sizes.classes, sizes.glance_frames, sizes.divisor)
        self.focus = FocusStream(sizes.focus_base, sizes.classes, sizes.focus_frames, sizes.divisor)
        self.classifier = SumOfMeans()

    def forward(self, glance_frames: Tensor, focus_frames: Tensor) -> TwoStreamOutput:
        """Normalised frames (B, G, 3, h, w) and (B, K, 3, h, w), each in order of time, to everything."""
        maps, _, glance = self.glance(glance_frames)
        _, focus = self.focus(focus_frames)
        return TwoStreamOutput(maps, glance, focus, self.classifier(glance, focus))
