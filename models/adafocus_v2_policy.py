"""The policy of AdaFocusV2 for untrimmed video: a place between the pixels for each frame."""

from dataclasses import dataclass, field

from torch import Tensor, nn

from models.gru import Gru
from models.map_encoder import EncoderSizes, map_encoder

COORDINATES = 2


@dataclass(frozen=True, slots=True)
class PlacePolicySizes:
    """Sizes of the policy: of its encoder, and the length of its state."""

    encoder: EncoderSizes = field(default_factory=lambda: EncoderSizes(encoded=2048))
    hidden: int = 2048


class PlacePolicy(nn.Module):
    """Encoder, GRU over the frames and a linear layer (AdaFocusV2, section 3.2).

    The published network ends in a sigmoid; scores are given before it.
    """

    def __init__(self, sizes: PlacePolicySizes) -> None:
        super().__init__()
        self.encoder = map_encoder(sizes.encoder, nn.Tanh)
        self.gru = Gru(sizes.encoder.encoded, sizes.hidden)
        self.fc = nn.Sequential(nn.Linear(sizes.hidden, COORDINATES))

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A whole sequence.

        Args:
            maps: glance maps (B, T, channels, side, side).

        Returns:
            Scores of (y, x) (B, T, 2), the states they come from (B, T, hidden), and the encoded maps
            (B, T, encoded).
        """
        encoded = self.encoder(maps.flatten(0, 1)).unflatten(0, (-1, maps.shape[1]))
        states = self.gru(encoded)
        return self.fc(states), states, encoded

    def step(self, glance_map: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One frame: its map (B, channels, side, side) and the state to scores and the next state."""
        state = self.gru.step(self.encoder(glance_map), state)
        return self.fc(state), state
