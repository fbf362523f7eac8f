import pytest
import torch

from models.place import TABLES, ContinuousPlace, DiscretePlace
from models.places import exact


def test_a_continuous_place_is_a_share_of_the_free_way() -> None:
    scores = torch.tensor([[0.0, 100.0], [-100.0, 0.4]])
    shares, corners = ContinuousPlace(81, whole=False)(scores)
    torch.testing.assert_close(shares, torch.tensor([[0.5, 1.0], [0.0, 0.5986877]]))
    torch.testing.assert_close(corners, torch.tensor([[40.5, 81.0], [0.0, 48.4937]]))
    _, whole = ContinuousPlace(81, whole=True)(scores)
    assert whole.tolist() == [[40.0, 81.0], [0.0, 48.0]]


@pytest.mark.parametrize("candidates", TABLES)
def test_a_discrete_place_is_row_by_row(candidates: int) -> None:
    grid = round(candidates**0.5)
    place = DiscretePlace(candidates, 224, 160)
    best, corners = place(torch.eye(candidates))
    assert best.tolist() == list(range(candidates))
    line = [64 * i // (grid - 1) for i in range(grid)]
    assert corners.tolist() == [[y, x] for y in line for x in line]


def test_the_first_of_equals_is_chosen() -> None:
    best, _ = DiscretePlace(16, 224, 96)(torch.zeros(2, 16))
    assert best.tolist() == [0, 0]


def test_every_patch_has_exact_corners_in_every_table() -> None:
    for candidates in TABLES:
        for patch in range(32, 225):
            assert exact(candidates, 224, patch), (candidates, patch)
