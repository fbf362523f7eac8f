"""Uni-AdaFocus for untrimmed video: from a published checkpoint to a bundle."""

from pathlib import Path

from torch import Tensor

from export.choices import told
from export.compare import Wanted
from export.cost import glance_answer_first
from export.draft import Draft, export_draft, square
from export.reading import read_for
from export.request import ExportRequest, Progress
from export.transform import preprocessing
from export.uni_choices import uni_options, uni_patch
from export.uni_specs import uni_frame_specs
from foveate.bundle.manifest import Plan, Sampling
from foveate.bundle.vocabulary import Order, PixelOperation, SamplingRule
from models.uni_adafocus import UniAdaFocus, UniAdaFocusSizes
from models.uni_adafocus_checkpoint import UniAdaFocusCheckpoint, read_uni_adafocus
from models.uni_video import FACTOR

SYSTEM = "uni-adafocus"
PATCHES = (96, 128, 160)
_CELL = 32
"""Pixels of a frame for one cell of a glance map."""
_PUBLISHED = {96: 17.888e9, 128: 27.230e9, 160: 39.241e9}
"""Multiply-adds of a video as published."""


def export_uni_adafocus(request: ExportRequest, progress: Progress) -> Path:
    """Export a checkpoint in the published layout.

    Returns:
        Folder of the bundle. It has no exits: thresholds are solved on videos of one's own.

    Raises:
        CheckpointError: the checkpoint cannot be read, or the choices do not fit it.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    uni_patch(request, PATCHES)
    return export_checkpoint(read_for(request, progress, read_uni_adafocus), request, progress)


def export_checkpoint(checkpoint: UniAdaFocusCheckpoint, request: ExportRequest, progress: Progress) -> Path:
    """Export weights that have been read; see ``export_uni_adafocus``."""
    patch, sizes = uni_patch(request, PATCHES), checkpoint.sizes
    glances = told(request.glance_frames, "glance frames", "--glance-frames", sizes.policy.glance_frames)
    steps = told(request.focus_frames, "focus frames", "--focus-frames", sizes.focus_frames)
    candidates = request.frames or FACTOR * glances
    options = uni_options(patch, candidates, steps, sizes.policy.map_side * _CELL)
    return export_draft(draft(checkpoint.build(options), checkpoint.sha256), request, progress)


def draft(model: UniAdaFocus, sha256: str | None) -> Draft:
    """A bundle of a network."""
    sizes, options, look = model.sizes, model.options, model.policy.look
    glances, patch = len(model.positions), options.patch
    return Draft(
        system=SYSTEM,
        name=f"{SYSTEM}-p{patch}",
        description=(
            f"Uni-AdaFocus: {glances} glance frames, {sizes.focus_frames} patches in {look.candidates} "
            f"frames, any size to {patch} x {patch}; {sizes.classes} classes"
        ),
        classes=sizes.classes,
        checkpoint_sha256=sha256,
        options={
            "patch": patch,
            "frames": look.candidates,
            "glance_frames": glances,
            "focus_frames": sizes.focus_frames,
        },
        sampling=Sampling(rule=SamplingRule.SEGMENT_MIDDLES, counts=(look.candidates,)),
        preprocessing=preprocessing(options.crop),
        plan=Plan(
            order=Order.GLANCE_FIRST,
            glance=model.positions,
            candidates=tuple(range(look.candidates)),
            steps=sizes.focus_frames,
        ),
        pixels={
            "glance": square(PixelOperation.CUT, options.crop),
            "focus": square(PixelOperation.BILINEAR, patch),
        },
        specs=uni_frame_specs(model),
        nominal=glance_answer_first,
        forward=lambda pixels: _forward(model, pixels),
        published=_published(sizes, look.candidates, patch),
    )


def _forward(model: UniAdaFocus, pixels: Tensor) -> Wanted:
    out = model(pixels)
    return Wanted(out.exit_logits, out.focus_rect_yxhw, out.focus_index)


def _published(sizes: UniAdaFocusSizes, candidates: int, patch: int) -> float | None:
    """The published figure where everything but the number of classes is as published."""
    plain = UniAdaFocusSizes(classes=sizes.classes, auxiliary=sizes.auxiliary)
    same = plain == sizes and candidates == FACTOR * sizes.policy.glance_frames
    return _PUBLISHED.get(patch) if same else None
