"""Uni-AdaFocus for untrimmed video (Wang et al., 2024): MobileNetV2, policies, ResNet-50, running maxima."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from models.mobilenet_v2 import MobileNetV2, MobileNetV2Channels
from models.resample import resample
from models.resnet import ResNet50
from models.uni_classifier import UniClassifier
from models.uni_policy import UniLook, UniPolicy, UniPolicySizes, glance_positions


@dataclass(frozen=True, slots=True)
class UniAdaFocusSizes:
    """Everything about a network that its weights tell.

    Attributes:
        glance: channels of the glance network.
        policy: sizes of both policies.
        focus_base: base width of the focus network.
        focus_frames: focus steps K.
        embedding: length of an embedded feature.
        classes: number of classes.
        auxiliary: whether the heads on single frames, which only training needs, are there.
    """

    glance: MobileNetV2Channels = field(default_factory=MobileNetV2Channels)
    policy: UniPolicySizes = field(default_factory=UniPolicySizes)
    focus_base: int = 64
    focus_frames: int = 16
    embedding: int = 4096
    classes: int = 200
    auxiliary: bool = False


@dataclass(frozen=True, slots=True)
class UniOptions:
    """What no checkpoint of the family tells.

    Attributes:
        patch: side P of what the focus network sees.
        candidates: candidate frames N; None for three times the glance frames, or, where the glance has a
            list of frames of its own, three times the focus frames.
        focus_frames: frames to choose K, for the systems whose weights do not tell it.
        divisor: of the temporal shift, for the systems that have one.
        crop: side of a frame in pixels.
        smallest: smallest side of a rectangle in pixels.
    """

    patch: int = 128
    candidates: int | None = None
    focus_frames: int = 12
    divisor: int = 8
    crop: int = 224
    smallest: int = 96


@dataclass(frozen=True, slots=True)
class UniAdaFocusOutput:
    """Every array on the way to a prediction; B videos, G glance and K focus frames, P x P patches.

    Attributes:
        glance_positions: candidates that are glance frames (G).
        global_featmap: glance maps (B, G, 1280, 7, 7).
        global_feat: their means (B, G, 1280).
        frame_logits_global: auxiliary answers of the glance frames (B, G, classes), where there are any.
        action: what the spatial policy says, (y, x, height, width) in 0..1 (B, G, 4).
        frame_weights: what the temporal policy says (B, G).
        focus_index_real: real numbers that the chosen frames are floors of (B, K).
        focus_index: the chosen candidates, in order of time (B, K).
        focus_action: action at each of them (B, K, 4).
        focus_rect_yxhw: rectangle of each in pixels (B, K, 4).
        patch: normalised patches (B, K, 3, P, P).
        local_feat: focus features (B, K, 2048).
        frame_logits_local: auxiliary answers of the patches (B, K, classes), where there are any.
        step_logits: answers of the glance steps, then of the focus steps (B, G + K, classes).
        exit_logits: those at which a video may leave: after the glance, then after each patch
            (B, 1 + K, classes).
        logits: the prediction (B, classes).
    """

    glance_positions: Tensor
    global_featmap: Tensor
    global_feat: Tensor
    frame_logits_global: Tensor | None
    action: Tensor
    frame_weights: Tensor
    focus_index_real: Tensor
    focus_index: Tensor
    focus_action: Tensor
    focus_rect_yxhw: Tensor
    patch: Tensor
    local_feat: Tensor
    frame_logits_local: Tensor | None
    step_logits: Tensor
    exit_logits: Tensor
    logits: Tensor


class UniAdaFocus(nn.Module):
    """The networks and what joins them.

    Args:
        sizes: sizes of the networks.
        options: the rest; its ``focus_frames`` is not read.

    Raises:
        ValueError: the candidates do not fall into equal runs around the glance frames.
    """

    def __init__(self, sizes: UniAdaFocusSizes, options: UniOptions) -> None:
        super().__init__()
        self.sizes = sizes
        self.options = options
        glances, steps = sizes.policy.glance_frames, sizes.focus_frames
        candidates = options.candidates or 3 * glances
        self.positions = glance_positions(glances, candidates)
        self.glance = MobileNetV2(sizes.glance)
        look = UniLook(candidates, steps, options.crop, options.smallest)
        self.policy = UniPolicy(sizes.policy, look)
        self.focus = ResNet50(sizes.focus_base)
        self.classifier = UniClassifier(
            sizes.glance.last, self.focus.channels, sizes.embedding, sizes.classes, glances, steps
        )
        self.global_head = nn.Linear(sizes.glance.last, sizes.classes) if sizes.auxiliary else None
        self.local_head = nn.Linear(self.focus.channels, sizes.classes) if sizes.auxiliary else None

    def forward(self, frames: Tensor) -> UniAdaFocusOutput:
        """Normalised candidate frames (B, N, 3, crop, crop), in order of time, to everything."""
        glances = len(self.positions)
        maps = self.glance(frames[:, list(self.positions)].flatten(0, 1)).unflatten(0, (-1, glances))
        vectors = maps.mean((3, 4))
        choice = self.policy(maps, vectors)
        patches = self.patches(frames, choice.frames, choice.rectangles)
        local = self.focus(patches.flatten(0, 1)).unflatten(0, patches.shape[:2])
        answers = self.classifier(vectors, local)
        return UniAdaFocusOutput(
            glance_positions=torch.tensor(self.positions, device=frames.device),
            global_featmap=maps,
            global_feat=vectors,
            frame_logits_global=self.global_head(vectors) if self.global_head else None,
            action=choice.action,
            frame_weights=choice.weights,
            focus_index_real=choice.real,
            focus_index=choice.frames,
            focus_action=choice.focus_action,
            focus_rect_yxhw=choice.rectangles,
            patch=patches,
            local_feat=local,
            frame_logits_local=self.local_head(local) if self.local_head else None,
            step_logits=answers,
            exit_logits=answers[:, glances - 1 :],
            logits=answers[:, -1],
        )

    def patches(self, frames: Tensor, chosen: Tensor, boxes: Tensor) -> Tensor:
        """What the focus network sees: rectangles of the chosen frames (B, K, 3, P, P)."""
        return chosen_patches(frames, chosen, boxes, self.options.patch)


def chosen_patches(frames: Tensor, chosen: Tensor, boxes: Tensor, side: int) -> Tensor:
    """Cut a rectangle from each chosen frame of each video.

    Args:
        frames: candidates (B, N, 3, h, w).
        chosen: their numbers (B, K).
        boxes: top, left, height, width of each (B, K, 4).
        side: of a patch.

    Returns:
        (B, K, 3, side, side).
    """
    videos = torch.arange(frames.shape[0], device=frames.device)[:, None]
    looked = frames[videos, chosen].flatten(0, 1)
    return resample(looked, boxes.flatten(0, 1), side).reshape(*chosen.shape, -1, side, side)
