"""Everything random in a run: it follows from the seed, the stage and the step, and so needs no saving."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Draws:
    """The randomness of one stage.

    Attributes:
        seed: of the run.
        stage: number of the stage.
    """

    seed: int
    stage: int

    def initial(self) -> None:
        """Seed the making of a stage's own layers."""
        torch.manual_seed(self._number(0, 0))

    def step(self, number: int) -> np.random.Generator:
        """What step ``number`` draws from; torch's own generator is seeded for it too."""
        torch.manual_seed(self._number(1, number))
        return np.random.default_rng((self.seed, self.stage, 2, number))

    def batch(self, number: int, videos: int, size: int) -> NDArray[np.int64]:
        """The videos of step ``number``, int64 [size], or fewer where there are not as many in all.

        Each comes once an epoch, in an order of its own; a rest is left out.
        """
        size = min(size, videos)
        epoch, place = divmod(number, videos // size)
        order = np.random.default_rng((self.seed, self.stage, 3, epoch)).permutation(videos)
        return order[place * size : (place + 1) * size].astype(np.int64)

    def _number(self, use: int, number: int) -> int:
        return int(
            np.random.SeedSequence((self.seed, self.stage, use, number)).generate_state(1, np.uint64)[0] >> 1
        )
