"""The choice of frames, from rewards (OCSampler, section 3)."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from training.end_to_end.method import full_precision
from training.features import Floats
from training.ocsampler.chance import draw, log_chance, uniform_frames
from training.ocsampler.config import ChoiceStage
from training.ocsampler.run import SamplerRun, cached_embeddings, embedded, taken
from training.stages.base import Numbers, Scalars, Task, correct


class ChoiceRun(SamplerRun):
    """Draws frames by the policy's probabilities, and makes those sets likelier that beat uniform frames.

    The classifier is frozen, so where nothing is drawn of the videos each frame goes through it once.
    """

    def __init__(self, task: Task, stage: ChoiceStage) -> None:
        super().__init__(task, stage)
        self.stage = stage
        self._kept: Floats | None = None
        options = self.network.options
        self._uniform = torch.from_numpy(uniform_frames(options.frames, options.keep)).to(task.device)

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The skim network and its logit."""
        return (self.network.glance, 1.0), (self.network.policy, 1.0)

    def begin(self) -> None:
        """Look at every frame, unless there are always others."""
        if not self.stage.augment:
            self._kept = cached_embeddings(self.network.eval(), self.clips, self.task)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """The policy gradient, to be made small: -(reward * log chance + e * entropy)."""
        network, stage = self.network, self.stage
        frames = self.clips.frames(numbers, random)
        seen = self._embedded(numbers, frames)
        features = network.glance(network.glance_pixels(frames))
        with full_precision(frames):
            logarithms = network.policy.logit(features.float()).flatten(1).log_softmax(1)
            drawn = draw(logarithms.detach(), network.options.keep, random)
            reward, scalars = self._reward(seen, drawn, numbers)
            entropy = -(logarithms.exp() * logarithms).sum(1)
            gain = reward * log_chance(logarithms, drawn).float() + stage.entropy * entropy
        return -gain.mean(), {**scalars, "entropy": float(entropy.detach().mean())}

    def _embedded(self, numbers: Numbers, frames: Tensor) -> Tensor:
        if self._kept is None:
            return embedded(self.network, frames)
        return torch.from_numpy(self._kept[numbers]).to(frames.device)

    @torch.no_grad()
    def _reward(self, seen: Tensor, drawn: Tensor, numbers: Numbers) -> tuple[Tensor, Scalars]:
        """What the drawn frames (B, K) are worth more than uniform ones (B), and what to log.

        Args:
            seen: embedded frames (B, T, width).
            drawn: frame numbers.
            numbers: of the videos.
        """
        layer, answers = self.network.classifier.fc, self.task.answers(numbers)
        found = layer(taken(seen, drawn).amax(1)).softmax(1)
        usual = layer(seen[:, self._uniform].amax(1)).softmax(1)
        if self.stage.reward == "largest":
            reward = found.amax(1) - usual.amax(1)
        else:
            reward = (found - usual).gather(1, answers[:, None])[:, 0]
        scalars = {
            "reward": float(reward.mean()),
            "accuracy": correct(found, answers),
            "uniform": correct(usual, answers),
        }
        return reward, scalars
