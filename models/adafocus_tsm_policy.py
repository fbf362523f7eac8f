"""The policy of AdaFocus for trimmed video: one place for a whole video, from all its glance maps at once."""

from dataclasses import dataclass, field

from torch import Tensor, nn

from models.gru import Gru
from models.map_encoder import EncoderSizes, map_encoder


@dataclass(frozen=True, slots=True)
class VideoPolicySizes:
    """Sizes of the policy.

    Attributes:
        encoder: of its first layers; its channels are those of all the video's maps.
        norms: whether batch normalisations stand in the encoder.
        hidden: length of the state.
        outputs: 2 for a continuous place, or the number of places to choose among.
    """

    encoder: EncoderSizes = field(default_factory=lambda: EncoderSizes(channels=10240))
    norms: bool = True
    hidden: int = 1024
    outputs: int = 2


class VideoPolicy(nn.Module):
    """The acting part (AdaFocus, section 3.2 and appendix): encoder, one GRU step from zero, a linear layer.

    The published network ends in a sigmoid or a softmax; scores are given before it.
    """

    def __init__(self, sizes: VideoPolicySizes) -> None:
        super().__init__()
        self.state_encoder = map_encoder(sizes.encoder, nn.ReLU, sizes.norms)
        self.gru = Gru(sizes.encoder.encoded, sizes.hidden)
        self.actor = nn.Sequential(nn.Linear(sizes.hidden, sizes.outputs))

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """A whole video.

        Args:
            maps: glance maps (B, T, channels, side, side), stacked frame by frame.

        Returns:
            Scores (B, outputs) and the state they come from (B, hidden).
        """
        encoded = self.state_encoder(maps.flatten(1, 2))
        state = self.gru(encoded.unsqueeze(1)).squeeze(1)
        return self.actor(state), state
