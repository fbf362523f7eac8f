"""Uni-AdaFocus-X3D (Wang et al., 2024): X3D-S glances, X3D-L focuses, one rectangle a video."""

from dataclasses import dataclass, field

from torch import Tensor, nn
from torch.nn import functional

from models.uni_adafocus import UniOptions
from models.uni_policy import UniPolicy, UniPolicySizes
from models.uni_video import Focused, Glanced, UniVideoOutput, look_of, output_of, patches_of
from models.x3d import X3D, X3DSizes

CELL = 32
"""Pixels of a network's input for one cell of its map."""


@dataclass(frozen=True, slots=True)
class UniAdaFocusX3dSizes:
    """Everything about a network that its weights tell.

    Attributes:
        glance: sizes of the glance network.
        focus: sizes of the focus network.
        policy: sizes of both policies.
        auxiliary: whether the focus network's head on single frames, which only training needs, is there.
    """

    glance: X3DSizes = field(default_factory=X3DSizes)
    focus: X3DSizes = field(default_factory=X3DSizes.large)
    policy: UniPolicySizes = field(
        default_factory=lambda: UniPolicySizes(channels=432, map_side=5, each_frame=False)
    )
    auxiliary: bool = False

    @property
    def glance_side(self) -> int:
        """Side of the glance network's input in pixels."""
        return self.policy.map_side * CELL


class FrameHead(nn.Sequential):
    """Two layers on the feature of a single frame: (..., features) to logits (..., classes)."""

    def __init__(self, sizes: X3DSizes) -> None:
        super().__init__(
            nn.Linear(sizes.last, sizes.hidden, bias=False),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(sizes.hidden, sizes.classes),
        )


class UniX3dGlance(nn.Module):
    """The glance network with its two heads: a part of the prediction, and an answer of its own."""

    def __init__(self, sizes: X3DSizes) -> None:
        super().__init__()
        self.net = X3D(sizes)
        self.early = FrameHead(sizes)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Normalised frames (B, G, 3, side, side) to maps, their means, and two times logits (B, classes)."""
        maps = self.net.maps(frames)
        by_frame = maps.transpose(1, 2)
        vectors = by_frame.mean((3, 4))
        return by_frame, vectors, self.net.head.logits(maps), self.early(vectors).mean(1)


class UniX3dFocus(nn.Module):
    """The focus network on all patches of a video, and its part of the prediction."""

    def __init__(self, sizes: X3DSizes) -> None:
        super().__init__()
        self.net = X3D(sizes)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised patches (B, K, 3, P, P) to features (B, K, channels) and logits (B, classes)."""
        maps = self.net.maps(patches)
        return maps.mean((3, 4)).transpose(1, 2), self.net.head.logits(maps)


class UniAdaFocusX3d(nn.Module):
    """The networks and what joins them.

    Args:
        sizes: sizes of the networks.
        options: the rest; its ``divisor`` is not read.
    """

    def __init__(self, sizes: UniAdaFocusX3dSizes, options: UniOptions) -> None:
        super().__init__()
        self.sizes = sizes
        self.options = options
        self.glance = UniX3dGlance(sizes.glance)
        self.policy = UniPolicy(sizes.policy, look_of(options))
        self.focus = UniX3dFocus(sizes.focus)
        self.local_head = FrameHead(sizes.focus) if sizes.auxiliary else None

    def glance_pixels(self, frames: Tensor) -> Tensor:
        """Frames (B, G, 3, crop, crop) resized to what the glance network sees, half-pixel bilinear."""
        side = self.sizes.glance_side
        resized = functional.interpolate(frames.flatten(0, 1), (side, side), mode="bilinear")
        return resized.reshape(*frames.shape[:3], side, side)

    def forward(self, glance_frames: Tensor, candidates: Tensor) -> UniVideoOutput:
        """Normalised frames (B, G, 3, crop, crop) and (B, N, 3, crop, crop), each in order of time."""
        pixels = self.glance_pixels(glance_frames)
        maps, vectors, final, early = self.glance(pixels)
        choice = self.policy(maps, vectors)
        patches = patches_of(candidates, choice, self.options.patch)
        features, local = self.focus(patches)
        auxiliary = self.local_head(features).mean(1) if self.local_head else None
        return output_of(
            Glanced(pixels, maps, vectors, final, early),
            choice,
            patches,
            Focused(features, local, auxiliary),
        )
