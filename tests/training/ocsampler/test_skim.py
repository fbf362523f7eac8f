from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from tests.training.ocsampler.tiny import run, skim, task
from training.ocsampler.skim import SkimRun


def test_the_mean_of_the_logits_of_small_frames(tmp_path: Path) -> None:
    place = task(tmp_path)
    place.network.eval()
    running = SkimRun(place, skim(dropout=0.0))
    numbers = np.arange(8)
    with torch.no_grad():
        loss, _ = running.loss(numbers, np.random.default_rng(0), 0.0)
        out = running.network(running.clips.frames(numbers))
        logits = running.head(out.sampler_feat.mean(1))
    torch.testing.assert_close(loss, functional.cross_entropy(logits, place.answers(numbers)))


def test_training_makes_the_loss_small(tmp_path: Path) -> None:
    _, log = run(tmp_path, skim(epochs=12, batch=8, rate=0.02, optimizer="adam", dropout=0.0))
    losses = [values["loss"] for _, _, values in log.seen]
    assert losses[-1] < 0.6 * losses[0]
