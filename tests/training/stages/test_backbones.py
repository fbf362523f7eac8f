from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from foveate.errors import ConfigError
from models.adafocus_v2 import AdaFocusV2
from tests.training.forms.nets import staged
from tests.training.parts import SIZES, context, noise
from training.errors import DataError
from training.stages.backbones import FINE, FocusRun, GlanceRun
from training.taught import FocusStage, GlanceStage

GLANCE = GlanceStage(kind="glance", epochs=1, rate=0.1, place=1.0)
FOCUS = FocusStage(kind="focus", epochs=1, rate=0.1, around=1.0, jitter=4)
ALL = np.arange(12)


def test_the_cell_is_the_one_the_figure_is_in(tmp_path: Path) -> None:
    run = GlanceRun(context(tmp_path), GLANCE)
    middles = np.array([[0.0, 63.9], [20.0, 40.0], [70.0, -3.0]], np.float32)
    assert run._cells(middles, FINE).tolist() == [3, 1 * 4 + 2, 3 * 4]


def test_the_two_maps_are_those_of_the_network(tmp_path: Path) -> None:
    place = context(tmp_path)
    net = place.network.eval()
    assert isinstance(net, AdaFocusV2)
    side = SIZES.glance_side
    assert side is not None
    pixels = torch.rand(2, 3, side, side)
    early, late = GlanceRun(place, GLANCE)._maps(pixels)
    assert torch.equal(late, net.glance(pixels)[0])
    assert early.shape[-1] == FINE * late.shape[-1]


def test_patches_around_the_figure_show_it(tmp_path: Path) -> None:
    place = context(tmp_path)
    chosen = np.zeros(12, np.int64)
    corners, shown = FocusRun(place, FOCUS)._corners(ALL, chosen, np.random.default_rng(1))
    assert shown.all()
    assert place.data.middles is not None
    away = np.abs(corners + SIZES.patch / 2 - place.data.middles[:, 0])
    inside = (corners > 0).all(1) & (corners < SIZES.crop - SIZES.patch).all(1)
    assert away[inside].max() <= 4.5
    assert corners.min() >= 0
    assert corners.max() <= SIZES.crop - SIZES.patch


def test_a_random_patch_that_misses_is_taught_to_show_nothing(tmp_path: Path) -> None:
    place = context(tmp_path)
    run = FocusRun(place, FOCUS.model_copy(update={"around": 0.001}))
    _, shown = run._corners(np.repeat(ALL, 20), np.zeros(240, np.int64), np.random.default_rng(1))
    assert 0.1 < shown.mean() < 0.9
    net = place.network
    assert isinstance(net, AdaFocusV2)
    assert run.head.out_features == net.sizes.classes + 1


def test_networks_that_they_cannot_train_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'glance' trains small"):
        GlanceRun(staged(tmp_path, "adafocus"), GLANCE)
    with pytest.raises(ConfigError, match="one patch at a time"):
        FocusRun(staged(tmp_path, "adafocus-tsm"), FOCUS.model_copy(update={"around": 0.0}))


@pytest.mark.parametrize("run", [GlanceRun, FocusRun])
def test_a_place_nobody_knows_cannot_be_taught(run: type, tmp_path: Path) -> None:
    blind = replace(noise(), middles=None)
    stage = GLANCE if run is GlanceRun else FOCUS
    with pytest.raises(DataError, match="where the figure is"):
        run(context(tmp_path, data=blind), stage)


@pytest.mark.parametrize("name", ["glance", "focus"])
def test_without_places_the_action_alone_is_taught(name: str, tmp_path: Path) -> None:
    place = context(tmp_path, data=replace(noise(), middles=None))
    run = (
        GlanceRun(place, GLANCE.model_copy(update={"place": 0.0}))
        if name == "glance"
        else FocusRun(place, FOCUS.model_copy(update={"around": 0.0}))
    )
    loss, scalars = run.loss(ALL, np.random.default_rng(2), 0.0)
    assert torch.isfinite(loss)
    assert set(scalars) == {"accuracy"}


def test_blur_counts_the_cells_around_as_right_too(tmp_path: Path) -> None:
    run = GlanceRun(context(tmp_path), GLANCE.model_copy(update={"blur": 0.6}))
    middles = np.array([[0.375, 0.875]], np.float32) * SIZES.crop  # The middle of a cell of 4 by 4.
    cells = run._cells(middles, 4)
    wanted = run._wanted(middles, cells, 4).reshape(4, 4)
    assert float(wanted.sum()) == pytest.approx(1)
    assert int(wanted.argmax()) == int(cells[0]) == 1 * 4 + 3
    torch.testing.assert_close(wanted[0], wanted[2])
    assert float(wanted[1, 2] / wanted[1, 3]) == pytest.approx(np.exp(-1 / (2 * 0.6**2)), rel=1e-4)


def test_without_blur_the_cell_alone_is_right(tmp_path: Path) -> None:
    run = GlanceRun(context(tmp_path), GLANCE)
    cells = torch.tensor([5])
    assert run._wanted(np.zeros((1, 2), np.float32), cells, 4) is cells
