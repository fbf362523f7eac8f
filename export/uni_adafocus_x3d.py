"""Uni-AdaFocus-X3D: from a checkpoint in its published layout to a bundle."""

from pathlib import Path

from export.choices import told
from export.draft import Draft, export_draft
from export.reading import read_for
from export.request import ExportRequest, Progress
from export.uni_choices import uni_options, uni_patch
from export.uni_graphs import X3dFocus, X3dGlance
from export.uni_specs import UniVideoParts
from export.uni_video_draft import UniVideoSystem, uni_video_draft
from foveate.bundle.vocabulary import View
from foveate.errors import ConfigError
from models.uni_adafocus_x3d import UniAdaFocusX3d, UniAdaFocusX3dSizes
from models.uni_adafocus_x3d_checkpoint import UniAdaFocusX3dCheckpoint, read_uni_adafocus_x3d
from models.uni_video import FACTOR

SYSTEM = "uni-adafocus-x3d"
PATCHES = (128,)
FOCUS_FRAMES = 32
_VIEWS = {1: (View.CENTRE,), 3: (View.LEFT, View.RIGHT, View.CENTRE)}
_PUBLISHED = 8.777717e9
"""Multiply-adds of one view of a video as published."""


def export_uni_adafocus_x3d(request: ExportRequest, progress: Progress) -> Path:
    """Export a checkpoint in the published layout; a video is seen in its centre or in three views.

    Returns:
        Folder of the bundle. It has no exits: thresholds are solved on videos of one's own.

    Raises:
        CheckpointError: the checkpoint cannot be read, or the choices do not fit it.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    _choices(request)
    return export_checkpoint(read_for(request, progress, read_uni_adafocus_x3d), request, progress)


def export_checkpoint(
    checkpoint: UniAdaFocusX3dCheckpoint, request: ExportRequest, progress: Progress
) -> Path:
    """Export weights that have been read; see ``export_uni_adafocus_x3d``."""
    (patch, views), sizes = _choices(request), checkpoint.sizes
    told(request.glance_frames, "glance frames", "--glance-frames", sizes.policy.glance_frames)
    steps = request.focus_frames or FOCUS_FRAMES
    # Frames of 224 pixels are made smaller to 160 for the glance: published once, and kept as a ratio.
    crop = sizes.glance_side * 7 // 5
    options = uni_options(patch, request.frames or FACTOR * steps, steps, crop)
    return export_draft(draft(checkpoint.build(options), checkpoint.sha256, views), request, progress)


def _choices(request: ExportRequest) -> tuple[int, tuple[View, ...]]:
    """Patch side and views."""
    patch, views = uni_patch(request, PATCHES), request.views or 1
    if views not in _VIEWS:
        raise ConfigError(f"--views {views} does not fit: a frame is seen in 1 or 3 views")
    return patch, _VIEWS[views]


def draft(model: UniAdaFocusX3d, sha256: str | None, views: tuple[View, ...] = _VIEWS[1]) -> Draft:
    """A bundle of a network."""
    parts = UniVideoParts(
        glance=X3dGlance(model.glance),
        glance_side=model.sizes.glance_side,
        policy=model.policy,
        focus=X3dFocus(model.focus),
        patch=model.options.patch,
        classes=model.sizes.glance.classes,
    )
    system = UniVideoSystem(SYSTEM, "Uni-AdaFocus-X3D", _published(model), views)
    return uni_video_draft(parts, system, sha256, model)


def _published(model: UniAdaFocusX3d) -> float | None:
    """The published figure where everything is as published."""
    plain = UniAdaFocusX3dSizes(auxiliary=model.sizes.auxiliary)
    look = model.policy.look
    same = plain == model.sizes and (look.candidates, look.focus_frames) == (
        FACTOR * FOCUS_FRAMES,
        FOCUS_FRAMES,
    )
    return _PUBLISHED if same and model.options.patch in PATCHES else None
