"""What the stages that learn from rewards share (AdaFocus, section 3.3): acting, a critic, PPO."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from training.config import RewardStage
from training.forms.choice import Choice
from training.ppo import ppo_loss, returns
from training.stages.base import Context, Numbers, Scalars, StageRun
from training.stages.looks import Looks, Table, View, fresh_view


@dataclass(frozen=True, slots=True)
class Experience:
    """What acting on a batch gave.

    Attributes:
        maps: the glance maps that were acted on (B, T, c, side, side).
        spread: of the actions.
        actions: what was done (B, S, ...).
        old: log-probability of that (B, S).
        wanted: returns (B, S).
    """

    maps: Tensor
    spread: float
    actions: Tensor
    old: Tensor
    wanted: Tensor


class RewardedRun(StageRun):
    """Acts on a batch with some chance around the policy's best, and learns from what that was worth.

    Args:
        context: what it works on.
        stage: of the configuration.
        choice: what is decided.
    """

    def __init__(self, context: Context, stage: RewardStage, choice: Choice) -> None:
        super().__init__(context)
        self.stage = stage
        self.choice = choice
        self.critic = nn.Linear(context.form.hidden, 1)
        self.extras = self.critic
        self.table: Table | None = None

    @abstractmethod
    def act(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Maps to the scores (B, S, n) and states (B, S, hidden) of the policy that is trained."""

    @abstractmethod
    def live(self, view: View, actions: Tensor, random: np.random.Generator) -> tuple[Tensor, Scalars]:
        """What some actions are worth: rewards (B, S), and what to log. No gradient is kept."""

    def begin(self) -> None:
        """Glance at all videos, and where the stage says so look at a grid of places in all of them."""
        context = self.context
        if self.stage.augment:
            return
        self._looks = Looks(context.form, context.reader, context.cache, context.watch("glance"))
        if self.stage.table is not None:
            self.table = self._looks.table(self.stage.table)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """The clipped objective on what acting with the present policy gives."""
        context, stage = self.context, self.stage
        if stage.augment:
            view = fresh_view(context.form, context.reader, numbers, stage, random)
        else:
            view = self._looks.view(numbers, self.table)
        scores, states = self.act(view.maps)
        spread = stage.spread + (stage.last_spread - stage.spread) * done
        with torch.no_grad():
            actions = self.choice.draw(scores, spread, random)
            gained, scalars = self.live(view, actions, random)
            old = self.choice.log_probability(scores, actions, spread)
        self._lived = Experience(view.maps, spread, actions, old, returns(gained, stage.gamma))
        return self._objective(scores, states), {"reward": float(gained.mean()), **scalars}

    def again(self) -> Iterator[Tensor]:
        """The same on the same actions, with the policy as it is by then."""
        for _ in range(self.stage.passes - 1):
            yield self._objective(*self.act(self._lived.maps))

    def confidence(self, answers: Tensor, numbers: Numbers) -> Tensor:
        """Probability of the true class in each answer: (B, S, classes) to (B, S)."""
        right = self.context.answers(numbers)[:, None, None].expand(-1, answers.shape[1], 1)
        return answers.float().softmax(2).gather(2, right).squeeze(2)

    def _objective(self, scores: Tensor, states: Tensor) -> Tensor:
        lived, stage = self._lived, self.stage
        new = self.choice.log_probability(scores, lived.actions, lived.spread)
        values = self.critic(states).squeeze(2)
        loss = ppo_loss(new, lived.old, lived.wanted, values, stage.ratio_clip, stage.value)
        return loss - stage.entropy * self.choice.entropy(scores, lived.spread).mean()
