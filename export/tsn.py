"""TSN, a dense baseline: from a checkpoint of a ResNet-50 to a bundle."""

from pathlib import Path

from export.choices import MOST_FRAMES, not_taken, within
from export.dense_draft import CROP, DenseParts, DenseText, dense_draft
from export.dense_specs import tsn_specs
from export.draft import Draft, export_draft
from export.reading import check_request
from export.request import ExportRequest, Progress
from foveate.bundle.vocabulary import SamplingRule, UnitKind
from models.checkpoint import load_checkpoint
from models.dense import Tsn
from models.dense_checkpoint import read_torchvision_resnet, read_tsm_resnet
from models.identify import likely_system

SYSTEM = "tsn"
TITLE = "a bare backbone"
"""What a file with torchvision's names is recognised as."""
FRAMES = 16
"""Of a video where none are named: those of the untrimmed systems that it is compared with."""


def export_tsn(request: ExportRequest, progress: Progress) -> Path:
    """Export a ResNet-50 with torchvision's names, or as the TSM project saves one without the shift.

    Returns:
        Folder of the bundle.

    Raises:
        CheckpointError: the checkpoint cannot be read, or was trained with the shift.
        ConfigError: a choice is out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    frames = _frames(request)
    check_request(request, progress)
    likely = likely_system(load_checkpoint(request.checkpoint))
    read = read_tsm_resnet if likely == "a TSM backbone" else read_torchvision_resnet
    checkpoint = read(request.checkpoint)
    return export_draft(draft(checkpoint.tsn(), frames, checkpoint.sha256), request, progress)


def _frames(request: ExportRequest) -> int:
    not_taken(request.patch, "--patch", SYSTEM)
    not_taken(request.glance_frames, "--glance-frames", SYSTEM)
    not_taken(request.focus_frames, "--focus-frames", SYSTEM)
    return within(FRAMES if request.frames is None else request.frames, "frames", MOST_FRAMES)


def draft(model: Tsn, frames: int, sha256: str | None, crop: int = CROP) -> Draft:
    """A bundle of a network on frames of ``crop`` pixels."""
    parts = DenseParts(
        specs=tsn_specs(model, frames, crop),
        rule=SamplingRule.CENTRES_REPEAT_LAST,
        frames=frames,
        glance=0,
        crop=crop,
        side=crop,
        classes=model.classifier.fc.out_features,
        unit=UnitKind.FRAME,
        logits=lambda pixels: model(pixels).logits,
    )
    return dense_draft(parts, DenseText(SYSTEM, "TSN", {}), sha256)
