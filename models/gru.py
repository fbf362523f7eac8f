"""A one-layer GRU that can also be run one step at a time, with the entry names of torch's.

The time axis is unrolled: exporters freeze it anyway, and a graph without control flow can be captured.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class Gru(nn.Module):
    """Gates in torch's order: reset, update, new.

    Args:
        inputs: length of an input vector.
        hidden: length of the state.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.weight_ih_l0 = nn.Parameter(torch.empty(3 * hidden, inputs))
        self.weight_hh_l0 = nn.Parameter(torch.empty(3 * hidden, hidden))
        self.bias_ih_l0 = nn.Parameter(torch.empty(3 * hidden))
        self.bias_hh_l0 = nn.Parameter(torch.empty(3 * hidden))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -1 / math.sqrt(hidden), 1 / math.sqrt(hidden))

    def forward(self, sequence: Tensor) -> Tensor:
        """(B, T, inputs) to the states after each step (B, T, hidden)."""
        gates = functional.linear(sequence, self.weight_ih_l0, self.bias_ih_l0)
        # The state starts as zeros, of which only the bias is left; a graph then needs no shape arithmetic.
        state = sequence.new_zeros(())
        recurrent: Tensor = self.bias_hh_l0
        states = []
        for step in range(sequence.shape[1]):
            if step:
                recurrent = functional.linear(state, self.weight_hh_l0, self.bias_hh_l0)
            state = _next(gates[:, step], recurrent, state)
            states.append(state)
        return torch.stack(states, 1)

    def step(self, x: Tensor, state: Tensor) -> Tensor:
        """One step: (B, inputs) and the state (B, hidden) to the next state."""
        gates = functional.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        return _next(gates, functional.linear(state, self.weight_hh_l0, self.bias_hh_l0), state)


def _next(gates: Tensor, recurrent: Tensor, state: Tensor) -> Tensor:
    """The next state, from what input and state give to the three gates."""
    reset_in, update_in, new_in = gates.chunk(3, -1)
    reset_state, update_state, new_state = recurrent.chunk(3, -1)
    reset = torch.sigmoid(reset_in + reset_state)
    update = torch.sigmoid(update_in + update_state)
    new = torch.tanh(new_in + reset * new_state)
    return (1 - update) * new + update * state
