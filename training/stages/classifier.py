"""Stage 3: the classifier alone, on the patches that the policy chooses (AdaFocus, section 3.3)."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from foveate.errors import ConfigError
from models.running_max import RunningMaxClassifier
from training.config import ClassifierStage
from training.features import Floats
from training.stages.base import Context, Numbers, Scalars, StageRun
from training.stages.looks import Looks, centre_corners, fresh_view
from training.stages.random_patches import answer_loss


class ClassifierRun(StageRun):
    """Everything else is frozen, so each video's features are computed once, unless crops are drawn.

    Raises:
        ConfigError: the embedding shall be the identity, and the classifier has none of that size.
    """

    def __init__(self, context: Context, stage: ClassifierStage) -> None:
        super().__init__(context)
        self.stage = stage
        if stage.embedding == "identity":
            become_identity(context.form.classifier)

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The classifier."""
        return ((self.context.form.classifier, 1.0),)

    def begin(self) -> None:
        """Look at all videos."""
        context = self.context
        for part in (context.form.glance, context.form.policy, context.form.focus):
            part.eval()
        if not self.stage.augment:
            self._looks = Looks(context.form, context.reader, context.cache, context.watch("glance"))
            self._local = patch_features(self._looks, context, self.stage.places)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """Cross-entropy of the answer after each decision, or after the last alone."""
        answers = self._answers(numbers, random)
        if self.stage.answers == "last":
            answers = answers[:, -1:]
        return answer_loss(answers, self.context.answers(numbers))

    def _answers(self, numbers: Numbers, random: np.random.Generator) -> Tensor:
        vectors, local = self._features(numbers, random)
        classifier = self.context.form.classifier
        if self.stage.embedding == "identity" and isinstance(classifier, RunningMaxClassifier):
            # No gradient passes the embedding, whose norms still learn the features' sizes.
            with torch.no_grad():
                embedded = classifier.shared(torch.cat([vectors, local], 2))
            answers: Tensor = classifier.answers(functional.dropout(embedded, self.stage.dropout))
            return answers
        return self.context.form.answers(vectors, local, self.stage.dropout)

    def _features(self, numbers: Numbers, random: np.random.Generator) -> tuple[Tensor, Tensor]:
        form = self.context.form
        if not self.stage.augment:
            local = torch.from_numpy(self._local[numbers]).to(self.context.device)
            return self._looks.vectors_of(numbers), local
        with torch.no_grad():
            view = fresh_view(form, self.context.reader, numbers, self.stage, random)
            if self.stage.places == "random":
                return view.vectors, view.random(random)
            if self.stage.places == "centre":
                return view.vectors, view.at(centre_corners(form, len(numbers), self.context.device))
            return view.vectors, view.chosen(form.choice.best(form.act(view.maps)[0]))


@torch.no_grad()
def become_identity(classifier: nn.Module) -> None:
    """Make the embedding of a running maximum pass its features on.

    Raises:
        ConfigError: it is another classifier, or its embedding is of another length than the features.
    """
    layer = classifier.layers[0] if isinstance(classifier, RunningMaxClassifier) else None
    if not isinstance(layer, nn.Linear) or layer.in_features != layer.out_features:
        raise ConfigError("an 'embedding' of identity wants a running maximum as wide as the features")
    layer.weight.copy_(torch.eye(layer.in_features))
    layer.bias.zero_()


def patch_features(looks: Looks, context: Context, places: str = "policy") -> Floats:
    """Focus features of every frame (N, F, c), patches looked at where the policy says, or elsewhere."""

    def corners(number: int) -> Tensor:
        if places == "centre":
            return looks.centre_corners(1)
        if places == "random":
            # The same each time: what is computed after a kill is what would have been computed without one.
            return looks.random_corners(1, np.random.default_rng(number))
        return looks.policy_corners(looks.view(np.array([number])).maps)

    return looks.patches(places, corners, context.watch("look"))
