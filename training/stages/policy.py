"""Stage 2: the policy alone, from rewards (AdaFocus, section 3.3), on glance features that are kept."""

from collections.abc import Iterable

import numpy as np
from torch import Tensor, nn

from training.config import PolicyStage
from training.ppo import rewards
from training.stages.base import Context, Scalars
from training.stages.looks import View
from training.stages.rewarded import RewardedRun


class PolicyRun(RewardedRun):
    """Learns where to look."""

    def __init__(self, context: Context, stage: PolicyStage) -> None:
        super().__init__(context, stage, context.form.choice)
        self.reward = stage.reward

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The policy and its critic."""
        return (self.context.form.policy, 1.0), (self.critic, 1.0)

    def act(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Of the policy."""
        return self.context.form.act(maps)

    def live(self, view: View, actions: Tensor, random: np.random.Generator) -> tuple[Tensor, Scalars]:
        """What looking there gave; ``confidence`` is that of the last answer."""
        form, local = self.context.form, view.chosen(actions)
        if self.reward == "gain":
            answers, changed = form.answers_with(view.vectors, local, view.random(random))
            other = self.confidence(changed, view.numbers)
        else:
            answers, other = form.answers(view.vectors, local), None
        chosen = self.confidence(answers, view.numbers)
        return rewards(self.reward, chosen, other), {"confidence": float(chosen[:, -1].mean())}
