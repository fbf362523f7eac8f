"""The bundle of a dense baseline: every frame of a video, whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from export.compare import Wanted
from export.cost import one_answer
from export.dense_specs import dense_plan
from export.draft import Draft, square
from export.graphs import GraphSpec
from export.transform import preprocessing, whole_frames
from foveate.bundle.manifest import Sampling
from foveate.bundle.vocabulary import PixelOperation, SamplingRule, UnitKind

CROP = 224


@dataclass(frozen=True, slots=True)
class DenseText:
    """What is said of a bundle.

    Attributes:
        system: the system's name.
        title: as its authors write it.
        options: for the provenance, beside the numbers of frames.
    """

    system: str
    title: str
    options: Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class DenseParts:
    """A network that answers once, from whole frames.

    Attributes:
        specs: its graphs.
        rule: by which frames are sampled.
        frames: frames of a video.
        glance: frames of a glance network, which are sampled by themselves; 0 without one.
        crop: side of a frame in pixels.
        side: of what the networks see in pixels.
        classes: number of classes.
        unit: what the focus network takes at once.
        logits: its own forward pass: normalised pool frames (videos, pool, 3, crop, crop) to the
            predictions (videos, classes).
    """

    specs: tuple[GraphSpec, ...]
    rule: SamplingRule
    frames: int
    glance: int
    crop: int
    side: int
    classes: int
    unit: UnitKind
    logits: Callable[[Tensor], Tensor]


def dense_draft(
    parts: DenseParts, text: DenseText, sha256: str | None, published: float | None = None
) -> Draft:
    """Put a draft together.

    Args:
        parts: the networks.
        text: what is said of the bundle.
        sha256: of the checkpoint.
        published: multiply-adds of a video as published, where everything is as published.
    """
    frames, glance, crop = parts.frames, parts.glance, parts.crop
    operation = PixelOperation.CUT if parts.side == crop else PixelOperation.BILINEAR
    seen = square(operation, parts.side)
    counts = f"{glance} + {frames}" if glance else str(frames)
    options = {"glance_frames": glance, "focus_frames": frames} if glance else {"frames": frames}
    return Draft(
        system=text.system,
        name=f"{text.system}-{counts.replace(' + ', '-')}",
        description=f"{text.title}: {counts} whole frames at {parts.side}, {parts.classes} classes",
        classes=parts.classes,
        checkpoint_sha256=sha256,
        options={**options, **text.options},
        sampling=Sampling(rule=parts.rule, counts=(glance, frames) if glance else (frames,)),
        preprocessing=preprocessing(crop),
        plan=dense_plan(frames, crop, glance),
        pixels={"glance": seen, "focus": seen} if glance else {"focus": seen},
        specs=parts.specs,
        nominal=one_answer,
        forward=lambda pixels: Wanted(parts.logits(pixels)[:, None], whole_frames(pixels, 1)),
        published=published,
        unit={"glance": UnitKind.VIDEO, "focus": parts.unit, "classifier": UnitKind.VIDEO},
    )
