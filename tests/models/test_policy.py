import torch

from models.policy import GruPolicy, PolicySizes

SIZES = PolicySizes(channels=6, map_side=2, squeezed=3, encoded=8, hidden=5, candidates=25)


def policy() -> GruPolicy:
    torch.manual_seed(0)
    return GruPolicy(SIZES).eval()


def test_the_published_size() -> None:
    # The critic, of training only, makes it 8.00 M.
    assert sum(p.numel() for p in GruPolicy(PolicySizes()).parameters()) == 7_995_441


def test_steps_are_the_sequence() -> None:
    network, maps = policy(), torch.randn(2, 4, 6, 2, 2)
    scores, states = network(maps)
    assert (scores.shape, states.shape) == ((2, 4, 25), (2, 4, 5))
    state = torch.zeros(2, 5)
    for step in range(4):
        one, state = network.step(maps[:, step], state)
        torch.testing.assert_close(one, scores[:, step])
        torch.testing.assert_close(state, states[:, step])


def test_a_frame_changes_nothing_before_it() -> None:
    network, maps = policy(), torch.randn(1, 4, 6, 2, 2)
    changed = maps.clone()
    changed[:, 2] += 1
    before, after = network(maps)[0], network(changed)[0]
    assert torch.equal(before[:, :2], after[:, :2])
    assert not torch.equal(before[:, 2:], after[:, 2:])
