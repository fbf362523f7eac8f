"""AdaFocusV2 for trimmed video: from a published checkpoint to a bundle."""

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
from models.adafocus_v2_policy import COORDINATES
from models.adafocus_v2_tsm import AdaFocusV2Tsm, AdaFocusV2TsmOptions, AdaFocusV2TsmSizes
from models.adafocus_v2_tsm_checkpoint import AdaFocusV2TsmCheckpoint, read_adafocus_v2_tsm

SYSTEM = "adafocus-v2-tsm"
PATCHES = (128, 144, 160, 176)
_PUBLISHED = {128: 18.5e9, 144: 23.5e9, 160: 27.5e9, 176: 33.7e9}
"""Multiply-adds of a video as published."""


def export_adafocus_v2_tsm(request: ExportRequest, progress: Progress) -> Path:
    """Export a checkpoint in the published layout.

    Returns:
        Folder of the bundle.

    Raises:
        CheckpointError: the checkpoint cannot be read, or the choices do not fit it.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    _patch(request)
    return export_checkpoint(read_for(request, progress, read_adafocus_v2_tsm), request, progress)


def export_checkpoint(
    checkpoint: AdaFocusV2TsmCheckpoint, request: ExportRequest, progress: Progress
) -> Path:
    """Export weights that have been read; see ``export_adafocus_v2_tsm``."""
    patch = _patch(request)
    told(request.glance_frames, "glance frames", "--glance-frames", checkpoint.sizes.glance_frames)
    model = checkpoint.build(AdaFocusV2TsmOptions(patch, request.focus_frames))
    return export_draft(draft(model, checkpoint.sha256), request, progress)


def _patch(request: ExportRequest) -> int:
    not_taken(request.frames, "--frames", SYSTEM)
    if request.focus_frames is not None:
        within(request.focus_frames, "focus frames", MOST_FRAMES)
    return needed(request.patch, "patch side", "--patch", PATCHES)


def draft(model: AdaFocusV2Tsm, sha256: str | None) -> Draft:
    """A bundle of a network."""
    sizes, side = model.sizes, model.sizes.encoder.map_side
    parts = VideoParts(
        glance=model.glance,
        glance_frames=sizes.glance_frames,
        glance_map=(sizes.glance.last, side, side),
        policy=model.policy,
        hidden=sizes.policy_hidden,
        scores=COORDINATES,
        place=model.place,
        focus=model.focus,
        focus_frames=model.focus_frames,
        crop=sizes.crop,
        patch=model.options.patch,
        classes=sizes.classes,
    )
    text = VideoText(SYSTEM, "AdaFocusV2-TSM", "between the pixels", {})
    forward = partial(_forward, model)
    return video_draft(parts, text, PixelOperation.BILINEAR, sha256, forward, _published(model))


def _forward(model: AdaFocusV2Tsm, pixels: Tensor) -> Wanted:
    glances = model.sizes.glance_frames
    out = model(pixels[:, :glances], pixels[:, glances:])
    return Wanted(out.pred[:, None], one_rectangle(out.corners[:, None], model.options.patch))


def _published(model: AdaFocusV2Tsm) -> float | None:
    """The published figure where everything but the number of classes is as published."""
    plain = AdaFocusV2TsmSizes(classes=model.sizes.classes, auxiliary=model.sizes.auxiliary)
    same = plain == model.sizes and model.focus_frames == plain.glance_frames * 3 // 2
    return _PUBLISHED.get(model.options.patch) if same and model.options.divisor == 8 else None
