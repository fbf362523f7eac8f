from itertools import permutations

import numpy as np
import pytest
import torch

from training.end_to_end.uni_parts import (
    expected_weights,
    levels,
    most_removed,
    random_squares,
    size_cost,
    spatial_features,
)


def test_levels_lie_one_in_each_part() -> None:
    found = levels(200, 4, torch.zeros(1), np.random.default_rng(0))
    assert found.shape == (200, 4)
    assert torch.equal((found * 4).floor(), torch.arange(4.0).expand(200, 4))
    assert found.min() > 0
    assert (found * 4 % 1).std() == pytest.approx(12**-0.5, abs=0.03)


@pytest.mark.parametrize(("glances", "published"), [(16, 5), (8, 2), (2, 1)])
def test_as_many_frames_are_removed_as_published(glances: int, published: int) -> None:
    assert most_removed(glances) == published


def exactly(weights: list[float], rounds: int) -> list[float]:
    """Every order in which frames can be drawn, by its probability."""
    total = np.zeros(len(weights))
    for gone in range(rounds):
        for order in permutations(range(len(weights)), gone):
            left, probability = np.array(weights), 1.0
            for frame in order:
                probability *= left[frame] / left.sum()
                left[frame] = 0
            total += probability * left / left.sum()
    return list(total / rounds)


def test_expected_weights_are_those_of_all_orders() -> None:
    weights = [0.5, 0.2, 0.15, 0.05, 0.04, 0.03, 0.02, 0.01]
    given = torch.tensor([weights])
    found = expected_weights(given, 20_000, np.random.default_rng(0))
    assert found[0].tolist() == pytest.approx(exactly(weights, 2), abs=0.01)
    assert float(found.sum()) == pytest.approx(1, abs=1e-5)


def test_a_loss_teaches_the_weights_and_certainty_is_survived() -> None:
    given = torch.tensor([[0.7, 0.3, 0, 0, 0, 0, 0, 0]], requires_grad=True)
    found = expected_weights(given, 64, np.random.default_rng(0))
    torch.autograd.backward(found[0, 0])
    assert given.grad is not None
    assert given.grad[0, 0] > 0 > given.grad[0, 1]
    sure = torch.zeros(1, 16)
    sure[0, 3] = 1
    assert expected_weights(sure, 64, np.random.default_rng(0)).isfinite().all()


def test_a_rectangle_of_a_map_follows_the_frame() -> None:
    maps = torch.zeros(1, 1, 4, 4)
    maps[0, 0, :, 2:] = 1.0
    right = torch.tensor([[0.0, 32.0, 64.0, 32.0]])
    assert spatial_features(maps, right, 64, 2).item() == pytest.approx(1)
    assert spatial_features(maps, right - torch.tensor([0, 32, 0, 0]), 64, 2).item() == pytest.approx(0)
    moving = torch.tensor([[0.0, 12.0, 64.0, 32.0]], requires_grad=True)
    torch.autograd.backward(spatial_features(maps, moving, 64, 2).sum())
    assert moving.grad is not None
    assert moving.grad[0, 1] > 0


def test_size_costs_what_is_missing() -> None:
    actions = torch.tensor([[0.3, 0.9, 1.0, 0.5]])
    assert size_cost(actions).item() == pytest.approx(0.125)


def test_squares_lie_within_the_frame() -> None:
    boxes = random_squares((50, 3), 64, 24, torch.zeros(1), np.random.default_rng(0))
    assert boxes.shape == (50, 3, 4)
    assert (boxes[..., 2:] == 24).all()
    assert boxes[..., :2].min() >= 0
    assert 35 < boxes[..., :2].max() <= 40
