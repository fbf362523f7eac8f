"""Memory that belongs to a lane."""

import numpy as np
from numpy.typing import NDArray


class Scratch:
    """Memory that one lane reuses from batch to batch, so that no batch pays for fresh pages.

    Args:
        lane: the lane's number.
    """

    def __init__(self, lane: int = 0) -> None:
        self.lane = lane
        self._buffer = np.empty(0, np.float32)

    def take(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """An uninitialised float32 array, valid until the next call."""
        size = int(np.prod(shape))
        if self._buffer.size < size:
            self._buffer = np.empty(size, np.float32)
        return self._buffer[:size].reshape(shape)
