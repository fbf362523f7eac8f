"""AdaFocus for untrimmed video (Wang et al., ICCV 2021): MobileNetV2, recurrent policy, ResNet-50.

Inference only uses what is here; the critic and the second copy of the policy belong to training.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from models.classifier import Classifier, GruClassifier, MeanClassifier
from models.focus import focus_network
from models.interpolate import glance_pixels
from models.mobilenet_v2 import MobileNetV2, MobileNetV2Channels
from models.places import corner_table
from models.policy import GruPolicy, PolicySizes


@dataclass(frozen=True, slots=True)
class AdaFocusSizes:
    """Everything about a network that its weights tell.

    Attributes:
        glance: channels of the glance network.
        policy: sizes of the policy.
        focus_base: base width of the focus network, or, which was never published, the channels of a
            MobileNetV2 in its place.
        classifier_hidden: state of the recurrent classifier; None for the mean of the frames' probabilities.
        classes: number of classes.
    """

    glance: MobileNetV2Channels = field(default_factory=MobileNetV2Channels)
    policy: PolicySizes = field(default_factory=PolicySizes)
    focus_base: int | MobileNetV2Channels = 64
    classifier_hidden: int | None = 1024
    classes: int = 200

    @property
    def glance_side(self) -> int:
        """Side of what the glance network sees, in pixels: it divides it by 32."""
        return self.policy.map_side * 32


@dataclass(frozen=True, slots=True)
class AdaFocusOutput:
    """Every array on the way to a prediction; B videos, T frames, P x P patches.

    Attributes:
        gmap: glance maps (B, T, 1280, 7, 7).
        gvec: their means (B, T, 1280).
        policy_hidden: state of the policy after each frame (B, T, hidden).
        policy_logits: scores of the places (B, T, candidates).
        actions: place chosen for each frame (B, T).
        corners: its corner (y, x) in pixels (B, T, 2).
        patches: normalised patches (B, T, 3, P, P).
        local: focus features (B, T, 2048).
        answers: answer of stopping after each frame (B, T, classes).
        logits: what the published classifier returns first: all answers, video-major (B * T, classes), or
            with the mean consensus the last ones (B, classes).
        pred: the published prediction (B, classes): the last logits, or with the mean consensus the mean
            probabilities.
    """

    gmap: Tensor
    gvec: Tensor
    policy_hidden: Tensor
    policy_logits: Tensor
    actions: Tensor
    corners: Tensor
    patches: Tensor
    local: Tensor
    answers: Tensor
    logits: Tensor
    pred: Tensor


class AdaFocus(nn.Module):
    """The four networks and what joins them.

    Args:
        sizes: sizes of the networks.
        patch: side P of a patch in pixels.
        crop: side of a frame in pixels; None, as published, for that of a glance. The glance network sees
            larger frames made smaller.
    """

    corners: Tensor

    def __init__(self, sizes: AdaFocusSizes, patch: int, crop: int | None = None) -> None:
        super().__init__()
        self.sizes = sizes
        self.patch = patch
        self.crop = crop or sizes.glance_side
        self.glance = MobileNetV2(sizes.glance)
        self.policy = GruPolicy(sizes.policy)
        self.focus = focus_network(sizes.focus_base)
        self.classifier = _classifier(sizes, sizes.glance.last + self.focus.channels)
        table = corner_table(sizes.policy.candidates, self.crop, patch)
        self.register_buffer("corners", table, persistent=False)

    def glance_pixels(self, frames: Tensor) -> Tensor:
        """Frames (n, 3, crop, crop) to what the glance network sees of them (n, 3, side, side)."""
        return glance_pixels(frames, self.sizes.glance_side)

    def forward(self, frames: Tensor) -> AdaFocusOutput:
        """Normalised frames (B, T, 3, crop, crop), in order of time, to everything."""
        count = frames.shape[1]
        flat = frames.flatten(0, 1)
        gmap = self.glance(self.glance_pixels(flat)).unflatten(0, (-1, count))
        gvec = gmap.mean((3, 4))
        scores, states = self.policy(gmap)
        actions = scores.argmax(2)
        corners = self.corners[actions]
        patches = cut(flat, corners.flatten(0, 1), self.patch)
        local = self.focus(patches).unflatten(0, (-1, count))
        answers = self.classifier(torch.cat([gvec, local], 2))
        last = answers[:, -1]
        recurrent = self.sizes.classifier_hidden is not None
        return AdaFocusOutput(
            gmap=gmap,
            gvec=gvec,
            policy_hidden=states,
            policy_logits=scores,
            actions=actions,
            corners=corners,
            patches=patches.reshape(-1, count, *patches.shape[1:]),
            local=local,
            answers=answers,
            logits=answers.flatten(0, 1) if recurrent else last,
            pred=last if recurrent else last.exp(),
        )


def cut(frames: Tensor, corners: Tensor, patch: int) -> Tensor:
    """Cut one patch from each frame.

    Args:
        frames: (N, channels, h, w).
        corners: (N, 2) whole numbers, (y, x).
        patch: side in pixels.
    """
    places = zip(frames, corners.tolist(), strict=True)
    return torch.stack([frame[:, y : y + patch, x : x + patch] for frame, (y, x) in places])


def _classifier(sizes: AdaFocusSizes, features: int) -> Classifier:
    if sizes.classifier_hidden is None:
        return MeanClassifier(features, sizes.classes)
    return GruClassifier(features, sizes.classifier_hidden, sizes.classes)
