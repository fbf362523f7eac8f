from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from foveate.errors import ConfigError
from models.adafocus_v2 import AdaFocusV2
from models.policy import GruPolicy, PolicySizes
from tests.training.forms.nets import FORMS, network, staged
from tests.training.parts import SIZES, Recorder, config, context, noise
from tests.training.parts import network as small_network
from training.change_memory import look_where_it_changes
from training.errors import DataError
from training.forms.choice import TablePlaces
from training.loop import Loop
from training.pools import PoolSet
from training.stages.base import Context
from training.stages.looks import Looks
from training.stages.places import PlacesRun, _table_loss
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
    net = place.network
    assert isinstance(net, AdaFocusV2)
    ordered = place.data.middles[:, list(net.order)]
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
    place = context(tmp_path, small_network(3), _at(17, 47))
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


def _flickering(folder: Path, system: str) -> Context:
    """Videos in which a part of every other frame is bright, in another quarter for every other video."""
    context = staged(folder, system)
    for number, frames in enumerate(context.reader.data.pools):
        half = frames.shape[1] // 2
        rows = slice(4, half - 4) if number % 2 else slice(half + 4, -4)
        frames[...] = 60
        frames[1::2, rows, half + 4 : -4] = 250
    return context


@pytest.mark.parametrize("system", ["adafocus", "adafocus-tsm places"])
def test_a_policy_with_a_table_is_taught_too(system: str, tmp_path: Path) -> None:
    context = _flickering(tmp_path, system)
    stage = STAGE.model_copy(update={"of": "change"})
    run = PlacesRun(context, stage)
    run.begin()
    goals, _ = run._goals(np.arange(8))
    choice = context.form.choice
    assert isinstance(choice, TablePlaces)
    decisions = context.form.geometry.decisions
    table = choice.table / context.form.geometry.free
    nearest = (table - goals[:, :decisions, None]).square().sum(3).argmin(2)
    right = 20 * functional.one_hot(nearest, len(table)).float()
    wide = float(_table_loss(right, table, goals, 1.0))
    assert float(_table_loss(right, table, goals, 0.01)) < 1 < wide
    assert float(_table_loss(right.roll(1, 2), table, goals, 0.01)) > 10
    loss, scalars = run.loss(np.arange(8), np.random.default_rng(0), 1.0)
    assert loss.isfinite()
    assert 0 <= scalars["found"] <= 1


def test_a_policy_can_be_set_to_look_where_it_changes(tmp_path: Path) -> None:
    context = _flickering(tmp_path, "adafocus large frames")
    stage = PlacesStage(kind="places", of="change", start="change", epochs=0, rate=0.1)
    run = config(tmp_path, stage).model_copy(update={"sizes": FORMS["adafocus large frames"]})
    Loop(run, context, Recorder(tmp_path / "log")).train()
    looks, choice = Looks(context.form, context.reader, tmp_path, iter), context.form.choice
    maps = looks.view(np.arange(8)).maps
    spread = maps.transpose(1, 2).reshape(8, 16, -1).transpose(0, 1).flatten(1).var(1, correction=0)
    torch.testing.assert_close(looks.variances(), spread)
    wanted = GruPolicy(PolicySizes(16, 2, 4, 16, 49, 25))
    assert isinstance(choice, TablePlaces)
    look_where_it_changes(wanted, looks.variances(), choice.table, 128, 64)
    torch.testing.assert_close(context.form.act(maps)[0], wanted(maps)[0])
    assert (choice.corners(choice.best(wanted(maps)[0]))[:, 0] == 32).all()


def test_a_stage_that_goes_on_is_not_set_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = PlacesStage(kind="places", of="change", start="change", epochs=2, batch=4, rate=0.01)
    run = config(tmp_path, stage, save_every=1).model_copy(update={"sizes": FORMS["adafocus large frames"]})
    whole = staged(tmp_path, "adafocus large frames", network("adafocus large frames", 1))
    Loop(run.model_copy(update={"out": tmp_path / "whole"}), whole, Recorder(tmp_path / "one")).train()
    killed = staged(tmp_path, "adafocus large frames", network("adafocus large frames", 1))
    with pytest.raises(KeyboardInterrupt):
        Loop(run, killed, Recorder(tmp_path / "two", (0, 1))).train()
    again = staged(tmp_path, "adafocus large frames", network("adafocus large frames", 2))
    Loop(run, again, Recorder(tmp_path / "three")).train()
    found = again.network.state_dict()
    assert all(torch.equal(value, found[name]) for name, value in whole.network.state_dict().items())


def test_only_the_recurrent_policy_can_be_set(tmp_path: Path) -> None:
    stage = STAGE.model_copy(update={"of": "change", "start": "change"})
    with pytest.raises(ConfigError, match="the recurrent policy of AdaFocus"):
        PlacesRun(staged(tmp_path, "adafocus-tsm"), stage)


def test_the_policy_alone_is_trained(tmp_path: Path) -> None:
    place = context(tmp_path)
    run = PlacesRun(place, STAGE)
    run.begin()
    net = place.network
    assert isinstance(net, AdaFocusV2)
    net.policy.train()
    loss, _ = run.loss(np.arange(12), np.random.default_rng(0), 0.0)
    torch.autograd.backward(loss)
    assert [module for module, _ in run.trained()] == [net.policy]
    assert net.focus.get_parameter("conv1.weight").grad is None
    gradient = net.policy.get_parameter("fc.0.weight").grad
    assert gradient is not None
    assert gradient.abs().sum() > 0
