"""The first layers of a policy: a glance map squeezed, flattened and encoded."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True, slots=True)
class EncoderSizes:
    """Sizes of an encoder.

    Attributes:
        channels: channels of the map, or of the maps of a video stacked.
        map_side: its side.
        squeezed: channels it is squeezed to.
        encoded: length of an encoded map.
    """

    channels: int = 1280
    map_side: int = 7
    squeezed: int = 64
    encoded: int = 1024

    @classmethod
    def of(cls, shapes: Mapping[str, tuple[int, ...]], convolution: str, linear: str) -> "EncoderSizes":
        """Read the sizes off the shapes of the two layers' weights, named as given.

        Raises:
            KeyError: one of them is not there.
            ValueError: the linear layer fits no square map.
        """
        squeezed, channels = shapes[convolution][:2]
        encoded, flat = shapes[linear]
        side = math.isqrt(flat // squeezed)
        if squeezed * side * side != flat:
            raise ValueError(linear)
        return cls(channels, side, squeezed, encoded)


def map_encoder(sizes: EncoderSizes, activation: type[nn.Module], norms: bool = True) -> nn.Sequential:
    """Layers from maps (n, channels, side, side) to vectors (n, encoded).

    Args:
        sizes: of the layers.
        activation: what follows each of the two layers.
        norms: whether a batch normalisation stands between the two.
    """
    flat = sizes.squeezed * sizes.map_side**2
    return nn.Sequential(
        nn.Conv2d(sizes.channels, sizes.squeezed, 1, bias=False),
        *([nn.BatchNorm2d(sizes.squeezed)] if norms else []),
        activation(),
        nn.Flatten(),
        nn.Linear(flat, sizes.encoded),
        *([nn.BatchNorm1d(sizes.encoded)] if norms else []),
        activation(),
    )
