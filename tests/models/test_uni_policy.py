import numpy as np
import pytest
import torch

from models.seeded import seeded_state, shapes_of
from models.uni_policy import UniLook, UniPolicy, UniPolicySizes, glance_positions, interpolation


def policy(each_frame: bool) -> UniPolicy:
    torch.set_num_threads(1)
    sizes = UniPolicySizes(6, 2, 4, each_frame, 8, 8)
    made = UniPolicy(sizes, UniLook(12, 5, crop=64, smallest=20)).eval()
    made.load_state_dict(seeded_state(shapes_of(made.state_dict())))
    return made


def test_actions_are_carried_over_time() -> None:
    table = interpolation(4, 12)
    assert np.allclose(table.sum(1), 1)
    for glance, candidate in enumerate(glance_positions(4, 12)):
        assert table[candidate].tolist() == np.eye(4)[glance].tolist()
    assert table[0].tolist() == [1, 0, 0, 0]
    assert table[11].tolist() == [0, 0, 0, 1]
    assert np.allclose(table[5], [0, 2 / 3, 1 / 3, 0], atol=1e-6)


@pytest.mark.parametrize(("glances", "candidates"), [(16, 48), (8, 16)])
def test_glance_frames_are_second_in_their_runs(glances: int, candidates: int) -> None:
    positions = glance_positions(glances, candidates)
    assert positions[0] == 1
    assert set(np.diff(positions)) == {candidates // glances}
    assert positions[-1] < candidates


@pytest.mark.parametrize("candidates", [16, 40])
def test_runs_that_do_not_come_out_even(candidates: int) -> None:
    with pytest.raises(ValueError, match="16 runs"):
        glance_positions(16, candidates)


@torch.no_grad()
@pytest.mark.parametrize("each_frame", [True, False])
def test_every_rectangle_lies_in_the_frame(each_frame: bool) -> None:
    maps = 3 * torch.randn(2, 4, 6, 2, 2, generator=torch.Generator().manual_seed(4))
    choice = policy(each_frame)(maps, maps.mean((3, 4)))
    assert choice.rectangles.shape == ((2, 5, 4) if each_frame else (2, 4))
    assert choice.frames.shape == (2, 5)
    y, x, height, width = choice.rectangles.unbind(-1)
    assert min(y.min(), x.min()) >= 0
    assert min(height.min(), width.min()) >= 20
    assert max((y + height).max(), (x + width).max()) <= 64.001
    torch.testing.assert_close(choice.weights.sum(1), torch.ones(2))


@torch.no_grad()
def test_a_chosen_frame_takes_the_action_of_its_place() -> None:
    network = policy(each_frame=True)
    maps = torch.randn(2, 4, 6, 2, 2, generator=torch.Generator().manual_seed(5))
    choice = network(maps, maps.mean((3, 4)))
    table = torch.from_numpy(interpolation(4, 12))
    for video in range(2):
        wanted = (table @ choice.action[video])[choice.frames[video]]
        torch.testing.assert_close(choice.focus_action[video], wanted)


def test_sizes_from_shapes() -> None:
    for each_frame in (True, False):
        network = policy(each_frame)
        state = network.state_dict()
        renamed = {name.replace(".", "_policy.", 1): value for name, value in state.items()}
        found = UniPolicySizes.of(shapes_of(renamed), 4 if each_frame else None)
        assert found == network.sizes


@pytest.mark.parametrize("each_frame", [False, True])
def test_drawn_levels_change_frames_alone(each_frame: bool) -> None:
    made = policy(each_frame)
    maps = torch.randn(1, 4, 6, 2, 2, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        usual = made(maps, maps.mean((3, 4)))
        late = made(maps, maps.mean((3, 4)), torch.tensor([[0.95, 0.96, 0.97, 0.98, 0.99]]))
    assert late.frames[0].tolist() == [7, 8, 9, 10, 11]
    assert torch.equal(late.weights, usual.weights)
    assert torch.equal(late.action, usual.action)
