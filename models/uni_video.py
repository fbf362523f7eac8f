"""What Uni-AdaFocus's two systems that look at a video as a whole share: one rectangle, a sum of answers."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.uni_adafocus import UniOptions, chosen_patches
from models.uni_policy import Choice, UniLook, UniPolicySizes

FACTOR = 3
"""Candidates for each focus frame, as published."""


@dataclass(frozen=True, slots=True)
class UniVideoOutput:
    """Every array on the way to a prediction; B videos, G glance and K focus frames, P x P patches.

    Attributes:
        glance_input: what the glance network sees (B, G, 3, side, side).
        global_featmap: glance maps (B, G, channels, side, side).
        global_feat: their means (B, G, channels).
        action: what the spatial policy says, (y, x, height, width) in 0..1 (B, 4).
        rect_yxhw: the rectangle in pixels (B, 4).
        frame_weights: what the temporal policy says (B, G).
        focus_index_real: real numbers that the chosen frames are floors of (B, K).
        focus_index: the chosen candidates, in order of time (B, K).
        patch: normalised patches (B, K, 3, P, P).
        local_feat: focus features (B, K, features).
        global_final_logits: the glance's part of the prediction (B, classes).
        local_final_logits: the focus's part (B, classes).
        global_avg_logits: the answer after the glance, from a head of its own (B, classes).
        local_avg_logits: the same of the focus, which only training needs (B, classes), where it is there.
        exit_logits: the answers at which a video may leave (B, 2, classes).
        logits: the prediction (B, classes).
    """

    glance_input: Tensor
    global_featmap: Tensor
    global_feat: Tensor
    action: Tensor
    rect_yxhw: Tensor
    frame_weights: Tensor
    focus_index_real: Tensor
    focus_index: Tensor
    patch: Tensor
    local_feat: Tensor
    global_final_logits: Tensor
    local_final_logits: Tensor
    global_avg_logits: Tensor
    local_avg_logits: Tensor | None
    exit_logits: Tensor
    logits: Tensor


@dataclass(frozen=True, slots=True)
class Glanced:
    """What the glance network gives: maps, their means, its part of the prediction, its own answer."""

    pixels: Tensor
    maps: Tensor
    vectors: Tensor
    final: Tensor
    early: Tensor


@dataclass(frozen=True, slots=True)
class Focused:
    """What the focus network gives: features, its part of the prediction, its auxiliary answer."""

    features: Tensor
    final: Tensor
    auxiliary: Tensor | None


def look_of(options: UniOptions) -> UniLook:
    """What the policies of these systems choose among."""
    candidates = options.candidates or FACTOR * options.focus_frames
    return UniLook(candidates, options.focus_frames, options.crop, options.smallest)


def patches_of(frames: Tensor, choice: Choice, side: int) -> Tensor:
    """The video's rectangle of each chosen candidate (B, K, 3, side, side)."""
    boxes = choice.rectangles.unsqueeze(1).expand(-1, choice.frames.shape[1], -1)
    return chosen_patches(frames, choice.frames, boxes, side)


def output_of(glanced: Glanced, choice: Choice, patches: Tensor, focused: Focused) -> UniVideoOutput:
    """Put the parts together."""
    logits = glanced.final + focused.final
    return UniVideoOutput(
        glance_input=glanced.pixels,
        global_featmap=glanced.maps,
        global_feat=glanced.vectors,
        action=choice.action,
        rect_yxhw=choice.rectangles,
        frame_weights=choice.weights,
        focus_index_real=choice.real,
        focus_index=choice.frames,
        patch=patches,
        local_feat=focused.features,
        global_final_logits=glanced.final,
        local_final_logits=focused.final,
        global_avg_logits=glanced.early,
        local_avg_logits=focused.auxiliary,
        exit_logits=torch.stack([glanced.early, logits], 1),
        logits=logits,
    )


def video_sizes(sizes: UniPolicySizes) -> UniPolicySizes:
    """The same sizes, refused where the policy is of the system with an action a frame.

    Raises:
        ValueError: it is.
    """
    if sizes.each_frame or sizes.glance_frames < 2:
        raise ValueError("spatial_policy.encoder.9.weight")
    return sizes


class Sum(nn.Module):
    """The whole form of the classifier: the glance's and the focus's part of the prediction added."""

    def forward(self, glance: Tensor, focus: Tensor) -> Tensor:
        """(B, classes) and (B, classes) to (B, classes)."""
        return glance + focus


class PassOn(nn.Module):
    """The form that answers after the glance: the glance network's own answer as it is."""

    def forward(self, early: Tensor) -> Tensor:
        """(B, classes) to the same, as a tensor of its own."""
        return early + 0.0
