"""AdaFocusV2 for untrimmed video: from a published checkpoint to a bundle."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from export.choices import frame_side, needed, not_taken, told
from export.compare import Wanted
from export.cost import each_step
from export.draft import Draft, export_draft, glance_pixels, square
from export.frame_specs import FrameParts, frame_specs
from export.reading import read_for
from export.request import ExportRequest, Progress
from export.transform import preprocessing
from foveate.bundle.manifest import Plan, Sampling
from foveate.bundle.vocabulary import Order, PixelOperation, SamplingRule
from models.adafocus_v2 import AdaFocusV2, AdaFocusV2Options, AdaFocusV2Sizes
from models.adafocus_v2_checkpoint import AdaFocusV2Checkpoint, read_adafocus_v2
from models.adafocus_v2_policy import COORDINATES, PlacePolicySizes
from models.map_encoder import EncoderSizes
from models.mobilenet_v2 import MobileNetV2Channels

SYSTEM = "adafocus-v2"
PATCHES = (96, 128, 160)
CROP = 224
"""Side of a frame in pixels where the glance network sees it made smaller."""
_SMALL_GLANCE = {96: 24.8e9, 128: 34.1e9, 160: 46.1e9}
_WHOLE_GLANCE = {96: 17.6e9, 128: 27.0e9, 160: 39.0e9, 192: 53.6e9}
"""Multiply-adds of a video as published, by the glance network: a ResNet-50 on small frames or not."""


def export_adafocus_v2(request: ExportRequest, progress: Progress) -> Path:
    """Export a checkpoint in the published layout, with either glance network.

    Returns:
        Folder of the bundle. It has no exits: thresholds are solved on videos of one's own.

    Raises:
        CheckpointError: the checkpoint cannot be read, or the choices do not fit it.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    _patch(request)
    return export_checkpoint(read_for(request, progress, read_adafocus_v2), request, progress)


def export_checkpoint(checkpoint: AdaFocusV2Checkpoint, request: ExportRequest, progress: Progress) -> Path:
    """Export weights that have been read; see ``export_adafocus_v2``."""
    patch = _patch(request)
    told(request.frames, "frames", "--frames", checkpoint.sizes.steps)
    small = isinstance(checkpoint.sizes.glance, int)
    crop = frame_side(request.crop, CROP if small else checkpoint.sizes.glance_side)
    model = checkpoint.build(AdaFocusV2Options(patch, crop))
    return export_draft(draft(model, checkpoint.sha256), request, progress)


def _patch(request: ExportRequest) -> int:
    not_taken(request.glance_frames, "--glance-frames", SYSTEM)
    not_taken(request.focus_frames, "--focus-frames", SYSTEM)
    return needed(request.patch, "patch side", "--patch", PATCHES)


def draft(model: AdaFocusV2, sha256: str | None) -> Draft:
    """A bundle of a network."""
    sizes, options = model.sizes, model.options
    side, patch = sizes.glance_side, options.patch
    glance = "res50" if isinstance(sizes.glance, int) else "mbv2"
    return Draft(
        system=SYSTEM,
        name=f"{SYSTEM}-{glance}-p{patch}",
        description=(
            f"AdaFocusV2: {sizes.steps} frames, one patch of {patch} x {patch} a frame, between the pixels; "
            f"glance by {glance} at {side}, {sizes.classes} classes"
        ),
        classes=sizes.classes,
        checkpoint_sha256=sha256,
        options={"patch": patch, "frames": sizes.steps, "glance": glance, "bisect": options.bisect},
        sampling=Sampling(rule=SamplingRule.CENTRES_REPEAT_LAST, counts=(sizes.steps,)),
        preprocessing=preprocessing(options.crop),
        plan=_plan(model),
        pixels={
            "glance": glance_pixels(side, options.crop),
            "focus": square(PixelOperation.BILINEAR, patch),
        },
        specs=frame_specs(_parts(model)),
        nominal=each_step,
        forward=lambda pixels: _forward(model, pixels),
        published=_published(sizes, patch),
    )


def _parts(model: AdaFocusV2) -> FrameParts:
    sizes, encoder = model.sizes, model.sizes.policy.encoder
    return FrameParts(
        glance=model.glance.net,
        glance_side=sizes.glance_side,
        glance_map=(encoder.channels, encoder.map_side, encoder.map_side),
        policy=model.policy,
        hidden=sizes.policy.hidden,
        scores=COORDINATES,
        place=model.place,
        focus=model.focus,
        patch=model.options.patch,
        classifier=model.classifier,
        steps=sizes.steps,
        classes=sizes.classes,
    )


def _plan(model: AdaFocusV2) -> Plan:
    """Frames enter in the order the network was trained in; step k needs the glances 0 to k."""
    steps = len(model.order)
    return Plan(
        order=Order.INTERLEAVED,
        glance=model.order,
        candidates=model.order,
        steps=steps,
        frames=tuple(range(steps)),
    )


def _forward(model: AdaFocusV2, pixels: Tensor) -> Wanted:
    out = model(pixels)
    sides = torch.full_like(out.corners, model.options.patch)
    return Wanted(out.logits, torch.cat([out.corners, sides], -1))


def _published(sizes: AdaFocusV2Sizes, patch: int) -> float | None:
    """The published figure where everything but the number of classes is as published."""
    if isinstance(sizes.glance, MobileNetV2Channels):
        as_published, table = AdaFocusV2Sizes(), _WHOLE_GLANCE
    else:
        encoder = EncoderSizes(channels=2048, map_side=3, encoded=2048)
        as_published, table = AdaFocusV2Sizes(glance=64, policy=PlacePolicySizes(encoder)), _SMALL_GLANCE
    same = replace(as_published, classes=sizes.classes, auxiliary=sizes.auxiliary) == sizes
    return table.get(patch) if same else None
