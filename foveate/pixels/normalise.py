"""Normalisation of 8-bit RGB, as the published preprocessing ends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Normaliser:
    """(value / 255 - mean) / std for each channel.

    Attributes:
        table: (3, 256) float32, the normalised value of each 8-bit level of each channel.
    """

    table: NDArray[np.float32]

    @classmethod
    def of(cls, mean: tuple[float, float, float], std: tuple[float, float, float]) -> "Normaliser":
        """Tabulate the published order of operations in float32: divide, subtract, divide."""
        levels = np.arange(256, dtype=np.float32) / np.float32(255)
        rows = [(levels - np.float32(m)) / np.float32(s) for m, s in zip(mean, std, strict=True)]
        return cls(np.stack(rows).astype(np.float32))

    def planes(self, pixels: NDArray[np.uint8], out: NDArray[np.float32]) -> None:
        """Normalise (H, W, 3) pixels into the planes of ``out``, (3, H, W)."""
        for channel in range(3):
            # A table of 256 entries stays in the first-level cache; the plane is written in order.
            np.take(self.table[channel], pixels[..., channel], out=out[channel], mode="clip")
