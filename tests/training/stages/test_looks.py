from pathlib import Path

import numpy as np
import torch

from tests.training.parts import CPU, SIZES, network, noise
from training.networks import normalised
from training.stages.looks import Looks

ALL = np.arange(4)


def test_looks_are_what_the_network_itself_sees(tmp_path: Path) -> None:
    net, data = network(2).eval(), noise(4)
    looks = Looks(net, data, CPU, tmp_path, iter)
    with torch.no_grad():
        out = net(normalised(data.pools, CPU))
        corners = looks.policy_corners(looks.maps(ALL))
        torch.testing.assert_close(looks.maps(ALL), out.gmap, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(corners, out.corners, atol=1e-3, rtol=0)
        torch.testing.assert_close(looks.focus(ALL, out.corners), out.local, atol=1e-3, rtol=1e-3)


def test_other_weights_have_features_of_their_own(tmp_path: Path) -> None:
    data = noise(4)
    first, other = (Looks(network(seed), data, CPU, tmp_path, iter).maps(ALL) for seed in (1, 2))
    assert not torch.allclose(first, other)
    assert len(list(tmp_path.iterdir())) == 2


def test_fixed_and_random_places_are_within_the_frame(tmp_path: Path) -> None:
    looks = Looks(network(), noise(4), CPU, tmp_path, iter)
    free = SIZES.crop - SIZES.patch
    drawn = looks.random_corners(50, np.random.default_rng(1))
    assert (drawn.min(), drawn.max()) == (0, free)
    assert torch.equal(looks.middle_corners(2), torch.full((2, SIZES.frames, 2), free / 2))
