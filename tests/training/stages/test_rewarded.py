from pathlib import Path

import numpy as np
import torch

from tests.training.forms.nets import staged
from training.config import PolicyStage
from training.stages.policy import PolicyRun


def running(folder: Path, system: str, **said: object) -> PolicyRun:
    stage = PolicyStage.model_validate({"kind": "policy", "epochs": 1, "rate": 0.1, **said})
    run = PolicyRun(staged(folder, system), stage)
    run.begin()
    return run


def test_further_passes_learn_from_the_same_actions(tmp_path: Path) -> None:
    run = running(tmp_path, "adafocus-v2", passes=3)
    run.context.form.policy.train()
    first, _ = run.loss(np.arange(6), np.random.default_rng(1), 0.0)
    actions = run._lived.actions.clone()
    later = list(run.again())
    assert len(later) == 2
    assert torch.equal(run._lived.actions, actions)
    torch.testing.assert_close(later[0], first)  # Nothing was learned in between.


def test_chance_is_worth_what_the_stage_says(tmp_path: Path) -> None:
    losses = []
    for worth in (0.0, 1.0):
        run = running(tmp_path, "adafocus", entropy=worth)
        losses.append(float(run.loss(np.arange(6), np.random.default_rng(1), 0.0)[0].detach()))
    assert losses[0] - losses[1] > 2  # The logarithm of 25 places is 3.2.


def test_confidence_is_that_in_the_true_class(tmp_path: Path) -> None:
    run = running(tmp_path, "adafocus-tsm")
    answers = torch.tensor([[[0.0, 1.0]], [[0.0, 1.0]]])
    found = run.confidence(answers, np.array([0, 1]))
    torch.testing.assert_close(found, torch.tensor([[0.26894], [0.73106]]), atol=1e-4, rtol=0)


def test_crops_are_drawn_where_the_stage_says_so(tmp_path: Path) -> None:
    run = running(tmp_path, "adafocus", augment=True)
    seen = []
    for seed in (1, 1, 2):
        run.loss(np.arange(6), np.random.default_rng(seed), 0.0)
        seen.append(run._lived.maps)
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])
