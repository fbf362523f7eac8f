from pathlib import Path

import numpy as np
import pytest
import torch

from foveate.errors import ConfigError
from tests.training.forms.nets import staged
from training.config import KeepStage
from training.stages.keep import KeepRun

STAGE = KeepStage(kind="keep", epochs=1, rate=0.1, penalty=0.4)


@pytest.mark.parametrize("augment", [False, True])
def test_only_the_policy_that_drops_frames_learns(augment: bool, tmp_path: Path) -> None:
    place = staged(tmp_path, "adafocus-plus")
    run = KeepRun(place, STAGE.model_copy(update={"augment": augment}))
    run.begin()
    loss, scalars = run.loss(np.arange(6), np.random.default_rng(1), 0.0)
    torch.autograd.backward(loss)
    touched = {
        name.split(".")[0] for name, value in place.network.named_parameters() if value.grad is not None
    }
    assert touched == {"keep"}
    assert 0 < scalars["kept"] < 1


@torch.no_grad()
def test_keeping_is_worth_what_it_adds_less_its_price(tmp_path: Path) -> None:
    place = staged(tmp_path, "adafocus-plus")
    run = KeepRun(place, STAGE)
    run.begin()
    numbers = np.arange(4)
    view = run._looks.view(numbers)
    actions = torch.tensor([[1, 1, 1], [1, 0, 1], [0, 0, 0], [0, 1, 0]])
    worth, _ = run.live(view, actions, np.random.default_rng(0))
    local = run._looked(view)
    assert run.price == pytest.approx(0.4 * (32 / 64) ** 2)
    for frame in range(3):
        own = local * actions[:, :, None]
        answers = []
        for kept in (1.0, 0.0):
            changed = own.clone()
            changed[:, frame] = kept * local[:, frame]
            answers.append(run.confidence(place.form.answers(view.vectors, changed), numbers)[:, frame])
        wanted = torch.where(actions[:, frame].bool(), answers[0] - answers[1] - run.price, torch.zeros(4))
        torch.testing.assert_close(worth[:, frame], wanted, atol=1e-4, rtol=1e-4)


def test_another_system_drops_no_frames(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'adafocus-plus' alone"):
        KeepRun(staged(tmp_path, "adafocus"), STAGE)
