"""TSM, a dense baseline: from a checkpoint of the TSM project to a bundle."""

from pathlib import Path

from export.choices import MOST_FRAMES, needed, not_taken, within
from export.dense_draft import CROP, DenseParts, DenseText, dense_draft
from export.dense_specs import tsm_specs
from export.draft import Draft, export_draft
from export.reading import check_request
from export.request import ExportRequest, Progress
from foveate.bundle.vocabulary import SamplingRule, UnitKind
from models.dense import Tsm
from models.dense_checkpoint import read_tsm_resnet

SYSTEM = "tsm"
TITLE = "a TSM backbone"
FRAMES = (8, 12, 16)


def export_tsm(request: ExportRequest, progress: Progress) -> Path:
    """Export a ResNet-50 with the temporal shift.

    Returns:
        Folder of the bundle.

    Raises:
        CheckpointError: the checkpoint cannot be read, or was trained without the shift.
        ConfigError: the number of frames is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    frames = _frames(request)
    check_request(request, progress)
    checkpoint = read_tsm_resnet(request.checkpoint)
    return export_draft(draft(checkpoint.tsm(frames), frames, checkpoint.sha256), request, progress)


def _frames(request: ExportRequest) -> int:
    not_taken(request.patch, "--patch", SYSTEM)
    not_taken(request.glance_frames, "--glance-frames", SYSTEM)
    not_taken(request.focus_frames, "--focus-frames", SYSTEM)
    frames = needed(request.frames, "number of frames of its training", "--frames", FRAMES)
    return within(frames, "frames", MOST_FRAMES)


def draft(model: Tsm, frames: int, sha256: str | None, crop: int = CROP) -> Draft:
    """A bundle of a network that is made for ``frames`` frames, on frames of ``crop`` pixels."""
    parts = DenseParts(
        specs=tsm_specs(model, frames, crop),
        rule=SamplingRule.CENTRES_REPEAT_FIRST,
        frames=frames,
        glance=0,
        crop=crop,
        side=crop,
        classes=model.focus.fc.out_features,
        unit=UnitKind.VIDEO,
        logits=lambda pixels: model(pixels).logits,
    )
    return dense_draft(parts, DenseText(SYSTEM, "TSM", {}), sha256)
