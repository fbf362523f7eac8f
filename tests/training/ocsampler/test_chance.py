from itertools import permutations

import numpy as np
import pytest
import torch

from foveate.bundle.vocabulary import SamplingRule
from foveate.video.sampling import sample
from training.ocsampler.chance import draw, log_chance, random_frames, uniform_frames


def by_all_orders(probabilities: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """The sum as it is written down."""
    total = torch.zeros((), dtype=torch.float64)
    for order in permutations(drawn.tolist()):
        product, before = torch.ones((), dtype=torch.float64), torch.zeros((), dtype=torch.float64)
        for frame in order:
            product = product * probabilities[frame] / (1 - before)
            before = before + probabilities[frame]
        total = total + product
    return total


@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_it_is_the_sum_over_all_orders_and_so_is_its_gradient(count: int) -> None:
    random = np.random.default_rng(count)
    scores = torch.from_numpy(random.standard_normal((3, 6))).requires_grad_()
    drawn = torch.from_numpy(random_frames(3, 6, count, random))
    found = log_chance(scores.log_softmax(1), drawn)
    wanted = torch.stack([by_all_orders(*pair) for pair in zip(scores.softmax(1), drawn, strict=True)]).log()
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)
    (slope,), (other,) = (torch.autograd.grad(value.sum(), scores) for value in (found, wanted))
    torch.testing.assert_close(slope, other, rtol=1e-7, atol=1e-9)


def test_all_frames_are_drawn_for_certain() -> None:
    scores = torch.randn(2, 4, requires_grad=True)
    found = log_chance(scores.log_softmax(1), torch.tensor([[2, 0, 1, 3], [3, 2, 1, 0]]))
    torch.testing.assert_close(found, torch.zeros(2, dtype=torch.float64), rtol=0, atol=1e-6)
    (slope,) = torch.autograd.grad(found.sum(), scores)
    torch.testing.assert_close(slope, torch.zeros(2, 4), rtol=0, atol=1e-6)


def test_a_policy_that_is_sure_does_not_cancel() -> None:
    # In float32, 1 - p of the first frame is 0; the second is drawn among frames of like chance.
    scores = torch.tensor([[60.0, 1.0, 0.0, 0.0]], requires_grad=True)
    found = log_chance(scores.log_softmax(1), torch.tensor([[0, 1]]))
    torch.testing.assert_close(
        found.exp(), torch.tensor([np.e / (np.e + 2)], dtype=torch.float64), rtol=1e-5, atol=0
    )
    (slope,) = torch.autograd.grad(found.sum(), scores)
    assert torch.isfinite(slope).all()
    assert float(slope[0, 1]) > 0.3


def test_sets_are_drawn_as_often_as_they_are_likely() -> None:
    logarithms = torch.tensor([0.5, 0.25, 0.15, 0.1]).log().expand(20000, 4)
    drawn = draw(logarithms, 2, np.random.default_rng(0))
    assert (drawn[:, 0] != drawn[:, 1]).all()
    first = torch.bincount(drawn[:, 0], minlength=4) / len(drawn)
    torch.testing.assert_close(first, logarithms[0].exp(), rtol=0, atol=0.015)
    for pair in ((0, 1), (0, 3), (2, 3)):
        share = (drawn.sort(1).values == torch.tensor(pair)).all(1).double().mean()
        chance = log_chance(logarithms[:1], torch.tensor([pair])).exp()
        assert abs(float(share) - float(chance)) < 0.015


def test_uniform_frames_are_the_middles_of_segments() -> None:
    for count in range(1, 11):
        assert uniform_frames(10, count).tolist() == sample(SamplingRule.SEGMENT_MIDDLES, count, 10)


def test_random_frames_differ_and_are_all_equally_likely() -> None:
    rows = random_frames(4000, 5, 3, np.random.default_rng(1))
    assert all(len(set(row)) == 3 for row in rows.tolist())
    shares = np.bincount(rows[:, 1], minlength=5) / len(rows)
    np.testing.assert_allclose(shares, 0.2, atol=0.03)
