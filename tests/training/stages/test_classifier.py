from pathlib import Path

import numpy as np
import torch

from tests.training.parts import context
from training.config import ClassifierStage
from training.networks import normalised
from training.stages.classifier import ClassifierRun


def test_it_sees_the_patches_that_the_policy_chooses(tmp_path: Path) -> None:
    place = context(tmp_path)
    run = ClassifierRun(place, ClassifierStage(kind="classifier", epochs=1, rate=0.1))
    run.begin()
    loss, scalars = run.loss(np.arange(12), np.random.default_rng(0), 0.0)
    with torch.no_grad():
        out = place.network(normalised(place.data.pools, place.device))
    wanted = torch.nn.functional.cross_entropy(
        out.logits.flatten(0, 1), place.answers(np.arange(12)).repeat_interleave(3)
    )
    torch.testing.assert_close(loss.detach(), wanted, atol=1e-3, rtol=1e-3)
    best = out.logits[:, -1].argmax(1) == place.answers(np.arange(12))
    assert abs(scalars["accuracy"] - float(best.double().mean())) < 1e-6
