"""Uni-AdaFocus-TSM: from a published checkpoint to a bundle."""

from pathlib import Path

from export.choices import needed, told
from export.draft import Draft, export_draft
from export.reading import read_for
from export.request import ExportRequest, Progress
from export.uni_choices import uni_options, uni_patch
from export.uni_graphs import TsmGlance
from export.uni_specs import UniVideoParts
from export.uni_video_draft import UniVideoSystem, uni_video_draft
from export.video_graphs import FocusVideo
from models.uni_adafocus_tsm import UniAdaFocusTsm, UniAdaFocusTsmSizes
from models.uni_adafocus_tsm_checkpoint import UniAdaFocusTsmCheckpoint, read_uni_adafocus_tsm
from models.uni_video import FACTOR

SYSTEM = "uni-adafocus-tsm"
PATCHES = (96, 128)
FOCUS_FRAMES = (8, 12, 16)
_CELL = 32
"""Pixels of a frame for one cell of a glance map."""
_PUBLISHED = {(96, 8): 8.824e9, (96, 12): 11.830e9, (128, 12): 18.837e9, (128, 16): 24.178e9}
"""Multiply-adds of a video as published, by patch side and focus frames."""


def export_uni_adafocus_tsm(request: ExportRequest, progress: Progress) -> Path:
    """Export a checkpoint in the published layout.

    Returns:
        Folder of the bundle. It has no exits: thresholds are solved on videos of one's own.

    Raises:
        CheckpointError: the checkpoint cannot be read, or the choices do not fit it.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    _choices(request)
    return export_checkpoint(read_for(request, progress, read_uni_adafocus_tsm), request, progress)


def export_checkpoint(
    checkpoint: UniAdaFocusTsmCheckpoint, request: ExportRequest, progress: Progress
) -> Path:
    """Export weights that have been read; see ``export_uni_adafocus_tsm``."""
    (patch, steps), policy = _choices(request), checkpoint.sizes.policy
    told(request.glance_frames, "glance frames", "--glance-frames", policy.glance_frames)
    options = uni_options(patch, request.frames or FACTOR * steps, steps, policy.map_side * _CELL)
    return export_draft(draft(checkpoint.build(options), checkpoint.sha256), request, progress)


def _choices(request: ExportRequest) -> tuple[int, int]:
    """Patch side and focus frames; of the second several are published, and no checkpoint tells it."""
    patch = uni_patch(request, PATCHES)
    return patch, needed(request.focus_frames, "number of focus frames", "--focus-frames", FOCUS_FRAMES)


def draft(model: UniAdaFocusTsm, sha256: str | None) -> Draft:
    """A bundle of a network."""
    parts = UniVideoParts(
        glance=TsmGlance(model.glance),
        glance_side=model.options.crop,
        policy=model.policy,
        focus=FocusVideo(model.focus.stream),
        patch=model.options.patch,
        classes=model.sizes.classes,
    )
    system = UniVideoSystem(SYSTEM, "Uni-AdaFocus-TSM", _published(model))
    return uni_video_draft(parts, system, sha256, model)


def _published(model: UniAdaFocusTsm) -> float | None:
    """The published figure where everything but the number of classes is as published."""
    look = model.policy.look
    plain = UniAdaFocusTsmSizes(classes=model.sizes.classes, auxiliary=model.sizes.auxiliary)
    same = plain == model.sizes and look.candidates == FACTOR * look.focus_frames
    return _PUBLISHED.get((model.options.patch, look.focus_frames)) if same else None
