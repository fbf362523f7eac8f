"""OCSampler: from a published checkpoint to a bundle.

The paper's frame number budget is in no released code; it is derived here. The kept frames are the K most
probable, whatever K is, and the classifier takes the maximum of their embeddings, so a frame once seen is
seen for every larger K too. A bundle therefore goes through the kept frames the most probable first: its
answer after k of them is OCSampler with K = k, and costs one frame of the focus network less than that after
k + 1. A budget in multiply-adds or in steps chooses K for a video, and thresholds of confidence let each
video stop at the K that is enough for it. A maximum has no order, so the last answer, and any softmax of it,
is that of the published order by time.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

from torch import Tensor

from export.choices import MOST_FRAMES, frame_side, needed, not_taken, within
from export.compare import Wanted
from export.cost import each_step_after_plan
from export.draft import Draft, export_draft, square
from export.ocsampler_graphs import ocsampler_specs
from export.reading import read_for
from export.request import ExportRequest, Progress
from export.transform import MEAN, STD, whole_frame, whole_frames
from foveate.bundle.manifest import Plan, Preprocessing, Sampling
from foveate.bundle.vocabulary import CropRounding, Order, PixelOperation, Resize, SamplingRule, UnitKind
from models.ocsampler import OCSampler, OCSamplerOptions, OCSamplerSizes
from models.ocsampler_checkpoint import OCSamplerCheckpoint, read_ocsampler

SYSTEM = "ocsampler"
CROP = 224
KEPT = (4, 5, 6)
DIVISORS = (8, 10)
"""Of the temporal shift: 8 as trained for Mini-Kinetics, 10 for ActivityNet."""
_PUBLISHED = {4: 17.5e9, 5: 21.7e9, 6: 25.8e9}
"""Multiply-adds of a video as published, by the frames that are kept; those of 6 are read from a figure."""


def export_ocsampler(request: ExportRequest, progress: Progress) -> Path:
    """Export a checkpoint in the published layout.

    Returns:
        Folder of the bundle. Its answer k sees the k most probable frames.

    Raises:
        CheckpointError: the checkpoint cannot be read, or the choices do not fit it.
        ConfigError: a choice is missing or out of range.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    _choices(request)
    return export_checkpoint(read_for(request, progress, read_ocsampler), request, progress)


def export_checkpoint(checkpoint: OCSamplerCheckpoint, request: ExportRequest, progress: Progress) -> Path:
    """Export weights that have been read; see ``export_ocsampler``."""
    options, crop = _choices(request)
    return export_draft(draft(checkpoint.build(options), checkpoint.sha256, crop), request, progress)


def _choices(request: ExportRequest) -> tuple[OCSamplerOptions, int]:
    """Of the network, and the side of a frame in pixels."""
    not_taken(request.patch, "--patch", SYSTEM)
    not_taken(request.glance_frames, "--glance-frames", SYSTEM)
    published = OCSamplerOptions()
    candidates = within(_or(request.frames, published.frames), "frames", MOST_FRAMES)
    crop = frame_side(request.crop, CROP)
    side = within(_or(request.glance_side, published.skim_side), "pixels along a glance", crop)
    keep = needed(request.focus_frames, "number of frames to keep", "--focus-frames", KEPT)
    divisor = needed(request.shift_divisor, "divisor of the temporal shift", "--shift-divisor", DIVISORS)
    keep = within(keep, "focus frames", candidates)
    return OCSamplerOptions(keep, divisor, candidates, side, by_time=False), crop


def _or(choice: int | None, published: int) -> int:
    return published if choice is None else choice


def draft(model: OCSampler, sha256: str | None, crop: int = CROP) -> Draft:
    """A bundle of a network.

    Args:
        model: the network.
        sha256: of the checkpoint.
        crop: side of a frame in pixels.
    """
    sizes, options = model.sizes, model.options
    return Draft(
        system=SYSTEM,
        name=f"{SYSTEM}-k{options.keep}",
        description=(
            f"OCSampler: the {options.keep} most probable of {options.frames} frames, whole"
            f"{'' if options.by_time else ', the most probable first'}, after a glance at all of them at "
            f"{options.skim_side}, {sizes.classes} classes"
        ),
        classes=sizes.classes,
        checkpoint_sha256=sha256,
        options={
            "frames": options.frames,
            "focus_frames": options.keep,
            "shift_divisor": options.divisor,
            "by_time": options.by_time,
        },
        sampling=Sampling(rule=SamplingRule.SEEDED_SEGMENTS, counts=(options.frames,)),
        preprocessing=_preprocessing(crop),
        plan=_plan(options, crop),
        pixels={
            "glance": square(PixelOperation.NEAREST, options.skim_side),
            "focus": square(PixelOperation.CUT, crop),
        },
        specs=ocsampler_specs(model, crop),
        nominal=each_step_after_plan,
        forward=partial(_forward, model),
        published=_published(sizes, options, crop),
        unit={"glance": UnitKind.VIDEO, "policy": UnitKind.VIDEO},
    )


def _preprocessing(crop: int) -> Preprocessing:
    """The published 0..255 mean and deviation are those of the whole family times 255."""
    return Preprocessing(
        resize=Resize.OPENCV_BILINEAR,
        short_side=crop,
        crop=crop,
        crop_rounding=CropRounding.FLOOR,
        mean=MEAN,
        std=STD,
    )


def _plan(options: OCSamplerOptions, crop: int) -> Plan:
    every = tuple(range(options.frames))
    return Plan(
        order=Order.GLANCE_FIRST,
        glance=every,
        candidates=every,
        steps=options.keep,
        rectangles=(whole_frame(crop),),
    )


def _forward(model: OCSampler, pixels: Tensor) -> Wanted:
    out = model(pixels)
    whole = whole_frames(pixels, model.options.keep)
    return Wanted(out.answers, whole, out.frame_index, unordered=True)


def _published(sizes: OCSamplerSizes, options: OCSamplerOptions, crop: int) -> float | None:
    """The published figure where everything but the number of classes is as published."""
    own = OCSamplerOptions(options.keep, options.divisor, by_time=options.by_time)
    same = replace(OCSamplerSizes(), classes=sizes.classes) == sizes and own == options and crop == CROP
    same = same and options.divisor in DIVISORS
    return _PUBLISHED.get(options.keep) if same else None
