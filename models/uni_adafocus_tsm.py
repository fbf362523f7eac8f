"""Uni-AdaFocus-TSM (Wang et al., 2024): both networks with the temporal shift, one rectangle a video."""

from dataclasses import dataclass, field

from torch import Tensor, nn

from models.mobilenet_v2 import MobileNetV2Channels
from models.streams import FocusStream, GlanceStream
from models.uni_adafocus import UniOptions
from models.uni_policy import UniPolicy, UniPolicySizes
from models.uni_video import Focused, Glanced, UniVideoOutput, look_of, output_of, patches_of


@dataclass(frozen=True, slots=True)
class UniAdaFocusTsmSizes:
    """Everything about a network that its weights tell.

    Attributes:
        glance: channels of the glance network.
        policy: sizes of both policies.
        focus_base: base width of the focus network.
        classes: number of classes.
        auxiliary: whether the focus network's second head, which only training needs, is there.
    """

    glance: MobileNetV2Channels = field(default_factory=MobileNetV2Channels)
    policy: UniPolicySizes = field(default_factory=lambda: UniPolicySizes(glance_frames=8, each_frame=False))
    focus_base: int = 64
    classes: int = 174
    auxiliary: bool = False


class UniTsmGlance(nn.Module):
    """The glance network with its two heads: a part of the prediction, and an answer of its own."""

    def __init__(self, sizes: UniAdaFocusTsmSizes, divisor: int) -> None:
        super().__init__()
        self.stream = GlanceStream(sizes.glance, sizes.classes, sizes.policy.glance_frames, divisor)
        self.early = nn.Linear(sizes.glance.last, sizes.classes)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Normalised frames (B, G, 3, crop, crop) to maps, their means, and two times logits (B, classes)."""
        maps, vectors, logits = self.stream(frames)
        return maps, vectors, logits.mean(1), self.early(vectors).mean(1)


class UniTsmFocus(nn.Module):
    """The focus network on all patches of a video, and its part of the prediction."""

    def __init__(self, sizes: UniAdaFocusTsmSizes, frames: int, divisor: int) -> None:
        super().__init__()
        self.stream = FocusStream(sizes.focus_base, sizes.classes, frames, divisor)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised patches (B, K, 3, P, P) to features (B, K, features) and logits (B, classes)."""
        features, logits = self.stream(patches)
        return features, logits.mean(1)


class UniAdaFocusTsm(nn.Module):
    """The networks and what joins them.

    Args:
        sizes: sizes of the networks.
        options: the rest.
    """

    def __init__(self, sizes: UniAdaFocusTsmSizes, options: UniOptions) -> None:
        super().__init__()
        self.sizes = sizes
        self.options = options
        self.glance = UniTsmGlance(sizes, options.divisor)
        self.policy = UniPolicy(sizes.policy, look_of(options))
        self.focus = UniTsmFocus(sizes, options.focus_frames, options.divisor)
        features = self.focus.stream.fc.in_features
        self.local_head = nn.Linear(features, sizes.classes) if sizes.auxiliary else None

    def forward(self, glance_frames: Tensor, candidates: Tensor) -> UniVideoOutput:
        """Normalised frames (B, G, 3, crop, crop) and (B, N, 3, crop, crop), each in order of time."""
        maps, vectors, final, early = self.glance(glance_frames)
        choice = self.policy(maps, vectors)
        patches = patches_of(candidates, choice, self.options.patch)
        features, local = self.focus(patches)
        auxiliary = self.local_head(features).mean(1) if self.local_head else None
        return output_of(
            Glanced(glance_frames, maps, vectors, final, early),
            choice,
            patches,
            Focused(features, local, auxiliary),
        )
