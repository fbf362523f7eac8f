"""The classifier of few videos: a state that is set to sum up change, and a last layer trained on it."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from foveate.errors import ConfigError
from models.classifier import GruClassifier
from training.change_memory import OF_FEATURES, inputs_of, sum_up_change
from training.config import ClassifierStage
from training.stages.base import Context, Numbers
from training.stages.classifier import ClassifierRun

_AT_ONCE = 16


class ChangeRun(ClassifierRun):
    """The last layer alone is trained, on how far the states are from their mean over the videos.

    Raw states have all but the same large mean, along which a descent spends its steps.

    Raises:
        ConfigError: the classifier is not recurrent, its state is too short, or crops shall be drawn.
    """

    def __init__(self, context: Context, stage: ClassifierStage) -> None:
        super().__init__(context, stage)
        classifier = context.form.classifier
        if not isinstance(classifier, GruClassifier):
            raise ConfigError("an 'embedding' of change wants a recurrent classifier")
        inputs_of(classifier.state_size)
        if stage.augment:
            raise ConfigError("an 'embedding' of change sees every video as it is: 'augment' is to be off")
        self._memory = classifier
        self._states: Tensor | None = None

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The last layer."""
        return ((self._memory.fc, 1.0),)

    @torch.no_grad()
    def start(self) -> None:
        """Set the state to sum up change, and no class to be preferred."""
        sizes = torch.from_numpy(self._local.std((0, 1), dtype=np.float64)).float()
        columns = sizes.argsort(descending=True, stable=True)[: inputs_of(self._memory.state_size)]
        glance = self._memory.gru.weight_ih_l0.shape[1] - len(sizes)
        sum_up_change(self._memory.gru, glance + columns, sizes[columns], OF_FEATURES)
        self._memory.fc.weight.zero_()
        self._memory.fc.bias.zero_()

    @torch.no_grad()
    def finish(self) -> None:
        """Let the last layer take states as they are."""
        fc = self._memory.fc
        fc.bias.sub_(fc.weight @ self._all()[:, -1].mean(0))

    def _answers(self, numbers: Numbers, random: np.random.Generator) -> Tensor:
        states = self._all()
        away = states[torch.from_numpy(numbers).to(states.device)] - states[:, -1].mean(0)
        answers: Tensor = self._memory.fc(functional.dropout(away, self.stage.dropout))
        return answers

    @torch.no_grad()
    def _all(self) -> Tensor:
        """The states of all videos after every decision (N, S, hidden), which no step changes."""
        if self._states is None:
            count = len(self._local)
            parts = [np.arange(begin, min(begin + _AT_ONCE, count)) for begin in range(0, count, _AT_ONCE)]
            self._states = torch.cat([self._states_of(part) for part in parts])
        return self._states

    def _states_of(self, numbers: Numbers) -> Tensor:
        local = torch.from_numpy(self._local[numbers]).to(self.context.device)
        states: Tensor = self._memory.gru(torch.cat([self._looks.vectors_of(numbers), local], 2))
        return states
