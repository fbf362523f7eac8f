from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.training.forms.nets import staged
from tests.training.parts import SIZES, Recorder, config, context, network, noise
from training.config import PolicyStage
from training.loop import Loop
from training.stages.base import Context
from training.stages.looks import Looks, View
from training.stages.policy import PolicyRun

SYSTEMS = ("adafocus", "adafocus mean", "adafocus-tsm", "adafocus-tsm places", "adafocus-v2")


@pytest.mark.parametrize("reward", ["gain", "increment", "confidence"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_each_reward_gives_a_loss_that_reaches_the_policy_alone(
    system: str, reward: Literal["gain", "increment", "confidence"], tmp_path: Path
) -> None:
    place = staged(tmp_path, system)
    run = PolicyRun(place, PolicyStage(kind="policy", epochs=1, rate=0.1, reward=reward))
    run.begin()
    loss, scalars = run.loss(np.arange(6), np.random.default_rng(1), 0.0)
    torch.autograd.backward(loss)
    touched = {
        name.split(".")[0] for name, value in place.network.named_parameters() if value.grad is not None
    }
    assert touched == {"policy"}
    gradients = [value.grad for value in place.form.policy.parameters() if value.grad is not None]
    assert sum(float(gradient.abs().sum()) for gradient in gradients) > 0
    assert 0 < scalars["confidence"] < 1


def test_with_a_table_the_focus_network_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = staged(tmp_path, "adafocus")
    losses = []
    for table in (None, 25):
        torch.manual_seed(1)
        stage = PolicyStage(kind="policy", epochs=1, rate=0.1, reward="confidence", table=table)
        run = PolicyRun(place, stage)
        run.begin()
        losses.append(run.loss(np.arange(6), np.random.default_rng(1), 0.0)[0])
    torch.testing.assert_close(losses[0], losses[1], atol=1e-3, rtol=1e-3)
    monkeypatch.setattr(type(place.form), "local", None)
    assert torch.isfinite(run.loss(np.arange(6), np.random.default_rng(1), 0.0)[0])


def test_a_policy_learns_to_look_where_it_pays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In the place of the networks' confidence: how near the patch is to a corner of the frame.
    goal = torch.tensor([0.0, 1.0]) * (SIZES.crop - SIZES.patch)

    def near(self: View, actions: Tensor) -> Tensor:
        return -(self.form.choice.corners(actions) - goal).square().sum(2, keepdim=True) / 100

    monkeypatch.setattr(View, "chosen", near)
    monkeypatch.setattr(PolicyRun, "confidence", lambda self, answers, numbers: answers[..., 0])
    monkeypatch.setattr("training.forms.frames.FramesForm.answers", lambda self, vectors, local: local)
    place = context(tmp_path, network(3), noise(12))
    stage = PolicyStage(
        kind="policy", epochs=80, batch=12, rate=0.02, optimizer="adam", reward="confidence", gamma=0.0
    )
    before = _distance(place, goal)
    Loop(config(tmp_path, stage), place, Recorder(tmp_path / "log")).train()
    assert _distance(place, goal) < 0.5 * before


def _distance(place: Context, goal: Tensor) -> float:
    seen = Looks(place.form, place.reader, place.cache, iter)
    place.network.eval()
    with torch.no_grad():
        corners = seen.policy_corners(seen.view(np.arange(12)).maps)
    return float((corners - goal).abs().mean())
