"""AdaFocus for untrimmed video: from a published checkpoint to a bundle."""

from pathlib import Path

import torch
from torch import Tensor

from export.adafocus_fixed import at_fixed_places, check_places
from export.choices import MOST_FRAMES, frame_side, needed, not_taken, within
from export.compare import Wanted
from export.cost import each_step
from export.draft import Draft, export_draft, glance_pixels, square
from export.frame_specs import FrameParts, frame_specs
from export.reading import read_for
from export.request import ExportRequest, Progress
from export.transform import preprocessing
from foveate.bundle.manifest import Plan, Sampling
from foveate.bundle.vocabulary import Order, PixelOperation, SamplingRule
from models.adafocus import AdaFocus, AdaFocusSizes
from models.adafocus_checkpoint import AdaFocusCheckpoint, read_adafocus
from models.place import DiscretePlace

SYSTEM = "adafocus"
FRAMES = 16
"""Frames of every published configuration."""
PATCHES = (96, 128, 160, 192)
_PUBLISHED = {96: 17e9, 128: 26.6e9, 160: 38.6e9, 192: 53e9}
"""Multiply-adds of a video as published; those of 96 and 192 are read off a figure."""


def export_adafocus(request: ExportRequest, progress: Progress) -> Path:
    """Export a checkpoint in the published layout.

    Returns:
        Folder of the bundle, which has no policy where the request names fixed places.

    Raises:
        CheckpointError: the checkpoint cannot be read, or the choices do not fit it.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    _choices(request)
    return export_checkpoint(read_for(request, progress, read_adafocus), request, progress)


def export_checkpoint(checkpoint: AdaFocusCheckpoint, request: ExportRequest, progress: Progress) -> Path:
    """Export weights that have been read; see ``export_adafocus``."""
    patch, frames = _choices(request)
    model = checkpoint.build(patch, frame_side(request.crop, checkpoint.sizes.glance_side))
    planned = draft(model, frames, checkpoint.sha256)
    if request.places is not None:
        planned = at_fixed_places(planned, model, request.places)
    return export_draft(planned, request, progress)


def _choices(request: ExportRequest) -> tuple[int, int]:
    """The patch side and the number of frames."""
    not_taken(request.glance_frames, "--glance-frames", SYSTEM)
    not_taken(request.focus_frames, "--focus-frames", SYSTEM)
    check_places(request.places)
    patch = needed(request.patch, "patch side", "--patch", PATCHES)
    return patch, within(FRAMES if request.frames is None else request.frames, "frames", MOST_FRAMES)


def draft(model: AdaFocus, frames: int, sha256: str | None) -> Draft:
    """A bundle of a network; ``frames`` is the number of frames of a video."""
    sizes, patch, places = model.sizes, model.patch, model.sizes.policy.candidates
    side = sizes.glance_side
    return Draft(
        system=SYSTEM,
        name=f"{SYSTEM}-p{patch}",
        description=(
            f"AdaFocus: {frames} frames, one patch of {patch} x {patch} a frame out of "
            f"{places} places, {sizes.classes} classes"
        ),
        classes=sizes.classes,
        checkpoint_sha256=sha256,
        options={
            "patch": patch,
            "frames": frames,
            "candidates": places,
            "consensus": "fc" if sizes.classifier_hidden is None else "gru",
        },
        sampling=Sampling(rule=SamplingRule.CENTRES_REPEAT_LAST, counts=(frames,)),
        preprocessing=preprocessing(model.crop),
        plan=_plan(frames),
        pixels={
            "glance": glance_pixels(side, model.crop),
            "focus": square(PixelOperation.CUT, patch),
        },
        specs=frame_specs(_parts(model, frames)),
        nominal=each_step,
        forward=lambda pixels: _forward(model, pixels),
        published=_published(sizes, patch, frames) if side == model.crop else None,
    )


def _parts(model: AdaFocus, frames: int) -> FrameParts:
    sizes, policy = model.sizes, model.sizes.policy
    return FrameParts(
        glance=model.glance,
        glance_side=sizes.glance_side,
        glance_map=(policy.channels, policy.map_side, policy.map_side),
        policy=model.policy,
        hidden=policy.hidden,
        scores=policy.candidates,
        place=DiscretePlace(policy.candidates, model.crop, model.patch),
        focus=model.focus,
        patch=model.patch,
        classifier=model.classifier,
        steps=frames,
        classes=sizes.classes,
    )


def _plan(frames: int) -> Plan:
    """Every frame is glanced at and gets one patch, in order of time; step k needs the glances 0 to k."""
    each = tuple(range(frames))
    return Plan(order=Order.INTERLEAVED, glance=each, candidates=each, steps=frames, frames=each)


def _forward(model: AdaFocus, pixels: Tensor) -> Wanted:
    out = model(pixels)
    corners = out.corners.float()
    return Wanted(out.answers, torch.cat([corners, torch.full_like(corners, model.patch)], -1))


def _published(sizes: AdaFocusSizes, patch: int, frames: int) -> float | None:
    """The published figure where everything but the number of classes is as published."""
    as_published = AdaFocusSizes(classes=sizes.classes) == sizes and frames == FRAMES
    return _PUBLISHED.get(patch) if as_published else None
