"""Stage 3: the classifier alone, on the patches that the policy chooses (AdaFocus, section 3.3)."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from foveate.errors import ConfigError
from models.classifier import GruClassifier
from models.running_max import RunningMaxClassifier
from training.change_memory import OF_FEATURES, inputs_of, sum_up_change
from training.config import ClassifierStage
from training.features import Floats
from training.stages.base import Context, Numbers, Scalars, StageRun
from training.stages.looks import Looks, fresh_view, middle_corners
from training.stages.random_patches import answer_loss


class ClassifierRun(StageRun):
    """Everything else is frozen, so each video's features are computed once, unless crops are drawn.

    Raises:
        ConfigError: the embedding shall be the identity, and the classifier has none of that size; or its
            state shall sum up change, and it has none.
    """

    def __init__(self, context: Context, stage: ClassifierStage) -> None:
        super().__init__(context)
        self.stage = stage
        self._memory: GruClassifier | None = None
        if stage.embedding == "identity":
            become_identity(context.form.classifier)
        if stage.embedding == "change":
            self._memory = recurrent(context.form.classifier)

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The classifier, or its last layer."""
        return ((self._memory.fc if self._memory else self.context.form.classifier, 1.0),)

    def begin(self) -> None:
        """Look at all videos."""
        context = self.context
        for part in (context.form.glance, context.form.policy, context.form.focus):
            part.eval()
        if not self.stage.augment or self._memory is not None:
            self._looks = Looks(context.form, context.reader, context.cache, context.watch("glance"))
            self._local = patch_features(self._looks, context, self.stage.places)

    def start(self) -> None:
        """Set the classifier's state to sum up change, if it shall."""
        if self._memory is None:
            return
        sizes = torch.from_numpy(self._local.std((0, 1), dtype=np.float64)).float()
        columns = sizes.argsort(descending=True, stable=True)[: inputs_of(self._memory.state_size)]
        glance = self._memory.gru.weight_ih_l0.shape[1] - len(sizes)
        sum_up_change(self._memory.gru, glance + columns, sizes[columns], OF_FEATURES)
        with torch.no_grad():
            self._memory.fc.weight.zero_()

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """Cross-entropy of the answer after each decision."""
        context = self.context
        vectors, local = self._features(numbers, random)
        classifier = context.form.classifier
        if self.stage.embedding == "identity" and isinstance(classifier, RunningMaxClassifier):
            # No gradient passes the embedding, whose norms still learn the features' sizes.
            with torch.no_grad():
                embedded = classifier.shared(torch.cat([vectors, local], 2))
            answers = classifier.answers(functional.dropout(embedded, self.stage.dropout))
        elif self._memory is not None:
            with torch.no_grad():
                states = self._memory.gru(torch.cat([vectors, local], 2))
            answers = self._memory.fc(functional.dropout(states, self.stage.dropout))
        else:
            answers = context.form.answers(vectors, local, self.stage.dropout)
        return answer_loss(answers, context.answers(numbers))

    def _features(self, numbers: Numbers, random: np.random.Generator) -> tuple[Tensor, Tensor]:
        form = self.context.form
        if not self.stage.augment:
            local = torch.from_numpy(self._local[numbers]).to(self.context.device)
            return self._looks.vectors_of(numbers), local
        with torch.no_grad():
            view = fresh_view(form, self.context.reader, numbers, self.stage, random)
            if self.stage.places == "random":
                return view.vectors, view.random(random)
            if self.stage.places == "middle":
                return view.vectors, view.at(middle_corners(form, len(numbers), self.context.device))
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


def recurrent(classifier: nn.Module) -> GruClassifier:
    """The classifier, which must be recurrent and have a state long enough to sum up change.

    Raises:
        ConfigError: it is not.
    """
    if not isinstance(classifier, GruClassifier):
        raise ConfigError("an 'embedding' of change wants a recurrent classifier")
    inputs_of(classifier.state_size)
    return classifier


def patch_features(looks: Looks, context: Context, places: str = "policy") -> Floats:
    """Focus features of every frame (N, F, c), patches looked at where the policy says, or elsewhere."""
    form = context.form
    networks: tuple[nn.Module, ...] = (form.focus,)
    if places == "policy":
        networks = form.glance, form.policy, form.focus

    def look(number: int) -> Tensor:
        view = looks.view(np.array([number]))
        if places == "random":
            # The same each time: what is computed after a kill is what would have been computed without one.
            return view.at(looks.random_corners(1, np.random.default_rng(number)))[0]
        middle = places == "middle"
        return view.at(looks.middle_corners(1) if middle else looks.policy_corners(view.maps))[0]

    name = "looks" if places == "policy" else f"looks-{places}"
    return looks.features(name, networks, look, context.watch("look"))
