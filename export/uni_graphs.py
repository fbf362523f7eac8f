"""Graphs of Uni-AdaFocus's three systems: networks with the ports that a bundle declares.

Every input and output is float32 (or a number of a frame or step), whatever the weights are in.
"""

from torch import Tensor, nn

from export.frame_graphs import map_of
from export.precision import element_type
from export.video_graphs import mean_logits
from models.published import filled
from models.uni_adafocus_tsm import UniTsmGlance
from models.uni_adafocus_x3d import UniX3dFocus, UniX3dGlance
from models.uni_classifier import GlanceAnswer, StepAnswer, UniClassifier, WholeAnswer
from models.uni_policy import UniPolicy
from models.x3d import X3D

_LAYERS = ("glance_layers", "focus_layers")


class UniPlan(nn.Module):
    """All glance maps of a video to the frames and rectangles of its patches; always float32."""

    def __init__(self, policy: UniPolicy) -> None:
        super().__init__()
        self.policy = policy

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Maps (n, G, channels, side, side) to what is looked at, and what it follows from.

        Gives candidates (n, K) in int64, rectangles (n, K, 4) or (n, 4) of top, left, height and width, and
        for comparison actions (n, G, 4) or (n, 4), weights (n, G), and the frames as real numbers (n, K).
        """
        choice = self.policy(maps, maps.mean((3, 4)))
        return choice.frames, choice.rectangles, choice.action, choice.weights, choice.real


def last_layers(classifier: UniClassifier) -> UniClassifier:
    """A classifier of one glance step and one focus step, each the last, that shares the other's weights.

    The layers of the steps before are most of a classifier, and no answer of a video's end reads them.
    """
    state = classifier.state_dict()
    for name in (f"{layers}.{part}" for layers in _LAYERS for part in ("weight", "bias")):
        state[name] = state[name][-1:]
    glance, focus = (state[f"{part}_embedding.0.weight"].shape[1] for part in ("glance", "focus"))
    classes = state["glance_layers.bias"].shape[1]
    return filled(lambda: UniClassifier(glance, focus, classifier.width, classes, 1, 1), state)


class AnswerAfterGlance(nn.Module):
    """The features of all glance frames (n, G, features)."""

    def __init__(self, classifier: UniClassifier) -> None:
        super().__init__()
        self.answer = GlanceAnswer(last_layers(classifier))

    def forward(self, glance: Tensor) -> tuple[Tensor, Tensor]:
        """Gives the answer (n, classes) and the maximum of the embedded features (n, width)."""
        logits, largest = self.answer(glance.to(element_type(self)))
        return logits.float(), largest.float()


class AnswerOfStep(nn.Module):
    """One step's feature (n, features), both maxima (n, width) and the number of the step (n)."""

    def __init__(self, classifier: UniClassifier) -> None:
        super().__init__()
        self.answer = StepAnswer(classifier)

    def forward(self, focus: Tensor, state: Tensor, glance: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
        """Gives the answer (n, classes) and the next maximum of the focus (n, width)."""
        dtype = element_type(self)
        logits, largest = self.answer(focus.to(dtype), state.to(dtype), glance.to(dtype), step)
        return logits.float(), largest.float()


class AnswerAtEnd(nn.Module):
    """All features of a video at once: (n, G, features) and (n, K, features)."""

    def __init__(self, classifier: UniClassifier) -> None:
        super().__init__()
        self.answer = WholeAnswer(last_layers(classifier), every_step=False)

    def forward(self, glance: Tensor, focus: Tensor) -> Tensor:
        """Gives the answer after the last step (n, classes)."""
        dtype = element_type(self)
        logits: Tensor = self.answer(glance.to(dtype), focus.to(dtype))
        return logits.float()


class TsmGlance(nn.Module):
    """Pixels of all glance frames (n, G, 3, side, side) to maps and two answers."""

    def __init__(self, network: UniTsmGlance) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gives maps (n, G, channels, h, w), a part of the prediction and the early answer (n, classes)."""
        flat = map_of(self.network.stream.net, pixels.flatten(0, 1))
        maps = flat.reshape(-1, pixels.shape[1], *flat.shape[1:])
        vectors = maps.mean((3, 4))
        return maps, mean_logits(self.network.stream.fc, vectors), mean_logits(self.network.early, vectors)


class X3dGlance(nn.Module):
    """Pixels of all glance frames (n, G, 3, side, side) to maps and two answers."""

    def __init__(self, network: UniX3dGlance) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gives maps (n, G, channels, h, w), a part of the prediction and the early answer (n, classes)."""
        clip, logits = _clip(self.network.net, pixels)
        maps = clip.transpose(1, 2)
        vectors = maps.mean((3, 4)).to(element_type(self))
        return maps, logits, self.network.early(vectors).float().mean(1)


class X3dFocus(nn.Module):
    """Pixels of all patches (n, K, 3, P, P) to the video's logits."""

    def __init__(self, network: UniX3dFocus) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        """Gives a part of the prediction (n, classes)."""
        return _clip(self.network.net, pixels)[1]


def _clip(network: X3D, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Maps (n, channels, T, h, w) and logits (n, classes), with the means in float32 (see ``map_of``)."""
    dtype = element_type(network)
    maps = network.maps(pixels.to(dtype)).float()
    mean = maps.mean((2, 3, 4), keepdim=True).to(dtype)
    return maps, network.head.logits(mean).float()
