"""TSM+, a dense baseline: from the two backbones that AdaFocus starts from to a bundle."""

from pathlib import Path

from torch import Tensor

from export.choices import MOST_FRAMES, needed, not_taken, within
from export.dense_draft import CROP, DenseParts, DenseText, dense_draft
from export.dense_specs import tsm_plus_specs
from export.draft import Draft, export_draft
from export.request import ExportRequest, Progress, check_names
from foveate.bundle.vocabulary import SamplingRule, UnitKind
from foveate.bundle.writer import check_target
from foveate.errors import CheckpointError, ConfigError
from models.checkpoint import file_sha256
from models.dense import TsmPlus, TsmPlusSizes
from models.dense_checkpoint import build_tsm_plus, read_tsm_mobilenet, read_tsm_resnet

SYSTEM = "tsm-plus"
TITLE = "two TSM backbones"
GLANCE_FRAMES = 8
FOCUS_FRAMES = (8, 12)
_PUBLISHED = 35.1e9
"""Multiply-adds of a video as published, for 8 frames of each network."""


def export_tsm_plus(request: ExportRequest, progress: Progress) -> Path:
    """Export a ResNet-50, and the MobileNetV2 of a file of its own, both with the temporal shift.

    Returns:
        Folder of the bundle.

    Raises:
        CheckpointError: a checkpoint cannot be read, or the two do not go together.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    glances, frames, small = _choices(request)
    check_names(request)
    check_target(request.out, request.force)
    progress(f"reading {request.checkpoint} and {small}")
    focus = read_tsm_resnet(request.checkpoint)
    model = build_tsm_plus(read_tsm_mobilenet(small), focus, glances, frames)
    return export_draft(draft(model, focus.sha256, file_sha256(small)), request, progress)


def _choices(request: ExportRequest) -> tuple[int, int, Path]:
    not_taken(request.patch, "--patch", SYSTEM)
    not_taken(request.frames, "--frames", SYSTEM)
    if request.glance_checkpoint is None:
        raise ConfigError("name the file of the glance network with --glance-checkpoint")
    if not request.glance_checkpoint.is_file():
        raise CheckpointError(f"{request.glance_checkpoint} is not a file")
    glances = GLANCE_FRAMES if request.glance_frames is None else request.glance_frames
    what = "number of frames of the ResNet-50's training"
    frames = needed(request.focus_frames, what, "--focus-frames", FOCUS_FRAMES)
    within(glances, "glance frames", MOST_FRAMES)
    within(frames, "focus frames", MOST_FRAMES)
    return glances, frames, request.glance_checkpoint


def draft(model: TsmPlus, sha256: str | None, glance_sha256: str | None, crop: int = CROP) -> Draft:
    """A bundle of a network on frames of ``crop`` pixels."""
    sizes = model.sizes
    glances = sizes.glance_frames

    def logits(pixels: Tensor) -> Tensor:
        answer: Tensor = model(pixels[:, :glances], pixels[:, glances:]).logits
        return answer

    parts = DenseParts(
        specs=tsm_plus_specs(model, crop),
        rule=SamplingRule.CENTRES_REPEAT_FIRST,
        frames=sizes.focus_frames,
        glance=glances,
        crop=crop,
        side=crop,
        classes=sizes.classes,
        unit=UnitKind.VIDEO,
        logits=logits,
    )
    text = DenseText(SYSTEM, "TSM+", {"glance_sha256": glance_sha256})
    return dense_draft(parts, text, sha256, _published(sizes))


def _published(sizes: TsmPlusSizes) -> float | None:
    """The published figure where everything but the number of classes is as published."""
    as_published = TsmPlusSizes(classes=sizes.classes, focus_frames=8)
    return _PUBLISHED if as_published == sizes else None
