"""AdaFocus+: from a checkpoint of AdaFocus and one of the policy that drops frames to a bundle.

Every frame is glanced at and both policies are asked; a frame whose keep probability is below the threshold
never reaches the focus network, and zeros stand for its feature (AdaFocus, section 3.4). Dropping a frame
saves the cost of its focus and nothing else; the published costs are means over test videos of just that.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from export import adafocus
from export.choices import MOST_FRAMES, frame_side, needed, not_taken, within
from export.compare import Wanted
from export.draft import Draft, export_draft
from export.keep_choice import KeepChoice, keep_choice
from export.keep_graphs import keeping_specs
from export.reading import read_for
from export.request import ExportRequest, Progress
from models.adafocus_plus import AdaFocusPlus
from models.adafocus_plus_checkpoint import AdaFocusPlusCheckpoint, read_adafocus_plus

SYSTEM = "adafocus-plus"


def export_adafocus_plus(request: ExportRequest, progress: Progress) -> Path:
    """Export a checkpoint of AdaFocus with a policy that drops frames, in one file or in two.

    Returns:
        Folder of the bundle.

    Raises:
        CheckpointError: a checkpoint cannot be read, or the choices do not fit it.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    _choices(request)
    choice = keep_choice(request)
    checkpoint = read_for(request, progress, lambda path: read_adafocus_plus(path, request.keep_checkpoint))
    return export_checkpoint(checkpoint, choice, request, progress)


def export_checkpoint(
    checkpoint: AdaFocusPlusCheckpoint, choice: KeepChoice, request: ExportRequest, progress: Progress
) -> Path:
    """Export weights that have been read; see ``export_adafocus_plus``."""
    patch, frames = _choices(request)
    crop = frame_side(request.crop, checkpoint.base.sizes.glance_side)
    model = checkpoint.build(patch, choice.threshold, crop)
    made = draft(model, frames, checkpoint.base.sha256)
    options = {**made.options, "keep_share": choice.share, "keep_sha256": checkpoint.keep_sha256}
    return export_draft(replace(made, options=options), request, progress)


def _choices(request: ExportRequest) -> tuple[int, int]:
    """The patch side and the number of frames."""
    not_taken(request.glance_frames, "--glance-frames", SYSTEM)
    not_taken(request.focus_frames, "--focus-frames", SYSTEM)
    patch = needed(request.patch, "patch side", "--patch", adafocus.PATCHES)
    frames = adafocus.FRAMES if request.frames is None else request.frames
    return patch, within(frames, "frames", MOST_FRAMES)


def draft(model: AdaFocusPlus, frames: int, sha256: str | None) -> Draft:
    """A bundle of a network; ``frames`` is the number of frames of a video."""
    base = adafocus.draft(model.base, frames, sha256)
    return replace(
        base,
        system=SYSTEM,
        name=f"{SYSTEM}-p{model.base.patch}",
        description=(
            f"AdaFocus+: {frames} frames, one patch of {model.base.patch} x {model.base.patch} a frame out "
            f"of {model.base.sizes.policy.candidates} places, none where the keep probability is below "
            f"{model.threshold:.4g}, {base.classes} classes"
        ),
        plan=base.plan.model_copy(update={"keep_threshold": model.threshold}),
        specs=keeping_specs(base.specs, model.keep, frames),
        forward=partial(_forward, model),
        published=None,
    )


def _forward(model: AdaFocusPlus, pixels: Tensor) -> Wanted:
    out = model(pixels)
    corners = out.base.corners.float()
    whole = torch.cat([corners, torch.full_like(corners, model.base.patch)], -1)
    return Wanted(out.base.answers, whole, keep=out.keep)
