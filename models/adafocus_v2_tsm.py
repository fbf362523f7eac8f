"""AdaFocusV2 for trimmed video (Wang et al., CVPR 2022): both networks with the temporal shift.

One place between the pixels serves all patches of a video; the policy has no memory.
"""

from dataclasses import dataclass, field

from torch import Tensor, nn

from models.interpolate import interpolate
from models.map_encoder import EncoderSizes, map_encoder
from models.mobilenet_v2 import MobileNetV2Channels
from models.place import ContinuousPlace
from models.streams import FocusStream, GlanceStream, SumOfMeans


@dataclass(frozen=True, slots=True)
class AdaFocusV2TsmSizes:
    """Everything about a network that its weights tell.

    Attributes:
        glance: channels of the glance network.
        encoder: of the policy's first layers; its channels are those of all the video's maps.
        policy_hidden: length of the policy's last hidden layer.
        focus_base: base width of the focus network.
        classes: number of classes.
        auxiliary: whether the heads that only training needs are there.
    """

    glance: MobileNetV2Channels = field(default_factory=MobileNetV2Channels)
    encoder: EncoderSizes = field(default_factory=lambda: EncoderSizes(channels=10240))
    policy_hidden: int = 512
    focus_base: int = 64
    classes: int = 174
    auxiliary: bool = False

    @property
    def crop(self) -> int:
        """Side of a frame in pixels: the glance network divides it by 32."""
        return self.encoder.map_side * 32

    @property
    def glance_frames(self) -> int:
        """Frames of a glance: as many as the policy takes maps."""
        return self.encoder.channels // self.glance.last


@dataclass(frozen=True, slots=True)
class AdaFocusV2TsmOptions:
    """What no checkpoint tells.

    Attributes:
        patch: side P of a patch in pixels.
        focus_frames: patches of a video; None for one and a half times the glance frames, as published.
        divisor: of the temporal shift.
    """

    patch: int
    focus_frames: int | None = None
    divisor: int = 8


@dataclass(frozen=True, slots=True)
class AdaFocusV2TsmOutput:
    """Every array on the way to a prediction; B videos, 8 glance and 12 focus frames, P x P patches.

    Attributes:
        glance_input: glance frames on the channel axis (B, 8 * 3, crop, crop).
        focus_input: focus frames in the same form (B, 12 * 3, crop, crop).
        gvec: means of the glance maps (B, 8, 1280).
        gmap: glance maps (B, 8, 1280, 7, 7).
        policy_hidden: the policy's last hidden layer (B, hidden).
        policy_logits: scores of (y, x) (B, 2).
        actions: (y, x) in 0..1 (B, 2).
        corners: (y, x) of the first pixel of all patches of a video (B, 2), in pixels, with fractions.
        patches: normalised patches (B, 12, 3, P, P).
        local: focus features (B, 12, 2048).
        glance_logits: logits of the glance (B, 8, classes).
        local_logits: logits of the focus (B, 12, classes).
        pred: the prediction (B, classes).
        global_aux: mean auxiliary logits of the glance (B, classes); None where the head was not kept.
        local_aux: those of the focus.
    """

    glance_input: Tensor
    focus_input: Tensor
    gvec: Tensor
    gmap: Tensor
    policy_hidden: Tensor
    policy_logits: Tensor
    actions: Tensor
    corners: Tensor
    patches: Tensor
    local: Tensor
    glance_logits: Tensor
    local_logits: Tensor
    pred: Tensor
    global_aux: Tensor | None
    local_aux: Tensor | None


class StackedPolicy(nn.Sequential):
    """Three layers and a linear one on all glance maps of a video; scores are given before the sigmoid."""

    def __init__(self, encoder: EncoderSizes, hidden: int) -> None:
        super().__init__(
            *map_encoder(encoder, nn.Tanh),
            nn.Linear(encoder.encoded, hidden),
            nn.BatchNorm1d(hidden),
            nn.Tanh(),
            nn.Linear(hidden, 2),
        )

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Maps (B, T, channels, side, side) to scores of (y, x) (B, 2) and the last hidden layer."""
        hidden = maps.flatten(1, 2)
        *layers, last = self
        for layer in layers:
            hidden = layer(hidden)
        return last(hidden), hidden


class AdaFocusV2Tsm(nn.Module):
    """The networks and what joins them.

    Args:
        sizes: sizes of the networks.
        options: the rest.
    """

    def __init__(self, sizes: AdaFocusV2TsmSizes, options: AdaFocusV2TsmOptions) -> None:
        super().__init__()
        self.sizes = sizes
        self.options = options
        self.focus_frames = options.focus_frames or sizes.glance_frames * 3 // 2
        self.glance = GlanceStream(sizes.glance, sizes.classes, sizes.glance_frames, options.divisor)
        self.policy = StackedPolicy(sizes.encoder, sizes.policy_hidden)
        self.place = ContinuousPlace(sizes.crop - options.patch, whole=False)
        self.focus = FocusStream(sizes.focus_base, sizes.classes, self.focus_frames, options.divisor)
        self.classifier = SumOfMeans()
        self.global_head = nn.Linear(sizes.glance.last, sizes.classes) if sizes.auxiliary else None
        self.local_head = nn.Linear(self.focus.net.channels, sizes.classes) if sizes.auxiliary else None

    def forward(self, glance_frames: Tensor, focus_frames: Tensor) -> AdaFocusV2TsmOutput:
        """Normalised frames (B, 8, 3, crop, crop) and (B, 12, 3, crop, crop), in order of time."""
        maps, vectors, glance_logits = self.glance(glance_frames)
        scores, hidden = self.policy(maps)
        actions, corners = self.place(scores)
        each = corners.repeat_interleave(self.focus_frames, 0)
        patches = interpolate(focus_frames.flatten(0, 1), each, self.options.patch)
        patches = patches.reshape(-1, self.focus_frames, *patches.shape[1:])
        local, local_logits = self.focus(patches)
        return AdaFocusV2TsmOutput(
            glance_input=glance_frames.flatten(1, 2),
            focus_input=focus_frames.flatten(1, 2),
            gvec=vectors,
            gmap=maps,
            policy_hidden=hidden,
            policy_logits=scores,
            actions=actions,
            corners=corners,
            patches=patches,
            local=local,
            glance_logits=glance_logits,
            local_logits=local_logits,
            pred=self.classifier(glance_logits, local_logits),
            global_aux=self.global_head(vectors).mean(1) if self.global_head else None,
            local_aux=self.local_head(local).mean(1) if self.local_head else None,
        )
