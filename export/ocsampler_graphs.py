"""The graphs of OCSampler, as a bundle declares them.

Every input and output is float32 (or the number of a frame), whatever the weights are in.
"""

from torch import Tensor, nn

from export.frame_graphs import Focus, map_of
from export.graphs import GraphSpec, give, read_all, read_one
from export.precision import element_type
from foveate.bundle.vocabulary import Form, Sink, Source
from models.ocsampler import MaximumClassifier, OCSampler, Skim


class SkimVideo(nn.Module):
    """Pixels of all candidate frames (n, T, 3, side, side) to a feature each."""

    def __init__(self, skim: Skim) -> None:
        super().__init__()
        self.skim = skim

    def forward(self, pixels: Tensor) -> Tensor:
        """Gives the features (n, T, channels)."""
        vectors = map_of(self.skim.net, pixels.flatten(0, 1)).mean((2, 3))
        return vectors.reshape(-1, pixels.shape[1], vectors.shape[1])


class WholeMaximum(nn.Module):
    """The features of all kept frames of a video at once (n, K, features)."""

    def __init__(self, network: MaximumClassifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, focus: Tensor) -> Tensor:
        """Gives the answer of stopping after each kept frame (n, K, classes)."""
        answers: Tensor = self.network(focus.to(element_type(self)))
        return answers.float()


class StepMaximum(nn.Module):
    """One kept frame's feature (n, features) and the maximum so far (n, width)."""

    def __init__(self, network: MaximumClassifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, focus: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Gives the answer (n, classes) and the next maximum."""
        dtype = element_type(self)
        answer, largest = self.network.step(focus.to(dtype), state.to(dtype))
        return answer.float(), largest.float()


def ocsampler_specs(model: OCSampler, crop: int) -> tuple[GraphSpec, ...]:
    """Every graph of a bundle; the policy stays in float32 in any precision.

    Args:
        model: the network.
        crop: side of a frame in pixels.
    """
    return (*_choosing(model), _focus(model, crop), *_classifiers(model))


def _choosing(model: OCSampler) -> tuple[GraphSpec, ...]:
    frames, side, channels = model.options.frames, model.options.skim_side, model.sizes.skim.last
    glance = GraphSpec(
        "glance",
        Form.WHOLE,
        "glance.onnx",
        SkimVideo(model.glance),
        (read_one("pixels", Source.PIXELS, None, (frames, 3, side, side)),),
        (give("features", Sink.FEATURE, (frames, channels), "features"),),
    )
    policy = GraphSpec(
        "policy",
        Form.WHOLE,
        "policy.onnx",
        model.policy,
        (read_all("features", Source.GLANCE, "features", (frames, channels)),),
        (
            give("frames", Sink.FRAMES, (model.options.keep,)),
            give("probabilities", Sink.FEATURE, (frames,), "probabilities"),
        ),
        exact=True,
    )
    return glance, policy


def _focus(model: OCSampler, crop: int) -> GraphSpec:
    return GraphSpec(
        "focus",
        Form.WHOLE,
        "focus.onnx",
        Focus(model.focus),
        (read_one("pixels", Source.PIXELS, None, (3, crop, crop)),),
        (give("vector", Sink.FEATURE, (model.focus.channels,), "vector"),),
    )


def _classifiers(model: OCSampler) -> tuple[GraphSpec, ...]:
    network, keep, classes = model.classifier, model.options.keep, model.sizes.classes
    features, width = model.focus.channels, network.state_size
    whole = GraphSpec(
        "classifier",
        Form.WHOLE,
        "classifier.onnx",
        WholeMaximum(network),
        (read_all("focus", Source.FOCUS, "vector", (keep, features)),),
        (give("logits", Sink.LOGITS, (keep, classes)),),
    )
    step = GraphSpec(
        "classifier",
        Form.STEP,
        "classifier_step.onnx",
        StepMaximum(network),
        (
            read_one("focus", Source.FOCUS, "vector", (features,)),
            read_one("state", Source.STATE, "classifier", (width,)),
        ),
        (
            give("logits", Sink.LOGITS, (classes,)),
            give("next_state", Sink.STATE, (width,), "classifier"),
        ),
    )
    return whole, step
