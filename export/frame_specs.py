"""The graphs of the systems that take one frame at a time, as a bundle declares them."""

from dataclasses import dataclass

from export.frame_graphs import (
    CountedStepClassifier,
    Focus,
    Glance,
    Policy,
    StepClassifier,
    StepPolicy,
    StepwiseClassifier,
    WholeClassifier,
    WholePolicy,
)
from export.graphs import GraphSpec, give, read_all, read_one
from foveate.bundle.vocabulary import Form, Sink, Source
from models.classifier import GruClassifier
from models.mobilenet_v2 import MobileNetV2, PooledMobileNetV2
from models.place import Place
from models.resnet import ResNet50


@dataclass(frozen=True, slots=True)
class FrameParts:
    """Networks that glance at a frame, plan a patch and answer, one step after the other.

    Attributes:
        glance: the glance network.
        glance_side: side of what it sees in pixels.
        glance_map: shape of its map.
        policy: the policy, which carries a state.
        hidden: length of that state.
        scores: how many scores it gives a frame.
        place: makes a corner of the scores.
        focus: the focus network.
        patch: side of a patch in pixels.
        classifier: answers after each step.
        steps: frames of a video.
        classes: number of classes.
    """

    glance: MobileNetV2 | ResNet50
    glance_side: int
    glance_map: tuple[int, int, int]
    policy: Policy
    hidden: int
    scores: int
    place: Place
    focus: PooledMobileNetV2 | ResNet50
    patch: int
    classifier: StepwiseClassifier
    steps: int
    classes: int


def frame_specs(parts: FrameParts) -> tuple[GraphSpec, ...]:
    """Every graph of a bundle; the policy stays in float32 in any precision."""
    return (*_looking(parts), *_policies(parts), *_classifiers(parts))


def _looking(parts: FrameParts) -> tuple[GraphSpec, ...]:
    side, patch = parts.glance_side, parts.patch
    glance = GraphSpec(
        "glance",
        Form.WHOLE,
        "glance.onnx",
        Glance(parts.glance),
        (read_one("pixels", Source.PIXELS, None, (3, side, side)),),
        (
            give("map", Sink.FEATURE, parts.glance_map, "map"),
            give("vector", Sink.FEATURE, parts.glance_map[:1], "vector"),
        ),
    )
    focus = GraphSpec(
        "focus",
        Form.WHOLE,
        "focus.onnx",
        Focus(parts.focus),
        (read_one("pixels", Source.PIXELS, None, (3, patch, patch)),),
        (give("vector", Sink.FEATURE, (parts.focus.channels,), "vector"),),
    )
    return glance, focus


def _policies(parts: FrameParts) -> tuple[GraphSpec, ...]:
    steps, hidden, scores = parts.steps, parts.hidden, parts.scores
    whole = GraphSpec(
        "policy",
        Form.WHOLE,
        "policy.onnx",
        WholePolicy(parts.policy, parts.place, parts.patch),
        (read_all("map", Source.GLANCE, "map", (steps, *parts.glance_map)),),
        (
            give("rectangles", Sink.RECTANGLES, (steps, 4)),
            give("logits", Sink.FEATURE, (steps, scores), "logits"),
            give("hidden", Sink.FEATURE, (steps, hidden), "hidden"),
        ),
        exact=True,
    )
    step = GraphSpec(
        "policy",
        Form.STEP,
        "policy_step.onnx",
        StepPolicy(parts.policy, parts.place, parts.patch),
        (
            read_one("map", Source.GLANCE, "map", parts.glance_map),
            read_one("state", Source.STATE, "policy", (hidden,)),
        ),
        (
            give("rectangles", Sink.RECTANGLES, (4,)),
            give("next_state", Sink.STATE, (hidden,), "policy"),
            give("logits", Sink.FEATURE, (scores,), "logits"),
        ),
        exact=True,
    )
    return whole, step


def _classifiers(parts: FrameParts) -> tuple[GraphSpec, ...]:
    network, steps, classes = parts.classifier, parts.steps, parts.classes
    glance, focus, size = parts.glance_map[0], parts.focus.channels, network.state_size
    whole = GraphSpec(
        "classifier",
        Form.WHOLE,
        "classifier.onnx",
        WholeClassifier(network),
        (
            read_all("glance", Source.GLANCE, "vector", (steps, glance)),
            read_all("focus", Source.FOCUS, "vector", (steps, focus)),
        ),
        (give("logits", Sink.LOGITS, (steps, classes)),),
    )
    counted = not isinstance(network, GruClassifier)
    number = (read_one("step", Source.STEP, None, ()),) if counted else ()
    step = GraphSpec(
        "classifier",
        Form.STEP,
        "classifier_step.onnx",
        CountedStepClassifier(network) if counted else StepClassifier(network),
        (
            read_one("glance", Source.GLANCE, "vector", (glance,)),
            read_one("focus", Source.FOCUS, "vector", (focus,)),
            read_one("state", Source.STATE, "classifier", (size,)),
            *number,
        ),
        (
            give("logits", Sink.LOGITS, (classes,)),
            give("next_state", Sink.STATE, (size,), "classifier"),
        ),
    )
    return whole, step
