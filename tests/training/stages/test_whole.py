from pathlib import Path

import numpy as np
import pytest
import torch

from models.adafocus_tsm import AdaFocusTsm
from tests.training.forms.nets import FORMS, staged
from training.config import WholeStage
from training.networks import normalised
from training.stages.whole import WholeRun

STAGE = WholeStage(kind="whole", network="glance", epochs=1, rate=0.1)


@pytest.mark.parametrize("part", ["glance", "focus"])
@pytest.mark.parametrize("system", [name for name in FORMS if name != "adafocus mean"])
def test_a_backbone_and_its_layer_learn_from_whole_frames(system: str, part: str, tmp_path: Path) -> None:
    place = staged(tmp_path, system)
    run = WholeRun(place, STAGE.model_copy(update={"network": part, "augment": part == "focus"}))
    loss, scalars = run.loss(np.arange(4), np.random.default_rng(1), 0.0)
    torch.autograd.backward(loss)
    (backbone, _), (head, _) = run.trained()
    learned = {id(value) for module in (backbone, head) for value in module.parameters()}
    for value in place.network.parameters():
        assert (value.grad is not None) <= (id(value) in learned)
    assert all(value.grad is not None for value in head.parameters())
    assert 0 <= scalars["accuracy"] <= 1


@torch.no_grad()
def test_the_loss_is_of_the_mean_of_the_networks_own_logits(tmp_path: Path) -> None:
    place = staged(tmp_path, "adafocus-tsm")
    net, numbers = place.network, np.arange(4)
    assert isinstance(net, AdaFocusTsm)
    frames = normalised(place.data.pools[:4], place.device)
    for part, logits in (("glance", net.glance(frames[:, :3])[2]), ("focus", net.focus(frames[:, 3:])[1])):
        run = WholeRun(place, STAGE.model_copy(update={"network": part}))
        wanted = torch.nn.functional.cross_entropy(logits.mean(1), place.answers(numbers))
        found, _ = run.loss(numbers, np.random.default_rng(1), 0.0)
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)
