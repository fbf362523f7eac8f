"""The graphs of the systems that take a video's frames together, as a bundle declares them."""

from dataclasses import dataclass

from torch import nn

from export.graphs import GraphSpec, give, read_all, read_one
from export.video_graphs import FocusVideo, GlanceVideo, Sum, VideoPlace
from foveate.bundle.manifest import Plan, Sampling
from foveate.bundle.vocabulary import Form, Order, SamplingRule, Sink, Source
from models.place import Place
from models.streams import FocusStream, GlanceStream


@dataclass(frozen=True, slots=True)
class VideoParts:
    """Networks that glance at a video, plan one rectangle for all patches, and answer once.

    Attributes:
        glance: the glance network with its last layer.
        glance_frames: frames of a glance.
        glance_map: shape of the map of one of them.
        policy: maps to scores and the hidden layer that they come from.
        hidden: length of that layer.
        scores: how many scores it gives.
        place: makes a corner of the scores.
        focus: the focus network with its last layer.
        focus_frames: patches of a video.
        crop: side of a frame in pixels.
        patch: side of a patch in pixels.
        classes: number of classes.
        with_glance: whether the glance's logits are part of the answer.
    """

    glance: GlanceStream
    glance_frames: int
    glance_map: tuple[int, int, int]
    policy: nn.Module
    hidden: int
    scores: int
    place: Place
    focus: FocusStream
    focus_frames: int
    crop: int
    patch: int
    classes: int
    with_glance: bool = True


def two_lists(glance: int, focus: int) -> Sampling:
    """The validation rule for trimmed video: glance and focus frames are two lists of their own."""
    return Sampling(rule=SamplingRule.CENTRES_REPEAT_FIRST, counts=(glance, focus))


def two_lists_plan(glance: int, focus: int) -> Plan:
    """The first list is glanced at, then every frame of the second gets a patch."""
    return Plan(
        order=Order.GLANCE_FIRST,
        glance=tuple(range(glance)),
        candidates=tuple(range(glance, glance + focus)),
        steps=focus,
        frames=tuple(range(focus)),
    )


def video_specs(parts: VideoParts) -> tuple[GraphSpec, ...]:
    """Every graph of a bundle; the policy stays in float32 in any precision."""
    return (*_looking(parts), _policy(parts), _classifier(parts))


def _looking(parts: VideoParts) -> tuple[GraphSpec, ...]:
    glances, steps, side, patch = parts.glance_frames, parts.focus_frames, parts.crop, parts.patch
    glance = GraphSpec(
        "glance",
        Form.WHOLE,
        "glance.onnx",
        GlanceVideo(parts.glance),
        (read_one("pixels", Source.PIXELS, None, (glances, 3, side, side)),),
        (
            give("map", Sink.FEATURE, (glances, *parts.glance_map), "map"),
            give("logits", Sink.FEATURE, (parts.classes,), "logits"),
        ),
    )
    focus = GraphSpec(
        "focus",
        Form.WHOLE,
        "focus.onnx",
        FocusVideo(parts.focus),
        (read_one("pixels", Source.PIXELS, None, (steps, 3, patch, patch)),),
        (give("logits", Sink.FEATURE, (parts.classes,), "logits"),),
    )
    return glance, focus


def _policy(parts: VideoParts) -> GraphSpec:
    return GraphSpec(
        "policy",
        Form.WHOLE,
        "policy.onnx",
        VideoPlace(parts.policy, parts.place, parts.patch),
        (read_all("map", Source.GLANCE, "map", (parts.glance_frames, *parts.glance_map)),),
        (
            give("rectangles", Sink.RECTANGLES, (4,)),
            give("logits", Sink.FEATURE, (parts.scores,), "logits"),
            give("hidden", Sink.FEATURE, (parts.hidden,), "hidden"),
        ),
        exact=True,
    )


def _classifier(parts: VideoParts) -> GraphSpec:
    glance = read_all("glance", Source.GLANCE, "logits", (parts.classes,))
    focus = read_all("focus", Source.FOCUS, "logits", (parts.classes,))
    return GraphSpec(
        "classifier",
        Form.WHOLE,
        "classifier.onnx",
        Sum() if parts.with_glance else nn.Identity(),
        (glance, focus) if parts.with_glance else (focus,),
        (give("logits", Sink.LOGITS, (parts.classes,)),),
    )
