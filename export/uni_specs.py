"""The graphs of Uni-AdaFocus's three systems, as a bundle declares them."""

from dataclasses import dataclass

from torch import nn

from export.frame_graphs import Focus, Glance
from export.graphs import GraphSpec, give, read_all, read_one
from export.uni_graphs import AnswerAfterGlance, AnswerAtEnd, AnswerOfStep, UniPlan
from export.video_graphs import Sum
from foveate.bundle.vocabulary import Form, Sink, Source
from models.uni_adafocus import UniAdaFocus
from models.uni_classifier import UniClassifier
from models.uni_policy import UniPolicy
from models.uni_video import PassOn

GLANCE_MAXIMUM, FOCUS_MAXIMUM = "glance-maximum", "focus-maximum"


@dataclass(frozen=True, slots=True)
class UniVideoParts:
    """Networks that glance at a video, plan frames and one rectangle for all, and answer twice.

    Attributes:
        glance: pixels of a video to maps, a part of the prediction, and the early answer.
        glance_side: side of what it sees in pixels.
        policy: both policies.
        focus: pixels of a video's patches to the other part of the prediction.
        patch: side of a patch in pixels.
        classes: number of classes.
    """

    glance: nn.Module
    glance_side: int
    policy: UniPolicy
    focus: nn.Module
    patch: int
    classes: int


def uni_frame_specs(model: UniAdaFocus) -> tuple[GraphSpec, ...]:
    """Every graph of the system that answers after each patch; the policies stay in float32."""
    sizes, patch, crop = model.sizes.policy, model.options.patch, model.options.crop
    glance = GraphSpec(
        "glance",
        Form.WHOLE,
        "glance.onnx",
        Glance(model.glance),
        (read_one("pixels", Source.PIXELS, None, (3, crop, crop)),),
        (
            give("map", Sink.FEATURE, (sizes.channels, sizes.map_side, sizes.map_side), "map"),
            give("vector", Sink.FEATURE, (sizes.channels,), "vector"),
        ),
    )
    focus = GraphSpec(
        "focus",
        Form.WHOLE,
        "focus.onnx",
        Focus(model.focus),
        (read_one("pixels", Source.PIXELS, None, (3, patch, patch)),),
        (give("vector", Sink.FEATURE, (model.focus.channels,), "vector"),),
    )
    vectors = (sizes.channels, model.focus.channels)
    answers = _step_classifier(model.classifier, vectors, model.sizes.classes)
    return glance, policy_spec(model.policy), focus, *answers


def policy_spec(policy: UniPolicy) -> GraphSpec:
    """Both policies on all glance frames; never in half precision."""
    sizes, steps = policy.sizes, policy.look.focus_frames
    glances, side = sizes.glance_frames, sizes.map_side
    rectangles, actions = ((steps, 4), (glances, 4)) if sizes.each_frame else ((4,), (4,))
    return GraphSpec(
        "policy",
        Form.WHOLE,
        "policy.onnx",
        UniPlan(policy),
        (read_all("map", Source.GLANCE, "map", (glances, sizes.channels, side, side)),),
        (
            give("frames", Sink.FRAMES, (steps,)),
            give("rectangles", Sink.RECTANGLES, rectangles),
            give("action", Sink.FEATURE, actions, "action"),
            give("weights", Sink.FEATURE, (glances,), "weights"),
            give("real", Sink.FEATURE, (steps,), "real"),
        ),
        exact=True,
    )


def _step_classifier(
    network: UniClassifier, features: tuple[int, int], classes: int
) -> tuple[GraphSpec, ...]:
    glance, focus = features
    all_glances = read_all("glance", Source.GLANCE, "vector", (network.glances, glance))
    logits = give("logits", Sink.LOGITS, (classes,))
    maximum = (network.width,)
    early = GraphSpec(
        "classifier",
        Form.GLANCE,
        "classifier_glance.onnx",
        AnswerAfterGlance(network),
        (all_glances,),
        (logits, give("glance_maximum", Sink.STATE, maximum, GLANCE_MAXIMUM)),
    )
    step = GraphSpec(
        "classifier",
        Form.STEP,
        "classifier_step.onnx",
        AnswerOfStep(network),
        (
            read_one("focus", Source.FOCUS, "vector", (focus,)),
            read_one("state", Source.STATE, FOCUS_MAXIMUM, maximum),
            read_one("glance_maximum", Source.STATE, GLANCE_MAXIMUM, maximum),
            read_one("step", Source.STEP, None, ()),
        ),
        (logits, give("next_state", Sink.STATE, maximum, FOCUS_MAXIMUM)),
    )
    whole = GraphSpec(
        "classifier",
        Form.WHOLE,
        "classifier.onnx",
        AnswerAtEnd(network),
        (all_glances, read_all("focus", Source.FOCUS, "vector", (network.steps, focus))),
        (logits,),
    )
    return early, step, whole


def uni_video_specs(parts: UniVideoParts) -> tuple[GraphSpec, ...]:
    """Every graph of a system that answers after the glance and at the end; the policies stay in float32."""
    sizes, steps = parts.policy.sizes, parts.policy.look.focus_frames
    glances, side, patch, classes = sizes.glance_frames, parts.glance_side, parts.patch, (parts.classes,)
    maps = (glances, sizes.channels, sizes.map_side, sizes.map_side)
    glance = GraphSpec(
        "glance",
        Form.WHOLE,
        "glance.onnx",
        parts.glance,
        (read_one("pixels", Source.PIXELS, None, (glances, 3, side, side)),),
        (
            give("map", Sink.FEATURE, maps, "map"),
            give("logits", Sink.FEATURE, classes, "logits"),
            give("early", Sink.FEATURE, classes, "early"),
        ),
    )
    focus = GraphSpec(
        "focus",
        Form.WHOLE,
        "focus.onnx",
        parts.focus,
        (read_one("pixels", Source.PIXELS, None, (steps, 3, patch, patch)),),
        (give("logits", Sink.FEATURE, classes, "logits"),),
    )
    return glance, policy_spec(parts.policy), focus, *_two_answers(classes)


def _two_answers(classes: tuple[int]) -> tuple[GraphSpec, ...]:
    early = GraphSpec(
        "classifier",
        Form.GLANCE,
        "classifier_glance.onnx",
        PassOn(),
        (read_all("early", Source.GLANCE, "early", classes),),
        (give("logits", Sink.LOGITS, classes),),
    )
    whole = GraphSpec(
        "classifier",
        Form.WHOLE,
        "classifier.onnx",
        Sum(),
        (
            read_all("glance", Source.GLANCE, "logits", classes),
            read_all("focus", Source.FOCUS, "logits", classes),
        ),
        (give("logits", Sink.LOGITS, classes),),
    )
    return early, whole
