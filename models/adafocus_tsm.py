"""AdaFocus for trimmed video (Wang et al., ICCV 2021, section 4.2): both networks with the temporal shift.

The glance network answers too; one place serves all patches of a video.
"""

from dataclasses import dataclass, field

from torch import Tensor, nn

from models.adafocus import cut
from models.adafocus_tsm_policy import VideoPolicy, VideoPolicySizes
from models.mobilenet_v2 import MobileNetV2Channels
from models.place import ContinuousPlace, DiscretePlace, Place
from models.streams import FocusStream, GlanceStream, SumOfMeans

CONTINUOUS_OUTPUTS = 2


@dataclass(frozen=True, slots=True)
class AdaFocusTsmSizes:
    """Everything about a network that its weights tell.

    Attributes:
        glance: channels of the glance network.
        policy: sizes of the policy.
        focus_base: base width of the focus network.
        classes: number of classes.
    """

    glance: MobileNetV2Channels = field(default_factory=MobileNetV2Channels)
    policy: VideoPolicySizes = field(default_factory=VideoPolicySizes)
    focus_base: int = 64
    classes: int = 174

    @property
    def crop(self) -> int:
        """Side of a frame in pixels: the glance network divides it by 32."""
        return self.policy.encoder.map_side * 32

    @property
    def glance_frames(self) -> int:
        """Frames of a glance: as many as the policy takes maps."""
        return self.policy.encoder.channels // self.glance.last


@dataclass(frozen=True, slots=True)
class AdaFocusTsmOptions:
    """What no checkpoint tells.

    Attributes:
        patch: side P of a patch in pixels.
        focus_frames: patches of a video; None for one and a half times the glance frames, as published.
        divisor: of the temporal shift.
        with_glance: whether the glance has a say in the answer.
    """

    patch: int
    focus_frames: int | None = None
    divisor: int = 8
    with_glance: bool = True


@dataclass(frozen=True, slots=True)
class AdaFocusTsmOutput:
    """Every array on the way to a prediction; B videos, 8 glance and 12 focus frames, P x P patches.

    Attributes:
        glance_input: glance frames on the channel axis (B, 8 * 3, crop, crop).
        focus_input: focus frames in the same form (B, 12 * 3, crop, crop).
        gmap: glance maps (B, 8, 1280, 7, 7).
        glance_logits: logits of the glance (B, 8, classes).
        policy_hidden: state of the policy (B, 1, hidden).
        policy_logits: its scores (B, 1, outputs).
        actions: (y, x) in 0..1 (B, 1, 2), or the place chosen (B, 1).
        corners: corner (y, x) of all patches of a video, in pixels (B, 1, 2).
        patches: normalised patches (B, 12, 3, P, P).
        local: focus features (B, 12, 2048).
        local_logits: logits of the focus (B, 12, classes).
        pred: the prediction (B, classes).
    """

    glance_input: Tensor
    focus_input: Tensor
    gmap: Tensor
    glance_logits: Tensor
    policy_hidden: Tensor
    policy_logits: Tensor
    actions: Tensor
    corners: Tensor
    patches: Tensor
    local: Tensor
    local_logits: Tensor
    pred: Tensor


class AdaFocusTsm(nn.Module):
    """The networks and what joins them.

    Args:
        sizes: sizes of the networks.
        options: the rest.
    """

    def __init__(self, sizes: AdaFocusTsmSizes, options: AdaFocusTsmOptions) -> None:
        super().__init__()
        self.sizes = sizes
        self.options = options
        self.focus_frames = options.focus_frames or sizes.glance_frames * 3 // 2
        self.glance = GlanceStream(sizes.glance, sizes.classes, sizes.glance_frames, options.divisor)
        self.policy = VideoPolicy(sizes.policy)
        self.place = _place(sizes, options.patch)
        self.focus = FocusStream(sizes.focus_base, sizes.classes, self.focus_frames, options.divisor)
        self.classifier = SumOfMeans(options.with_glance)

    def forward(self, glance_frames: Tensor, focus_frames: Tensor) -> AdaFocusTsmOutput:
        """Normalised frames (B, 8, 3, crop, crop) and (B, 12, 3, crop, crop), in order of time."""
        maps, _, glance_logits = self.glance(glance_frames)
        scores, state = self.policy(maps)
        actions, corners = self.place(scores)
        each = corners.repeat_interleave(self.focus_frames, 0).long()
        patches = cut(focus_frames.flatten(0, 1), each, self.options.patch)
        patches = patches.reshape(-1, self.focus_frames, *patches.shape[1:])
        local, local_logits = self.focus(patches)
        return AdaFocusTsmOutput(
            glance_input=glance_frames.flatten(1, 2),
            focus_input=focus_frames.flatten(1, 2),
            gmap=maps,
            glance_logits=glance_logits,
            policy_hidden=state[:, None],
            policy_logits=scores[:, None],
            actions=actions[:, None],
            corners=corners[:, None].long(),
            patches=patches,
            local=local,
            local_logits=local_logits,
            pred=self.classifier(glance_logits, local_logits),
        )


def _place(sizes: AdaFocusTsmSizes, patch: int) -> Place:
    if sizes.policy.outputs == CONTINUOUS_OUTPUTS:
        return ContinuousPlace(sizes.crop - patch, whole=True)
    return DiscretePlace(sizes.policy.outputs, sizes.crop, patch)
