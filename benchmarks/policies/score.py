"""Training a classifier on the cached features of some places, and how often it is right."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.optim import AdamW

from benchmarks.policies.form import Original
from training.draws import Draws
from training.part import Stage
from training.schedule import rate_at
from training.stages.base import Numbers
from training.stages.looks import Looks, Table
from training.stages.random_patches import answer_loss

Choose = Callable[[Tensor, np.random.Generator], Tensor]
"""From glance maps (B, T, c, side, side) to numbers of places (B, T)."""
STAGE = Stage(epochs=20, batch=64, rate=1e-3, optimizer="adam")


@dataclass(frozen=True, slots=True)
class Videos:
    """The videos of a split, all of their places looked at."""

    looks: Looks
    table: Table

    def features(
        self, numbers: Numbers, choose: Choose, random: np.random.Generator, use: str
    ) -> tuple[Tensor, Tensor]:
        """Glance and focus features of videos, each (B, T, c); what is not in ``use`` (``gl``) is zeros."""
        view = self.looks.view(numbers, self.table)
        vectors, local = view.vectors, view.chosen(choose(view.maps, random))
        return vectors * ("g" in use), local * ("l" in use)

    def answers(self, numbers: Numbers) -> Tensor:
        """Labels (B)."""
        return torch.from_numpy(self.looks.data.labels[numbers])


def train_classifier(
    form: Original, videos: Videos, choose: Choose, seed: int, use: str = "gl", stage: Stage = STAGE
) -> None:
    """Train the classifier of a form, from its present weights, on the places that are chosen.

    Args:
        form: its policy and backbones stay as they are.
        videos: to train on.
        choose: the places; asked anew at each step.
        seed: of the order of the videos and of what is drawn.
        use: which features it sees: those of the glance (g), of the focus (l), or both.
        stage: epochs, batch and rate.
    """
    draws, count = Draws(seed, 7), len(videos.looks.data)
    form.parts.eval().requires_grad_(False)
    form.classifier.train().requires_grad_(True)
    optimizer = AdamW(form.classifier.parameters(), lr=stage.rate)
    steps = stage.epochs * (count // stage.batch)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(stage, step, steps)
        numbers, random = draws.batch(step, count, stage.batch), draws.step(step)
        with torch.no_grad():
            vectors, local = videos.features(numbers, choose, random, use)
        loss, _ = answer_loss(form.answers(vectors, local, 0.2), videos.answers(numbers))
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()


@torch.no_grad()
def accuracy(form: Original, videos: Videos, choose: Choose, seed: int, use: str = "gl") -> float:
    """How often the last answer is right, of 1."""
    form.parts.eval()
    random, right = np.random.default_rng(seed), 0
    for begin in range(0, len(videos.looks.data), STAGE.batch):
        numbers = np.arange(begin, min(begin + STAGE.batch, len(videos.looks.data)))
        vectors, local = videos.features(numbers, choose, random, use)
        right += int((form.answers(vectors, local)[:, -1].argmax(1) == videos.answers(numbers)).sum())
    return right / len(videos.looks.data)
