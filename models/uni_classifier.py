"""The classifier of Uni-AdaFocus: maxima of embedded features, and a linear layer of its own a step."""

import torch
from torch import Tensor, nn


def embedding(features: int, width: int) -> nn.Sequential:
    """A linear layer, normalisation and ReLU: features (n, features) to (n, width)."""
    return nn.Sequential(nn.Linear(features, width), nn.BatchNorm1d(width), nn.ReLU())


def running_maximum(values: Tensor) -> Tensor:
    """(B, T, width) to the elementwise maximum of all steps so far, in the same shape."""
    largest = [values[:, 0]]
    for step in range(1, values.shape[1]):
        largest.append(torch.maximum(largest[-1], values[:, step]))
    return torch.stack(largest, 1)


class StepLayers(nn.Module):
    """One linear layer a step, kept together so that a batch may gather the layers of different steps.

    Args:
        steps: how many.
        features: inputs of each.
        classes: outputs of each.
    """

    def __init__(self, steps: int, features: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(steps, classes, features))
        self.bias = nn.Parameter(torch.zeros(steps, classes))
        nn.init.uniform_(self.weight, -(features**-0.5), features**-0.5)

    def forward(self, values: Tensor) -> Tensor:
        """(B, steps, features), each step through its own layer, to (B, steps, classes)."""
        return (values.transpose(0, 1) @ self.weight.transpose(1, 2) + self.bias[:, None]).transpose(0, 1)

    def one(self, values: Tensor, step: int) -> Tensor:
        """(B, features) through the layer of one step, the same for all."""
        return nn.functional.linear(values, self.weight[step], self.bias[step])

    def at(self, values: Tensor, steps: Tensor) -> Tensor:
        """(B, features), each through the layer of its own step (B)."""
        weight = self.weight.index_select(0, steps)
        return (weight @ values.unsqueeze(2)).squeeze(2) + self.bias.index_select(0, steps)


class UniClassifier(nn.Module):
    """Answers of the glance steps and of the focus steps (Uni-AdaFocus, section 3.4).

    Args:
        glance: length of a glance feature.
        focus: length of a focus feature.
        width: length of an embedded feature.
        classes: number of classes.
        glances: glance steps G.
        steps: focus steps K.
    """

    def __init__(self, glance: int, focus: int, width: int, classes: int, glances: int, steps: int) -> None:
        super().__init__()
        self.width = width
        self.glances = glances
        self.steps = steps
        self.glance_embedding = embedding(glance, width)
        self.focus_embedding = embedding(focus, width)
        self.glance_layers = StepLayers(glances, width, classes)
        self.focus_layers = StepLayers(steps, 2 * width, classes)

    def glance_maximum(self, glance: Tensor) -> Tensor:
        """Glance features (B, G, features) to the maximum of their embeddings (B, width)."""
        return self._embedded(self.glance_embedding, glance).amax(1)

    def forward(self, glance: Tensor, focus: Tensor) -> Tensor:
        """Everything: (B, G, features) and (B, K, features) to logits (B, G + K, classes)."""
        seen = running_maximum(self._embedded(self.glance_embedding, glance))
        first: Tensor = self.glance_layers(seen)
        return torch.cat([first, self.after_steps(seen[:, -1], focus)], 1)

    def after_glance(self, glance: Tensor) -> tuple[Tensor, Tensor]:
        """The answer before any focus: (B, G, features) to logits (B, classes) and the glance's maximum."""
        largest = self.glance_maximum(glance)
        return self.glance_layers.one(largest, self.glances - 1), largest

    def after_steps(self, glance_maximum: Tensor, focus: Tensor) -> Tensor:
        """The glance's maximum (B, width) and (B, K, features) to the logits of every focus step."""
        seen = running_maximum(self._embedded(self.focus_embedding, focus))
        glance = glance_maximum.unsqueeze(1).expand(-1, seen.shape[1], -1)
        logits: Tensor = self.focus_layers(torch.cat([seen, glance], 2))
        return logits

    def after_last(self, glance: Tensor, focus: Tensor) -> Tensor:
        """The prediction alone (B, classes), without the answers before it."""
        seen = self._embedded(self.focus_embedding, focus).amax(1)
        return self.focus_layers.one(torch.cat([seen, self.glance_maximum(glance)], 1), self.steps - 1)

    def step(
        self, focus: Tensor, focus_maximum: Tensor, glance_maximum: Tensor, index: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One focus step of each video.

        Args:
            focus: (B, features).
            focus_maximum: maximum so far (B, width), zeros before the first step.
            glance_maximum: (B, width).
            index: number of each video's step (B), which need not be equal.

        Returns:
            Logits (B, classes) and the next ``focus_maximum``.
        """
        seen = torch.maximum(focus_maximum, self.focus_embedding(focus))
        return self.focus_layers.at(torch.cat([seen, glance_maximum], 1), index), seen

    @staticmethod
    def _embedded(layers: nn.Sequential, features: Tensor) -> Tensor:
        embedded: Tensor = layers(features.flatten(0, 1))
        return embedded.reshape(-1, features.shape[1], embedded.shape[1])


class GlanceAnswer(nn.Module):
    """The form of the classifier that answers after the glance; see ``UniClassifier.after_glance``."""

    def __init__(self, classifier: UniClassifier) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, glance: Tensor) -> tuple[Tensor, Tensor]:
        """(B, G, features) to logits (B, classes) and the glance's maximum (B, width)."""
        return self.classifier.after_glance(glance)


class StepAnswer(nn.Module):
    """The form for one focus step; see ``UniClassifier.step``."""

    def __init__(self, classifier: UniClassifier) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(
        self, focus: Tensor, focus_maximum: Tensor, glance_maximum: Tensor, index: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Gives logits (B, classes) and the next ``focus_maximum`` (B, width)."""
        return self.classifier.step(focus, focus_maximum, glance_maximum, index)


class WholeAnswer(nn.Module):
    """The form for a whole video: the answers after every focus step, or the last one alone."""

    def __init__(self, classifier: UniClassifier, every_step: bool) -> None:
        super().__init__()
        self.classifier = classifier
        self.every_step = every_step

    def forward(self, glance: Tensor, focus: Tensor) -> Tensor:
        """(B, G, features) and (B, K, features) to logits (B, K, classes) or (B, classes)."""
        if not self.every_step:
            return self.classifier.after_last(glance, focus)
        return self.classifier.after_steps(self.classifier.glance_maximum(glance), focus)
