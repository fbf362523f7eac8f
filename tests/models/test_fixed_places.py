from collections.abc import Callable

import numpy as np
import pytest

from models.fixed_places import Rectangles, centre_places, gaussian_places, grid_places, random_places


def test_the_centre() -> None:
    assert centre_places(2, 224, 96).tolist() == [[64, 64, 96, 96]] * 2


@pytest.mark.parametrize("places", [random_places, gaussian_places])
def test_drawn_places_are_the_same_for_the_same_seed(places: Callable[..., Rectangles]) -> None:
    first = places(64, 224, 96, seed=3)
    assert np.array_equal(first, places(64, 224, 96, seed=3))
    assert not np.array_equal(first, places(64, 224, 96, seed=4))
    assert first.min() >= 0
    assert (first[:, :2] + 96).max() <= 224
    assert set(first[:, 2:].ravel()) == {96}


def test_random_places_reach_every_part() -> None:
    corners = random_places(2000, 224, 96, seed=1)[:, :2]
    assert (corners.min(), corners.max()) == (0, 128)
    assert abs(corners.mean() - 64) < 2


def test_gaussian_places_stay_around_the_middle() -> None:
    corners = gaussian_places(2000, 224, 96, seed=1, spread=0.1)[:, :2]
    assert abs(corners.mean() - 64) < 1
    assert abs(corners.std() - 12.8) < 1


def test_a_grid_spans_the_frame() -> None:
    corners = grid_places(16, 224, 128)[:, :2]
    assert sorted(set(corners[:, 0].tolist())) == [0, 32, 64, 96]
    assert len({tuple(corner) for corner in corners.tolist()}) == 16


def test_a_grid_with_more_places_than_steps() -> None:
    corners = grid_places(12, 224, 128)[:, :2]
    assert len({tuple(corner) for corner in corners.tolist()}) == 12
    assert corners[:, 0].max() == 96
    assert grid_places(1, 224, 128).tolist() == centre_places(1, 224, 128).tolist()


def test_a_patch_larger_than_the_frame() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        centre_places(1, 96, 128)
