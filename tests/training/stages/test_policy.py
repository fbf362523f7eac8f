from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from tests.training.parts import SIZES, Recorder, config, context, network, noise
from training.config import PolicyStage
from training.loop import Loop
from training.stages.base import Context
from training.stages.looks import Looks
from training.stages.policy import PolicyRun, _answers_with


def test_a_frame_is_replaced_alone() -> None:
    classifier = network(1).classifier.eval()
    torch.manual_seed(0)
    shared, drawn = torch.rand(2, 3, SIZES.classifier_width), torch.rand(2, 3, SIZES.classifier_width)
    found = _answers_with(classifier, shared, drawn)
    for frame in range(3):
        mixed = shared.clone()
        mixed[:, frame] = drawn[:, frame]
        torch.testing.assert_close(found[:, frame], classifier.answers(mixed)[:, frame])


@pytest.mark.parametrize("reward", ["gain", "increment", "confidence"])
def test_each_reward_gives_a_loss_that_reaches_the_policy(
    reward: Literal["gain", "increment", "confidence"], tmp_path: Path
) -> None:
    place = context(tmp_path)
    run = PolicyRun(place, PolicyStage(kind="policy", epochs=1, rate=0.1, reward=reward))
    run.begin()
    loss, scalars = run.loss(np.arange(6), np.random.default_rng(1), 0.0)
    torch.autograd.backward(loss)
    gradient = place.network.policy.fc[0].weight.grad
    assert gradient is not None
    assert gradient.abs().sum() > 0
    assert place.network.focus.conv1.weight.grad is None
    assert 0 < scalars["confidence"] < 1


def test_further_passes_learn_from_the_same_actions(tmp_path: Path) -> None:
    place = context(tmp_path)
    run = PolicyRun(place, PolicyStage(kind="policy", epochs=1, rate=0.1, passes=3))
    run.begin()
    place.network.policy.train()
    first, _ = run.loss(np.arange(6), np.random.default_rng(1), 0.0)
    actions = run._lived.actions.clone()
    later = list(run.again())
    assert len(later) == 2
    assert torch.equal(run._lived.actions, actions)
    torch.testing.assert_close(later[0], first)  # Nothing was learned in between.


def test_a_policy_learns_to_look_where_it_pays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In the place of the networks' confidence: how near the patch is to a corner of the frame.
    def near(self: PolicyRun, logits: torch.Tensor, numbers: np.ndarray) -> torch.Tensor:  # type: ignore[type-arg]
        return logits[..., 0]

    place = context(tmp_path, network(3), noise(12))
    goal = torch.tensor([0.0, 1.0]) * (SIZES.crop - SIZES.patch)
    monkeypatch.setattr(PolicyRun, "_confidence", near)
    classifier = place.network.classifier
    monkeypatch.setattr(
        "training.stages.looks.Looks.focus",
        lambda self, numbers, corners: (
            -(corners - goal).square().sum(2, keepdim=True).expand(-1, -1, 64) / 100
        ),
    )
    monkeypatch.setattr(classifier, "shared", lambda features: features[..., -1:])
    monkeypatch.setattr(classifier, "answers", lambda shared: shared)
    stage = PolicyStage(
        kind="policy", epochs=80, batch=12, rate=0.02, optimizer="adam", reward="confidence", gamma=0.0
    )
    before = _distance(place, goal)
    Loop(config(tmp_path, stage), place, Recorder(tmp_path / "log")).train()
    assert _distance(place, goal) < 0.5 * before


def _distance(place: Context, goal: torch.Tensor) -> float:
    looks = Looks(place.network.eval(), place.data, place.device, place.cache, iter)
    with torch.no_grad():
        corners = looks.policy_corners(looks.maps(np.arange(12)))
    return float((corners - goal).abs().mean())
