"""X3D, a dense baseline: from a checkpoint of SlowFast to a bundle."""

from pathlib import Path

import torch
from torch import Tensor

from export.choices import MOST_FRAMES, needed, not_taken, within
from export.dense_draft import CROP, DenseParts, DenseText, dense_draft
from export.dense_specs import x3d_specs
from export.draft import Draft, export_draft
from export.reading import check_request
from export.request import ExportRequest, Progress
from foveate.bundle.vocabulary import SamplingRule, UnitKind
from foveate.errors import ConfigError
from models.checkpoint import file_sha256
from models.dense_checkpoint import read_x3d
from models.resample import resample
from models.x3d import X3D

SYSTEM = "x3d"
TITLE = "an X3D"
FRAMES = (16, 32)
SIDES = (128, 160, 224)
"""What the family shows to an X3D, in pixels, and the whole frame as it is."""


def export_x3d(request: ExportRequest, progress: Progress) -> Path:
    """Export an X3D of any size, on frames of the whole video.

    Frames are sampled and normalised as the systems of the family do it that are made of X3D networks, so
    that only the patches differ; this is not the test of many clips that X3D is published with.

    Returns:
        Folder of the bundle.

    Raises:
        CheckpointError: the checkpoint cannot be read.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    frames, side = _choices(request)
    check_request(request, progress)
    model = read_x3d(request.checkpoint)
    return export_draft(draft(model, frames, side, file_sha256(request.checkpoint)), request, progress)


def _choices(request: ExportRequest) -> tuple[int, int]:
    not_taken(request.glance_frames, "--glance-frames", SYSTEM)
    not_taken(request.focus_frames, "--focus-frames", SYSTEM)
    side = needed(request.patch, "side that a whole frame is seen at", "--patch", SIDES)
    if not 32 <= side <= CROP:
        raise ConfigError(f"a side of {side} does not lie between 32 and {CROP}")
    frames = needed(request.frames, "number of frames of its training", "--frames", FRAMES)
    return within(frames, "frames", MOST_FRAMES), side


def draft(model: X3D, frames: int, side: int, sha256: str | None, crop: int = CROP) -> Draft:
    """A bundle of a network that sees frames of ``crop`` pixels at ``side`` pixels."""

    def logits(pixels: Tensor) -> Tensor:
        answer: Tensor = model(seen_at(pixels, side))
        return answer

    parts = DenseParts(
        specs=x3d_specs(model, frames, side),
        rule=SamplingRule.SEGMENT_MIDDLES,
        frames=frames,
        glance=0,
        crop=crop,
        side=side,
        classes=model.sizes.classes,
        unit=UnitKind.VIDEO,
        logits=logits,
    )
    return dense_draft(parts, DenseText(SYSTEM, "X3D", {"side": side}), sha256)


def seen_at(pixels: Tensor, side: int) -> Tensor:
    """Frames (videos, T, 3, crop, crop) made smaller to (videos, T, 3, side, side)."""
    crop = pixels.shape[-1]
    if side == crop:
        return pixels
    flat = pixels.flatten(0, 1)
    boxes = torch.tensor([[0.0, 0.0, crop, crop]]).expand(len(flat), 4)
    return resample(flat, boxes, side).reshape(*pixels.shape[:3], side, side)
