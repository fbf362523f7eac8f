"""Stage 2: the policy alone, from rewards (AdaFocus, section 3.3), on glance features that are kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.running_max import RunningMaxClassifier
from training.config import PolicyStage
from training.ppo import log_probability, ppo_loss, returns, rewards
from training.stages.base import Context, Numbers, Scalars, StageRun
from training.stages.looks import Looks


@dataclass(frozen=True, slots=True)
class _Experience:
    """What acting on a batch gave: actions (B, T, 2), their log-probability and their returns (B, T)."""

    maps: Tensor
    spread: float
    actions: Tensor
    old: Tensor
    wanted: Tensor
    reward: float
    confidence: float


class PolicyRun(StageRun):
    """Acts on a batch with some spread around the policy's places, and learns from what that was worth."""

    def __init__(self, context: Context, stage: PolicyStage) -> None:
        super().__init__(context)
        self.stage = stage
        self.critic = nn.Linear(context.network.sizes.policy.hidden, 1)
        self.extras = self.critic

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The policy and its critic."""
        return (self.context.network.policy, 1.0), (self.critic, 1.0)

    def begin(self) -> None:
        """Glance at all videos."""
        context = self.context
        watch = context.watch("glance")
        self._looks = Looks(context.network, context.data, context.device, context.cache, watch)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """The clipped objective on what acting with the present policy gives."""
        maps = self._looks.maps(numbers)
        scores, states, _ = self.context.network.policy(maps)
        means = torch.sigmoid(scores.float())
        spread = self.stage.spread + (self.stage.last_spread - self.stage.spread) * done
        self._lived = self._act(numbers, maps, means.detach(), spread, random)
        scalars = {"reward": self._lived.reward, "confidence": self._lived.confidence}
        return self._objective(self._lived, means, states), scalars

    def again(self) -> Iterator[Tensor]:
        """The same on the same actions, with the policy as it is by then."""
        lived = self._lived
        for _ in range(self.stage.passes - 1):
            scores, states, _ = self.context.network.policy(lived.maps)
            yield self._objective(lived, torch.sigmoid(scores.float()), states)

    def _objective(self, lived: _Experience, means: Tensor, states: Tensor) -> Tensor:
        new = log_probability(lived.actions, means, lived.spread)
        values = self.critic(states).squeeze(2)
        return ppo_loss(new, lived.old, lived.wanted, values, self.stage.ratio_clip, self.stage.value)

    @torch.no_grad()
    def _act(
        self, numbers: Numbers, maps: Tensor, means: Tensor, spread: float, random: np.random.Generator
    ) -> _Experience:
        noise = torch.from_numpy(random.standard_normal(means.shape).astype(np.float32)).to(means.device)
        # The probability is taken after clipping, as published.
        actions = (means + spread * noise).clamp(0, 1)
        vectors = maps.mean((3, 4))
        classifier = self.context.network.classifier
        local = self._looks.focus(numbers, actions * self._looks.free())
        shared = classifier.shared(torch.cat([vectors, local], 2))
        chosen = self._confidence(classifier.answers(shared), numbers)
        other = None
        if self.stage.reward == "gain":
            corners = self._looks.random_corners(len(numbers), random)
            drawn = classifier.shared(torch.cat([vectors, self._looks.focus(numbers, corners)], 2))
            other = self._confidence(_answers_with(classifier, shared, drawn), numbers)
        gained = rewards(self.stage.reward, chosen, other)
        return _Experience(
            maps=maps,
            spread=spread,
            actions=actions,
            old=log_probability(actions, means, spread),
            wanted=returns(gained, self.stage.gamma),
            reward=float(gained.mean()),
            confidence=float(chosen[:, -1].mean()),
        )

    def _confidence(self, logits: Tensor, numbers: Numbers) -> Tensor:
        """Probability of the true class after each frame (B, T)."""
        answers = self.context.answers(numbers)[:, None, None].expand(-1, logits.shape[1], 1)
        return logits.float().softmax(2).gather(2, answers).squeeze(2)


def _answers_with(classifier: RunningMaxClassifier, shared: Tensor, drawn: Tensor) -> Tensor:
    """Logits after each frame had this frame alone been another (B, T, classes).

    Args:
        classifier: the running maximum's.
        shared: its shared layer's outputs for the frames before (B, T, width).
        drawn: for the frame itself.
    """
    before = torch.zeros_like(drawn[:, 0])
    largest = []
    for frame in range(drawn.shape[1]):
        largest.append(torch.maximum(before, drawn[:, frame]))
        before = torch.maximum(before, shared[:, frame])
    logits = torch.stack(largest) @ classifier.weights.transpose(1, 2) + classifier.biases[:, None]
    out: Tensor = logits.transpose(0, 1)
    return out
