"""AdaFocusV2 for untrimmed video (Wang et al., CVPR 2022): places between pixels, an answer after each frame.

The glance network is a MobileNetV2 on whole frames, or a ResNet-50 on frames made smaller.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from models.adafocus_v2_policy import PlacePolicy, PlacePolicySizes
from models.focus import focus_network
from models.input_order import bisection_order
from models.interpolate import glance_pixels, interpolate
from models.mobilenet_v2 import MobileNetV2, MobileNetV2Channels
from models.place import ContinuousPlace
from models.resnet import ResNet50
from models.running_max import RunningMaxClassifier


@dataclass(frozen=True, slots=True)
class AdaFocusV2Sizes:
    """Everything about a network that its weights tell.

    Attributes:
        glance: channels of a MobileNetV2, or the base width of a ResNet-50.
        policy: sizes of the policy.
        focus_base: base width of the focus network, or, which was never published, the channels of a
            MobileNetV2 in its place.
        classifier_width: outputs of the classifier's shared layer.
        classes: number of classes.
        steps: frames of a video: the classifier has a layer for each.
        auxiliary: whether the heads that only training needs are there.
    """

    glance: MobileNetV2Channels | int = field(default_factory=MobileNetV2Channels)
    policy: PlacePolicySizes = field(default_factory=PlacePolicySizes)
    focus_base: int | MobileNetV2Channels = 64
    classifier_width: int = 4096
    classes: int = 200
    steps: int = 16
    auxiliary: bool = False

    @property
    def glance_side(self) -> int:
        """Side of what the glance network sees, in pixels: it divides it by 32."""
        return self.policy.encoder.map_side * 32


@dataclass(frozen=True, slots=True)
class AdaFocusV2Options:
    """What no checkpoint tells.

    Attributes:
        patch: side P of a patch in pixels.
        crop: side of a frame in pixels.
        bisect: whether frames enter middle, first, last and then by midpoints (as every published model was
            trained) or in order of time.
    """

    patch: int
    crop: int = 224
    bisect: bool = True


@dataclass(frozen=True, slots=True)
class AdaFocusV2Output:
    """Every array on the way to a prediction, in the order of entering but for ``input``.

    B videos, T frames, P x P patches.

    Attributes:
        input: frames on the channel axis, in order of time (B, T * 3, crop, crop).
        order: the frame that enters at each step (T).
        glance_input: what the glance network sees (B, T, 3, side, side).
        gmap: glance maps (B, T, c, side / 32, side / 32).
        gvec: their means (B, T, c).
        policy_encoded: encoded maps (B, T, encoded).
        policy_hidden: state of the policy after each frame (B, T, hidden).
        policy_logits: scores of (y, x) (B, T, 2).
        actions: (y, x) in 0..1 (B, T, 2).
        corners: (y, x) of a patch's first pixel (B, T, 2), in pixels, with fractions.
        patches: normalised patches (B, T, 3, P, P).
        local: focus features (B, T, 2048).
        mlp: outputs of the classifier's shared layer (B, T, width).
        global_logits: auxiliary logits of the glance (B, T, classes); None where the head was not kept.
        local_logits: those of the focus.
        logits: logits of stopping after each step (B, T, classes).
        pred: the prediction: the last of them (B, classes).
    """

    input: Tensor
    order: Tensor
    glance_input: Tensor
    gmap: Tensor
    gvec: Tensor
    policy_encoded: Tensor
    policy_hidden: Tensor
    policy_logits: Tensor
    actions: Tensor
    corners: Tensor
    patches: Tensor
    local: Tensor
    mlp: Tensor
    global_logits: Tensor | None
    local_logits: Tensor | None
    logits: Tensor
    pred: Tensor


class Glance(nn.Module):
    """The glance network: to a map and its mean."""

    def __init__(self, sizes: MobileNetV2Channels | int) -> None:
        super().__init__()
        self.net: MobileNetV2 | ResNet50
        if isinstance(sizes, int):
            self.net = ResNet50(sizes)
            self.channels = self.net.channels
        else:
            self.net = MobileNetV2(sizes)
            self.channels = sizes.last

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised frames (n, 3, side, side) to maps (n, c, side / 32, side / 32) and vectors (n, c)."""
        maps: Tensor = self.net.maps(pixels) if isinstance(self.net, ResNet50) else self.net(pixels)
        return maps, maps.mean((2, 3))


class AdaFocusV2(nn.Module):
    """The networks and what joins them.

    Args:
        sizes: sizes of the networks.
        options: the rest.

    Raises:
        ValueError: fewer than 3 steps in bisection order.
    """

    def __init__(self, sizes: AdaFocusV2Sizes, options: AdaFocusV2Options) -> None:
        super().__init__()
        self.sizes = sizes
        self.options = options
        self.order = bisection_order(sizes.steps) if options.bisect else tuple(range(sizes.steps))
        self.glance = Glance(sizes.glance)
        self.policy = PlacePolicy(sizes.policy)
        self.place = ContinuousPlace(options.crop - options.patch, whole=False)
        self.focus = focus_network(sizes.focus_base)
        features = self.glance.channels + self.focus.channels
        self.classifier = RunningMaxClassifier(features, sizes.classifier_width, sizes.classes, sizes.steps)
        self.global_head = nn.Linear(self.glance.channels, sizes.classes) if sizes.auxiliary else None
        self.local_head = nn.Linear(self.focus.channels, sizes.classes) if sizes.auxiliary else None

    def glance_pixels(self, frames: Tensor) -> Tensor:
        """Frames (n, 3, crop, crop) to what the glance network sees of them (n, 3, side, side)."""
        return glance_pixels(frames, self.sizes.glance_side)

    def forward(self, frames: Tensor) -> AdaFocusV2Output:
        """Normalised frames (B, T, 3, crop, crop), in order of time, to everything."""
        count = frames.shape[1]
        ordered = frames[:, list(self.order)].flatten(0, 1)
        pixels = self.glance_pixels(ordered)
        maps, vectors = (by_video(part, count) for part in self.glance(pixels))
        scores, states, encoded = self.policy(maps)
        actions, corners = self.place(scores)
        patches = interpolate(ordered, corners.flatten(0, 1), self.options.patch)
        local = by_video(self.focus(patches), count)
        shared = self.classifier.shared(torch.cat([vectors, local], 2))
        answers = self.classifier.answers(shared)
        return AdaFocusV2Output(
            input=frames.flatten(1, 2),
            order=torch.tensor(self.order, device=frames.device),
            glance_input=by_video(pixels, count),
            gmap=maps,
            gvec=vectors,
            policy_encoded=encoded,
            policy_hidden=states,
            policy_logits=scores,
            actions=actions,
            corners=corners,
            patches=by_video(patches, count),
            local=local,
            mlp=shared,
            global_logits=self.global_head(vectors) if self.global_head else None,
            local_logits=self.local_head(local) if self.local_head else None,
            logits=answers,
            pred=answers[:, -1],
        )


def by_video(frames: Tensor, count: int) -> Tensor:
    """(B * count, ...) to (B, count, ...)."""
    return frames.reshape(-1, count, *frames.shape[1:])
