import numpy as np
import pytest
import torch

from training.forms.choice import Choice, ContinuousPlaces, Keep, TablePlaces, grid_table

CHOICES: dict[str, tuple[Choice, int]] = {
    "continuous": (ContinuousPlaces(32, whole=False), 2),
    "table": (TablePlaces(25, 64, 32), 25),
    "keep": (Keep(), 1),
}


@pytest.mark.parametrize("name", CHOICES)
def test_what_is_drawn_is_as_likely_as_is_said(name: str) -> None:
    choice, width = CHOICES[name]
    torch.manual_seed(3)
    scores = torch.randn(1, width).expand(4000, width)
    actions = choice.draw(scores, 0.05, np.random.default_rng(1))
    again = choice.draw(scores, 0.05, np.random.default_rng(1))
    assert torch.equal(actions, again)
    logs = choice.log_probability(scores, actions, 0.05)
    # The mean of the negative logarithm is the entropy.
    entropy = choice.entropy(scores[:1], 0.05)
    assert float(-logs.mean()) == pytest.approx(float(entropy), abs=0.1)


@pytest.mark.parametrize("name", ["table", "keep"])
def test_each_outcome_comes_as_often_as_its_probability(name: str) -> None:
    choice, width = CHOICES[name]
    scores = torch.linspace(-1, 1, width) + 0.5
    drawn = choice.draw(scores.expand(20000, width), 0.0, np.random.default_rng(2))
    outcomes = torch.arange(max(width, 2))
    wanted = choice.log_probability(scores.expand(len(outcomes), width), outcomes, 0.0).exp()
    assert float(wanted.sum()) == pytest.approx(1, abs=1e-5)
    torch.testing.assert_close(drawn.bincount(minlength=len(outcomes)) / 20000, wanted, atol=0.012, rtol=0)


def test_a_continuous_place_stays_within_the_frame() -> None:
    choice = ContinuousPlaces(32, whole=True)
    drawn = choice.draw(torch.zeros(500, 2), 2.0, np.random.default_rng(1))
    assert (drawn.min().item(), drawn.max().item()) == (0, 1)
    corners = choice.corners(torch.tensor([[0.3, 1.0]]))
    assert corners.tolist() == [[9.0, 32.0]]
    assert ContinuousPlaces(32, whole=False).corners(torch.tensor([[0.3, 1.0]])).tolist() == [
        pytest.approx([9.6, 32.0])
    ]


def test_the_best_is_what_inference_takes() -> None:
    table = TablePlaces(25, 64, 32)
    scores = torch.zeros(25)
    scores[[7, 9]] = 1
    assert int(table.best(scores)) == 7
    assert table.corners(torch.tensor(7)).tolist() == [8.0, 16.0]
    assert Keep().best(torch.tensor([[0.0], [-0.1]])).tolist() == [1, 0]


def test_the_nearest_place_of_a_table() -> None:
    grid = grid_table(25, 64, 32)
    assert grid[6].tolist() == [8.0, 8.0]
    continuous = ContinuousPlaces(32, whole=False)
    assert continuous.nearest(torch.tensor([[0.3, 0.2]]), grid).tolist() == [6]
    table = TablePlaces(25, 64, 32)
    assert table.nearest(torch.tensor([3, 4]), grid).tolist() == [3, 4]
    assert table.nearest(torch.tensor([0, 24]), grid_table(4, 64, 32)).tolist() == [0, 3]


@pytest.mark.parametrize("candidates", [1, 12])
def test_a_table_is_a_square(candidates: int) -> None:
    with pytest.raises(ValueError, match="no square grid"):
        grid_table(candidates, 64, 32)
