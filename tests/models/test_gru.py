import torch
from torch import nn

from models.gru import Gru


def test_it_is_torchs_gru() -> None:
    torch.manual_seed(0)
    ours, theirs = Gru(7, 5), nn.GRU(7, 5, batch_first=True)
    theirs.load_state_dict(ours.state_dict())
    sequence = torch.randn(3, 6, 7)
    torch.testing.assert_close(ours(sequence), theirs(sequence)[0])


def test_steps_are_the_sequence() -> None:
    torch.manual_seed(0)
    gru = Gru(4, 6)
    sequence = torch.randn(2, 5, 4)
    whole = gru(sequence)
    state = torch.zeros(2, 6)
    for step in range(5):
        state = gru.step(sequence[:, step], state)
        torch.testing.assert_close(state, whole[:, step])


def test_every_parameter_gets_a_gradient() -> None:
    gru = Gru(4, 6)
    gru(torch.ones(1, 3, 4)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in gru.parameters())
