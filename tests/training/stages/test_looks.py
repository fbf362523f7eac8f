from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.forms.nets import FORMS, form, pools, reader
from tests.training.parts import SIZES, looks, network, noise
from training.config import RandomStage
from training.networks import build_network, normalised
from training.stages.looks import Looks, fresh_view

ALL = np.arange(4)


def test_looks_are_what_the_network_itself_sees(tmp_path: Path) -> None:
    net, data = network(2).eval(), noise(4)
    seen = looks(net, data, tmp_path)
    with torch.no_grad():
        out = net(normalised(data.pools, torch.device("cpu")))
        view = seen.view(ALL)
        corners = seen.policy_corners(view.maps)
        torch.testing.assert_close(view.maps, out.gmap, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(view.vectors, out.gvec, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(corners, out.corners, atol=1e-3, rtol=0)
        torch.testing.assert_close(view.at(out.corners), out.local, atol=1e-3, rtol=1e-3)


def test_other_weights_have_features_of_their_own(tmp_path: Path) -> None:
    data = noise(4)
    first, other = (looks(network(seed), data, tmp_path).view(ALL).maps for seed in (1, 2))
    assert not torch.allclose(first, other)
    assert len(list(tmp_path.iterdir())) == 2


@torch.no_grad()
def test_networks_that_see_frames_at_other_sizes_share_no_features(tmp_path: Path) -> None:
    nets = [build_network(SIZES.model_copy(update={"glance_side": side}), 2) for side in (32, 64)]
    for net in nets[1:]:
        net.glance.load_state_dict(nets[0].glance.state_dict())
    data = noise(4)
    for net, cells in zip(nets, (1, 2), strict=True):
        seen = looks(net, data, tmp_path)
        maps = seen.view(ALL).maps
        assert maps.shape[-2:] == (cells, cells)
        out = net.eval()(normalised(data.pools, torch.device("cpu")))
        torch.testing.assert_close(maps, out.gmap, atol=1e-4, rtol=1e-4)
    assert len(list(tmp_path.iterdir())) == 2


def test_fixed_and_random_places_are_within_the_frame(tmp_path: Path) -> None:
    seen = looks(network(), noise(4), tmp_path)
    free = SIZES.crop - SIZES.patch
    drawn = seen.random_corners(50, np.random.default_rng(1))
    assert (drawn.min().item(), drawn.max().item()) == (0, free)
    assert torch.equal(seen.centre_corners(2), torch.full((2, SIZES.frames, 2), free / 2))


@torch.no_grad()
@pytest.mark.parametrize("system", FORMS)
def test_a_table_holds_what_looking_gives(system: str, tmp_path: Path) -> None:
    made = form(system)
    seen = Looks(made, reader(system), tmp_path, iter)
    table = seen.table(25)
    plain, tabled = seen.view(ALL), seen.view(ALL, table)
    places = np.random.default_rng(2).integers(0, 25, (4, made.geometry.decisions))
    corners = table.corners[torch.from_numpy(places)]
    actions = corners / made.geometry.free if made.choice.best(torch.zeros(1, 2)).ndim == 2 else None
    found = tabled.chosen(torch.from_numpy(places) if actions is None else actions)
    torch.testing.assert_close(found, plain.at(corners), atol=1e-2, rtol=1e-2)
    assert not torch.allclose(found, plain.at(corners.flip(-1)), atol=5e-2)
    assert tabled.random(np.random.default_rng(1)).shape == found.shape


@torch.no_grad()
@pytest.mark.parametrize("system", FORMS)
def test_a_fresh_view_without_crops_is_the_kept_one(system: str, tmp_path: Path) -> None:
    made, source = form(system), reader(system)
    kept = Looks(made, source, tmp_path, iter).view(ALL)
    stage = RandomStage(kind="random", epochs=1, rate=0.1, augment=False)
    fresh = fresh_view(made, source, ALL, stage, np.random.default_rng(1))
    torch.testing.assert_close(fresh.maps, kept.maps, atol=1e-4, rtol=1e-4)
    corners = torch.full((4, made.geometry.decisions, 2), 7.0)
    torch.testing.assert_close(fresh.at(corners), kept.at(corners), atol=1e-4, rtol=1e-4)
    cropped = fresh_view(
        made, source, ALL, stage.model_copy(update={"augment": True}), np.random.default_rng(1)
    )
    each = corners.repeat_interleave(made.geometry.each, 1)
    assert not torch.allclose(cropped.cut(each), kept.cut(each), atol=1e-2)
    assert len(pools(system)) == 8
