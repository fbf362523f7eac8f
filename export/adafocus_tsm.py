"""AdaFocus for trimmed video: from a published checkpoint to a bundle."""

from functools import partial
from pathlib import Path

from torch import Tensor

from export.choices import MOST_FRAMES, needed, not_taken, told, within
from export.compare import Wanted
from export.draft import Draft, export_draft
from export.reading import read_for
from export.request import ExportRequest, Progress
from export.video_draft import VideoText, one_rectangle, video_draft
from export.video_specs import VideoParts
from foveate.bundle.vocabulary import PixelOperation
from models.adafocus_tsm import CONTINUOUS_OUTPUTS, AdaFocusTsm, AdaFocusTsmOptions, AdaFocusTsmSizes
from models.adafocus_tsm_checkpoint import AdaFocusTsmCheckpoint, read_adafocus_tsm

SYSTEM = "adafocus-tsm"
PATCHES = (144, 160, 176)
_PUBLISHED = {144: 23.5e9, 160: 27.5e9, 176: 33.7e9}
"""Multiply-adds of a video as published."""


def export_adafocus_tsm(request: ExportRequest, progress: Progress) -> Path:
    """Export a checkpoint in the published layout, its place continuous or one of a table.

    Returns:
        Folder of the bundle.

    Raises:
        CheckpointError: the checkpoint cannot be read, or the choices do not fit it.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    _patch(request)
    return export_checkpoint(read_for(request, progress, read_adafocus_tsm), request, progress)


def export_checkpoint(checkpoint: AdaFocusTsmCheckpoint, request: ExportRequest, progress: Progress) -> Path:
    """Export weights that have been read; see ``export_adafocus_tsm``."""
    patch = _patch(request)
    told(request.glance_frames, "glance frames", "--glance-frames", checkpoint.sizes.glance_frames)
    model = checkpoint.build(AdaFocusTsmOptions(patch, request.focus_frames))
    return export_draft(draft(model, checkpoint.sha256), request, progress)


def _patch(request: ExportRequest) -> int:
    not_taken(request.frames, "--frames", SYSTEM)
    if request.focus_frames is not None:
        within(request.focus_frames, "focus frames", MOST_FRAMES)
    return needed(request.patch, "patch side", "--patch", PATCHES)


def draft(model: AdaFocusTsm, sha256: str | None) -> Draft:
    """A bundle of a network."""
    sizes, policy = model.sizes, model.sizes.policy
    side = policy.encoder.map_side
    parts = VideoParts(
        glance=model.glance,
        glance_frames=sizes.glance_frames,
        glance_map=(sizes.glance.last, side, side),
        policy=model.policy,
        hidden=policy.hidden,
        scores=policy.outputs,
        place=model.place,
        focus=model.focus,
        focus_frames=model.focus_frames,
        crop=sizes.crop,
        patch=model.options.patch,
        classes=sizes.classes,
        with_glance=model.options.with_glance,
    )
    places = None if policy.outputs == CONTINUOUS_OUTPUTS else policy.outputs
    text = VideoText(SYSTEM, "AdaFocus-TSM", "at a whole pixel", {"places": places})
    forward = partial(_forward, model)
    return video_draft(parts, text, PixelOperation.CUT, sha256, forward, _published(model))


def _forward(model: AdaFocusTsm, pixels: Tensor) -> Wanted:
    glances = model.sizes.glance_frames
    out = model(pixels[:, :glances], pixels[:, glances:])
    return Wanted(out.pred[:, None], one_rectangle(out.corners.float(), model.options.patch))


def _published(model: AdaFocusTsm) -> float | None:
    """The published figure where everything but the number of classes is as published."""
    plain = AdaFocusTsmSizes(classes=model.sizes.classes)
    same = plain == model.sizes and model.focus_frames == plain.glance_frames * 3 // 2
    same = same and model.options.divisor == 8 and model.options.with_glance
    return _PUBLISHED.get(model.options.patch) if same else None
