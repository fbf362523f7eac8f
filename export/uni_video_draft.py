"""The bundle of Uni-AdaFocus's two systems that look at a video as a whole."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from export.compare import Wanted
from export.cost import glance_answer_first
from export.draft import Draft, square
from export.transform import preprocessing
from export.uni_specs import UniVideoParts, uni_video_specs
from foveate.bundle.manifest import Plan, Preprocessing, Sampling
from foveate.bundle.vocabulary import CropRounding, Order, PixelOperation, SamplingRule, UnitKind, View
from models.uni_policy import UniLook
from models.uni_video import UniVideoOutput

Forward = Callable[[Tensor, Tensor], UniVideoOutput]
"""A network's own forward pass on glance frames and candidates."""


@dataclass(frozen=True, slots=True)
class UniVideoSystem:
    """What a bundle says of its system.

    Attributes:
        name: the system's name.
        title: as its authors write it.
        published: multiply-adds of one view of a video as published, where everything is as published.
        views: crops of a frame.
    """

    name: str
    title: str
    published: float | None
    views: tuple[View, ...] = (View.CENTRE,)


def uni_video_draft(
    parts: UniVideoParts, system: UniVideoSystem, sha256: str | None, forward: Forward
) -> Draft:
    """Put a draft together from networks, their system, the checkpoint's digest and the network."""
    look, steps, patch = parts.policy.look, parts.policy.look.focus_frames, parts.patch
    glances, views = parts.policy.sizes.glance_frames, len(system.views)
    glance_operation = PixelOperation.CUT if parts.glance_side == look.crop else PixelOperation.BILINEAR
    return Draft(
        system=system.name,
        name=f"{system.name}-p{patch}-k{steps}" + (f"-v{views}" if views > 1 else ""),
        description=_description(parts, system.title, views),
        classes=parts.classes,
        checkpoint_sha256=sha256,
        options=_options(parts, views),
        sampling=Sampling(rule=SamplingRule.SEGMENT_MIDDLES, counts=(glances, look.candidates)),
        preprocessing=_seen(look.crop, system.views),
        plan=_plan(glances, look),
        pixels={
            "glance": square(glance_operation, parts.glance_side),
            "focus": square(PixelOperation.BILINEAR, patch),
        },
        specs=uni_video_specs(parts),
        nominal=glance_answer_first,
        forward=partial(_wanted, forward, glances),
        published=system.published,
        unit=dict.fromkeys(("glance", "policy", "focus", "classifier"), UnitKind.VIDEO),
    )


def _description(parts: UniVideoParts, title: str, views: int) -> str:
    look, glances = parts.policy.look, parts.policy.sizes.glance_frames
    return (
        f"{title}: {glances} glance frames, {look.focus_frames} of {look.candidates} frames, one rectangle "
        f"of any size to {parts.patch} x {parts.patch}; {parts.classes} classes"
        + (f"; {views} views" if views > 1 else "")
    )


def _options(parts: UniVideoParts, views: int) -> dict[str, int]:
    look = parts.policy.look
    frames = {"frames": look.candidates, "glance_frames": parts.policy.sizes.glance_frames}
    chosen = {"patch": parts.patch, **frames, "focus_frames": look.focus_frames}
    return chosen | ({"views": views} if views > 1 else {})


def _plan(glances: int, look: UniLook) -> Plan:
    """The first list is glanced at, and the policies choose frames of the second."""
    return Plan(
        order=Order.GLANCE_FIRST,
        glance=tuple(range(glances)),
        candidates=tuple(range(glances, glances + look.candidates)),
        steps=look.focus_frames,
    )


def _seen(crop: int, views: tuple[View, ...]) -> Preprocessing:
    """One view is cut as from any video; several lie a quarter of the margins apart from one another."""
    one = preprocessing(crop)
    if len(views) == 1:
        return one
    return one.model_copy(update={"views": views, "crop_rounding": CropRounding.QUARTERS})


def _wanted(forward: Forward, glances: int, pixels: Tensor) -> Wanted:
    out = forward(pixels[:, :glances], pixels[:, glances:])
    return Wanted(out.exit_logits, out.rect_yxhw[:, None], out.focus_index)
