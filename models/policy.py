"""The recurrent policy of AdaFocus: from glance maps to the place of each frame's patch."""

from dataclasses import dataclass

from torch import Tensor, nn

from models.gru import Gru


@dataclass(frozen=True, slots=True)
class PolicySizes:
    """Sizes of a policy.

    Attributes:
        channels: channels of a glance map.
        map_side: its side.
        squeezed: channels it is squeezed to.
        encoded: length of an encoded map.
        hidden: length of the state.
        candidates: places to choose among.
    """

    channels: int = 1280
    map_side: int = 7
    squeezed: int = 32
    encoded: int = 1024
    hidden: int = 1024
    candidates: int = 49


class GruPolicy(nn.Module):
    """The acting part of the policy (AdaFocus, section 3.2): encoder, GRU over the frames, a score a place.

    The published network ends in a softmax, which does not change which place is best; scores are given
    before it.
    """

    def __init__(self, sizes: PolicySizes) -> None:
        super().__init__()
        self.state_encoder = nn.Sequential(
            nn.Conv2d(sizes.channels, sizes.squeezed, 1, bias=False),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(sizes.squeezed * sizes.map_side**2, sizes.encoded),
            nn.ReLU(),
        )
        self.gru = Gru(sizes.encoded, sizes.hidden)
        self.actor = nn.Sequential(nn.Linear(sizes.hidden, sizes.candidates))

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """A whole sequence.

        Args:
            maps: glance maps (B, T, channels, side, side).

        Returns:
            Scores (B, T, candidates) and the states they come from (B, T, hidden).
        """
        encoded = self.state_encoder(maps.flatten(0, 1)).unflatten(0, (-1, maps.shape[1]))
        states: Tensor = self.gru(encoded)
        return self.actor(states), states

    def step(self, glance_map: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One frame: its map (B, channels, side, side) and the state to scores and the next state."""
        state = self.gru.step(self.state_encoder(glance_map), state)
        return self.actor(state), state
