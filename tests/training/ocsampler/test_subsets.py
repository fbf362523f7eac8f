from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from foveate.errors import ConfigError
from tests.training.ocsampler.tiny import run, subsets, task
from training.ocsampler.chance import random_frames
from training.ocsampler.subsets import SubsetsRun


def test_the_answer_after_each_of_some_random_frames_counts(tmp_path: Path) -> None:
    place = task(tmp_path)
    place.network.eval()
    running = SubsetsRun(place, subsets(seen=3, dropout=0.0))
    numbers = np.arange(4)
    with torch.no_grad():
        loss, scalars = running.loss(numbers, np.random.default_rng(5), 0.0)
        chosen = random_frames(4, 5, 3, np.random.default_rng(5))
        features = torch.stack(
            [running.network.focus(running.clips.frames(numbers, None, chosen)[video]) for video in range(4)]
        )
        logits = running.network.classifier(features)
    wanted = functional.cross_entropy(logits.flatten(0, 1), place.answers(numbers).repeat_interleave(3))
    torch.testing.assert_close(loss, wanted)
    assert set(scalars) == {"accuracy", "first"}


def test_as_many_frames_as_are_kept_unless_told(tmp_path: Path) -> None:
    assert SubsetsRun(task(tmp_path), subsets()).seen == 2
    with pytest.raises(ConfigError, match="'seen' is 6, of 5 frames"):
        SubsetsRun(task(tmp_path), subsets(seen=6))


def test_the_focus_network_may_learn_more_slowly(tmp_path: Path) -> None:
    running = SubsetsRun(task(tmp_path), subsets(focus_factor=0.1))
    assert [factor for _, factor in running.trained()] == [0.1, 1.0]


def test_training_makes_the_loss_small(tmp_path: Path) -> None:
    _, log = run(tmp_path, subsets(epochs=12, batch=8, rate=0.02, optimizer="adam", seen=5, dropout=0.0))
    losses = [values["loss"] for _, _, values in log.seen]
    assert losses[-1] < 0.6 * losses[0]
