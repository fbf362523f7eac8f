import math

import numpy as np
import pytest
import torch
from torch import Tensor

from foveate.errors import ConfigError
from models.gru import Gru
from models.places import corner_table
from models.policy import GruPolicy, PolicySizes
from training.change_memory import Sensitivity, inputs_of, look_where_it_changes, sum_up_change
from training.errors import DataError

SIZES = PolicySizes(channels=6, map_side=4, squeezed=2, encoded=32, hidden=100, candidates=25)
CROP, PATCH = 128, 64
HOW = Sensitivity(2.0, 4.0)


def gru_of(columns: list[int], sizes: list[float], inputs: int = 3, hidden: int = 12) -> Gru:
    gru = Gru(inputs, hidden)
    sum_up_change(gru, torch.tensor(columns), torch.tensor(sizes), HOW)
    return gru


def opened(argument: float) -> float:
    return 1 / (1 + math.exp(-argument))


@torch.no_grad()
def test_the_state_is_the_last_input_and_the_sums_of_its_rises_and_falls() -> None:
    gru = gru_of([2, 0], [2.0, 1.0])
    steps = torch.tensor([[1.0, 9.0, 4.0], [1.5, -9.0, 4.0], [0.0, 9.0, 8.0]])
    states = gru(steps[None])[0].double().numpy()
    held = np.tanh(0.1 * steps[:, [2, 0]].double().numpy() / [2.0, 1.0])
    np.testing.assert_allclose(states[:, :2], held, atol=1e-6)
    np.testing.assert_allclose(states[0, 2:6], 0, atol=1e-7)
    x = steps[:, [2, 0]].double().numpy() / [2.0, 1.0]
    rise, fall = np.zeros(2), np.zeros(2)
    for step in (1, 2):
        change = 2 * (x[step] - held[step - 1] / 0.1)
        rise = 1 - (1 - rise) * (1 - np.array([opened(c - 4) for c in change]))
        fall = 1 - (1 - fall) * (1 - np.array([opened(-c - 4) for c in change]))
        np.testing.assert_allclose(states[step, 2:4], rise, atol=1e-5)
        np.testing.assert_allclose(states[step, 4:6], fall, atol=1e-5)
    np.testing.assert_allclose(states[:, 6], 1, atol=1e-6)
    np.testing.assert_array_equal(states[:, 7:], 0)


@torch.no_grad()
def test_what_stays_the_same_sums_up_to_next_to_nothing_however_large_it_is() -> None:
    gru = gru_of([0], [1.0])
    still = torch.full((1, 16, 3), 3.0)
    moving = still + torch.tensor([1.0, -1.0]).repeat(8)[None, :, None]
    assert gru(still)[0, -1, 1:3].max() < 0.45
    assert gru(moving)[0, -1, 1:3].min() > gru(still)[0, -1, 1:3].max() + 0.3


@torch.no_grad()
def test_a_step_at_a_time_gives_the_same() -> None:
    gru, steps = gru_of([1], [0.5]), torch.randn(2, 5, 3)
    state = torch.zeros(2, 12)
    for step in range(5):
        state = gru.step(steps[:, step], state)
    torch.testing.assert_close(state, gru(steps)[:, -1])


def test_each_input_takes_three_places_of_a_state_and_one_is_for_the_beginning() -> None:
    assert [inputs_of(hidden) for hidden in (4, 6, 7, 1024)] == [1, 1, 2, 341]
    with pytest.raises(ConfigError, match="a recurrent state of 3 is too short"):
        inputs_of(3)


def policy(sizes: PolicySizes = SIZES) -> tuple[GruPolicy, Tensor]:
    made, table = GruPolicy(sizes).eval(), corner_table(sizes.candidates, CROP, PATCH).float()
    variances = torch.tensor([0.1, 4.0, 0.1, 1.0, 0.1, 0.1])
    look_where_it_changes(made, variances, table, CROP, PATCH)
    return made, table


@torch.no_grad()
@pytest.mark.parametrize("cell", [(0, 0), (3, 1), (2, 3)])
def test_it_looks_where_maps_change(cell: tuple[int, int]) -> None:
    made, table = policy()
    maps = torch.rand(1, 1, 6, 4, 4).repeat(1, 5, 1, 1, 1)
    maps[:, 1::2, 1, cell[0], cell[1]] += 3
    scores, _ = made(maps)
    corners = table[scores.argmax(2)[0]]
    assert (corners[0] == (CROP - PATCH) / 2).all()  # Nothing can have changed yet.
    middle = (torch.tensor(cell) + 0.5) * CROP / 4
    for corner in corners[1:]:
        assert (corner <= middle).all()
        assert (middle <= corner + PATCH).all()


@torch.no_grad()
def test_channels_that_hardly_vary_are_not_followed() -> None:
    made, _ = policy()
    weight = made.get_parameter("state_encoder.0.weight")
    assert weight[:, :, 0, 0].tolist() == [[0, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0]]
    maps = torch.rand(1, 1, 6, 4, 4).repeat(1, 5, 1, 1, 1)
    still = made(maps)[0]
    maps[:, 1::2, 4] += torch.rand(4, 4)
    torch.testing.assert_close(made(maps)[0], still)


@pytest.mark.parametrize("change", [{"encoded": 31}, {"hidden": 96}])
def test_sizes_that_have_no_room_are_refused(change: dict[str, int]) -> None:
    sizes = PolicySizes(**{**{name: getattr(SIZES, name) for name in SIZES.__slots__}, **change})
    with pytest.raises(ConfigError, match=r"wants 'encoded' of 32, .* 'hidden' of 97 or more"):
        policy(sizes)


def test_what_never_varies_is_refused() -> None:
    with pytest.raises(DataError, match="1 of the 2 features whose change is to be summed up never vary"):
        gru_of([0, 1], [1.0, 0.0])
