"""The bundle of a system that takes a video's frames together and cuts all patches at one place."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from export.compare import Forward
from export.cost import one_answer
from export.draft import Draft, square
from export.transform import preprocessing
from export.video_specs import VideoParts, two_lists, two_lists_plan, video_specs
from foveate.bundle.vocabulary import PixelOperation, UnitKind


@dataclass(frozen=True, slots=True)
class VideoText:
    """What is said of a bundle.

    Attributes:
        system: the system's name.
        title: as its authors write it.
        where: where its patches lie.
        options: for the provenance, beside patch and frames.
    """

    system: str
    title: str
    where: str
    options: Mapping[str, str | int | float | bool | None]


def video_draft(
    parts: VideoParts,
    text: VideoText,
    operation: PixelOperation,
    sha256: str | None,
    forward: Forward,
    published: float | None,
) -> Draft:
    """Put a draft together.

    Args:
        parts: the networks.
        text: what is said of the bundle.
        operation: how patches are cut.
        sha256: of the checkpoint.
        forward: the network's own forward pass.
        published: multiply-adds of a video as published, where everything is as published.
    """
    glances, steps, patch = parts.glance_frames, parts.focus_frames, parts.patch
    return Draft(
        system=text.system,
        name=f"{text.system}-p{patch}",
        description=(
            f"{text.title}: {glances} glance frames, {steps} patches of {patch} x {patch} at one "
            f"place of the video, {text.where}; {parts.classes} classes"
        ),
        classes=parts.classes,
        checkpoint_sha256=sha256,
        options={"patch": patch, "glance_frames": glances, "focus_frames": steps, **text.options},
        sampling=two_lists(glances, steps),
        preprocessing=preprocessing(parts.crop),
        plan=two_lists_plan(glances, steps),
        pixels={"glance": square(PixelOperation.CUT, parts.crop), "focus": square(operation, patch)},
        specs=video_specs(parts),
        nominal=one_answer,
        forward=forward,
        published=published,
        unit=dict.fromkeys(("glance", "policy", "focus", "classifier"), UnitKind.VIDEO),
    )


def one_rectangle(corners: Tensor, patch: int) -> Tensor:
    """Corners (videos, 1, 2) to square rectangles (videos, 1, 4)."""
    return torch.cat([corners, torch.full_like(corners, patch)], -1)
