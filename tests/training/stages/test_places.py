from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from foveate.errors import ConfigError
from tests.training.forms.nets import staged
from tests.training.parts import SIZES, Recorder, config, context, network, noise
from training.errors import DataError
from training.loop import Loop
from training.pools import PoolSet
from training.stages.places import PlacesRun
from training.taught import PlacesStage

STAGE = PlacesStage(kind="places", epochs=1, rate=0.1)
FREE = SIZES.crop - SIZES.patch


def _at(*place: float) -> PoolSet:
    """Noise whose figure is said to be at one place in every frame."""
    data = noise()
    assert data.middles is not None
    return replace(data, middles=np.broadcast_to(np.array(place, np.float32), data.middles.shape))


def test_a_goal_puts_the_figure_in_the_middle_of_the_patch(tmp_path: Path) -> None:
    place = context(tmp_path)
    run = PlacesRun(place, STAGE)
    run.begin()
    goals, middles = run._goals(np.arange(12))
    assert place.data.middles is not None
    ordered = place.data.middles[:, list(place.network.order)]
    np.testing.assert_array_equal(middles.numpy(), ordered)
    expected = np.clip(ordered - SIZES.patch / 2, 0, FREE) / FREE
    np.testing.assert_allclose(goals.numpy(), expected, rtol=1e-5)


def test_a_narrow_width_no_longer_pulls_from_afar(tmp_path: Path) -> None:
    stage = STAGE.model_copy(update={"width": 1.0, "last_width": 0.01})
    place = context(tmp_path, data=_at(16, 48))  # An untrained policy looks at the middle.
    run = PlacesRun(place, stage)
    run.begin()
    with torch.no_grad():
        wide, narrow = (
            float(run.loss(np.arange(12), np.random.default_rng(0), done)[0]) for done in (0.0, 1.0)
        )
    assert wide < 0.5
    assert narrow > 0.99


def test_the_policy_learns_to_look_there(tmp_path: Path) -> None:
    stage = STAGE.model_copy(update={"epochs": 30, "batch": 12, "rate": 0.03, "optimizer": "adam"})
    log = Recorder(tmp_path / "log")
    place = context(tmp_path, network(3), _at(17, 47))
    Loop(config(tmp_path, stage, save_every=100), place, log).train()
    found = [values["found"] for _, _, values in log.seen]
    losses = [values["loss"] for _, _, values in log.seen]
    assert found[-1] == 1
    assert losses[-1] < 0.2 * losses[0]


def test_a_place_nobody_knows_cannot_be_taught(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="where the figure is"):
        PlacesRun(context(tmp_path, data=replace(noise(), middles=None)), STAGE)


def test_where_most_changes_needs_nobody_who_knows(tmp_path: Path) -> None:
    pools = np.zeros_like(noise().pools)
    pools[:, 1::2, 40:48, 8:16] = 255  # Flickers.
    data = replace(noise(), pools=pools, middles=None)
    place = context(tmp_path, data=data)
    run = PlacesRun(place, STAGE.model_copy(update={"of": "change"}))
    run.begin()
    _, middles = run._goals(np.arange(12))
    assert middles.shape[:2] == (12, pools.shape[1])
    inside = (middles - torch.tensor([44.0, 12.0])).abs() <= SIZES.patch / 2
    assert inside.all()


def test_changes_are_of_the_frames_that_patches_are_cut_from(tmp_path: Path) -> None:
    context = staged(tmp_path, "adafocus-tsm")
    pools = np.zeros_like(context.data.pools)
    glances = list(context.form.geometry.glances)
    assert len(glances) == 3
    pools[:, glances[1], :8, :8] = 255  # Flickers where no patch looks.
    pools[:, context.form.geometry.focuses[1], 56:, 56:] = 100
    for kept, frames in zip(context.reader.data.pools, pools, strict=True):
        kept[...] = frames
    run = PlacesRun(context, STAGE.model_copy(update={"of": "change"}))
    run.begin()
    _, middles = run._goals(np.arange(len(pools)))
    assert (middles >= 32).all()


def test_a_policy_with_a_table_cannot_be_taught(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="between the pixels"):
        PlacesRun(staged(tmp_path, "adafocus"), STAGE)


def test_the_policy_alone_is_trained(tmp_path: Path) -> None:
    place = context(tmp_path)
    run = PlacesRun(place, STAGE)
    run.begin()
    place.network.policy.train()
    loss, _ = run.loss(np.arange(12), np.random.default_rng(0), 0.0)
    torch.autograd.backward(loss)
    assert [module for module, _ in run.trained()] == [place.network.policy]
    assert place.network.focus.conv1.weight.grad is None
    gradient = place.network.policy.fc[0].weight.grad
    assert gradient is not None
    assert gradient.abs().sum() > 0
