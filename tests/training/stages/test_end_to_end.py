from pathlib import Path

import numpy as np
import torch

from tests.training.parts import context
from training.config import EndToEndStage
from training.stages.end_to_end import EndToEndRun

STAGE = EndToEndStage(kind="end-to-end", epochs=1, rate=0.01, dropout=0.0)
ALL = np.arange(6)


def run(folder: Path, stage: EndToEndStage = STAGE) -> EndToEndRun:
    place = context(folder)
    place.network.train()
    return EndToEndRun(place, stage)


def test_a_gradient_reaches_every_network(tmp_path: Path) -> None:
    stage = run(tmp_path)
    loss, scalars = stage.loss(ALL, np.random.default_rng(1), 0.0)
    torch.autograd.backward(loss)
    for module, _ in stage.trained():
        assert any(value.grad is not None and value.grad.abs().sum() > 0 for value in module.parameters())
    assert set(scalars) == {"accuracy", "first"}


def test_the_policy_hears_of_nothing_but_its_own_patches(tmp_path: Path) -> None:
    stage = run(tmp_path)
    corners = torch.full((18, 2), 10.5, requires_grad=True)
    frames = stage.context.data.pools[ALL].reshape(18, 64, 64, 3)
    vectors = torch.zeros(18, stage.context.network.glance.channels)
    loss, _ = stage._of_patches(frames, vectors, corners, stage.context.answers(ALL))
    torch.autograd.backward(loss)
    assert corners.grad is not None
    assert (corners.grad.abs().sum(1) > 0).all()


def test_every_network_has_the_rate_that_is_asked_for(tmp_path: Path) -> None:
    stage = run(tmp_path, STAGE.model_copy(update={"policy_rate": 0.3}))
    network = stage.context.network
    rates = {id(module): factor for module, factor in stage.trained()}
    assert rates[id(network.policy)] == 0.3
    assert (rates[id(network.glance)], rates[id(network.focus)], rates[id(network.classifier)]) == (0.5, 1, 5)
