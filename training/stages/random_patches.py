"""Stage 1: focus network and classifier on random patches (AdaFocus, section 3.3)."""

from collections.abc import Iterable

import numpy as np
from torch import Tensor, nn
from torch.nn import functional

from training.config import RandomStage
from training.stages.base import Context, Numbers, Scalars, StageRun, correct
from training.stages.looks import Looks, fresh_view


class RandomRun(StageRun):
    """A patch at a uniform random place for each decision; the glance network is frozen.

    Its features are kept, unless crops are drawn.
    """

    def __init__(self, context: Context, stage: RandomStage) -> None:
        super().__init__(context)
        self.stage = stage

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The focus network, slowly, and the classifier."""
        form = self.context.form
        return (form.focus, self.stage.focus_rate / self.stage.rate), (form.classifier, 1.0)

    def begin(self) -> None:
        """Glance at all videos."""
        context = self.context
        if not self.stage.augment:
            self._looks = Looks(context.form, context.reader, context.cache, context.watch("glance"))

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """Cross-entropy of the answer after each decision."""
        context = self.context
        if self.stage.augment:
            view = fresh_view(context.form, context.reader, numbers, self.stage, random)
        else:
            view = self._looks.view(numbers)
        local = view.random(random)
        answers = context.form.answers(view.vectors, local, self.stage.dropout)
        return answer_loss(answers, context.answers(numbers))


def answer_loss(logits: Tensor, answers: Tensor) -> tuple[Tensor, Scalars]:
    """Mean cross-entropy of the answers of each video (B, S, classes)."""
    count = logits.shape[1]
    loss = functional.cross_entropy(logits.flatten(0, 1), answers.repeat_interleave(count))
    return loss, {"accuracy": correct(logits[:, -1], answers), "first": correct(logits[:, 0], answers)}
