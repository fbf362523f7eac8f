from dataclasses import replace

import numpy as np
import torch

from tests.training.end_to_end.tiny import CPU, TINY, bright
from training.config import RandomStage
from training.frame_lists import frame_lists
from training.networks import normalised
from training.reader import Reader

PLAIN = RandomStage(kind="random", epochs=1, rate=0.1)
LISTS = frame_lists(TINY["tsn"])


def test_without_chance_it_is_the_middle_of_the_frames_and_of_their_choices() -> None:
    data = bright(LISTS, 2)
    pools = np.pad(np.repeat(data.pools, 3, axis=1), ((0, 0), (0, 0), (4, 4), (4, 4), (0, 0)))
    pools[:, ::3] = 0
    pools[:, 2::3] = 0
    reader = Reader(replace(data, pools=pools), LISTS, CPU)
    assert np.array_equal(reader.pages(1), data.pools[1])


def test_what_is_drawn_follows_from_the_generator() -> None:
    data = bright(LISTS, 2)
    reader = Reader(data, LISTS, CPU)
    plain = reader.drawn(1, PLAIN, np.random.default_rng(1))
    assert torch.equal(plain, normalised(data.pools[1], CPU))
    crops = PLAIN.model_copy(update={"augment": True})
    drawn = [reader.drawn(1, crops, np.random.default_rng(seed)) for seed in (1, 1, 3)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert drawn[0].shape == plain.shape


def test_without_lists_the_frames_are_those_of_the_pool() -> None:
    data = bright(LISTS, 2)
    assert Reader(data, None, CPU).seen.counts == (data.frames,)
