import math
from pathlib import Path

import numpy as np
import torch

from tests.training.parts import context
from training.config import RandomStage
from training.stages.random_patches import RandomRun, answer_loss


def test_the_loss_is_the_mean_over_all_answers() -> None:
    logits = torch.zeros(2, 3, 4)
    logits[0, 2, 1] = 50.0
    loss, scalars = answer_loss(logits, torch.tensor([1, 0]))
    assert math.isclose(float(loss), 5 / 6 * math.log(4), rel_tol=1e-5)
    assert scalars == {"accuracy": 1.0, "first": 0.5}


def test_other_draws_look_elsewhere_and_only_focus_and_classifier_learn(tmp_path: Path) -> None:
    place = context(tmp_path)
    run = RandomRun(place, RandomStage(kind="random", epochs=1, rate=0.5, focus_rate=0.1))
    run.begin()
    numbers = np.arange(6)
    losses = [float(run.loss(numbers, np.random.default_rng(seed), 0.0)[0].detach()) for seed in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]
    assert [(module is place.network.focus, factor) for module, factor in run.trained()] == [
        (True, 0.2),
        (False, 1.0),
    ]
