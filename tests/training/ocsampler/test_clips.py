from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.end_to_end.tiny import CPU
from tests.training.ocsampler.tiny import LISTS, choice, marked
from training.networks import normalised
from training.ocsampler.clips import Clips

ALL = np.arange(8)


def test_without_augment_a_video_is_what_its_bundle_sees() -> None:
    data = marked()
    wanted = normalised(data.pools, CPU)
    for stage in (None, choice(augment=False)):
        assert torch.equal(Clips(data, LISTS, CPU, stage).frames(ALL, np.random.default_rng(0)), wanted)
    # Nothing is drawn where there is nothing to draw from.
    assert torch.equal(Clips(data, LISTS, CPU, choice(augment=True)).frames(ALL), wanted)


def test_chosen_frames_alone() -> None:
    chosen = np.array([[4, 1], [0, 2]])
    clips = Clips(marked(), LISTS, CPU)
    every = clips.frames(np.array([3, 5]))
    found = clips.frames(np.array([3, 5]), chosen=chosen)
    assert torch.equal(found, torch.stack([every[0, chosen[0]], every[1, chosen[1]]]))


def test_the_same_crop_for_all_frames_of_a_video() -> None:
    data = marked(extra=8)
    same = replace(data, pools=np.broadcast_to(data.pools[:, :1], data.pools.shape))
    pool = Clips(same, LISTS, CPU, choice(augment=True)).frames(ALL, np.random.default_rng(0))
    assert pool.shape == (8, 5, 3, 32, 32)
    assert torch.equal(pool, pool[:, :1].expand_as(pool))
    plain = Clips(same, LISTS, CPU).frames(ALL)
    assert all(not torch.allclose(*pair) for pair in zip(pool, plain, strict=True))


@pytest.mark.parametrize("augment", [True, False])
def test_of_several_choices_one_is_drawn_or_the_middle_one_taken(augment: bool) -> None:
    numbers = np.arange(15, dtype=np.uint8)[None, :, None, None, None] * 16
    data = replace(marked(choices=3), pools=np.broadcast_to(numbers, (8, 15, 32, 32, 3)))
    clips = Clips(data, LISTS, CPU, choice(augment=augment))
    red = clips.frames(ALL, np.random.default_rng(0))[:, :, 0, 0, 0]
    found = ((red * 0.229 + 0.485) * 255 / 16).round().int()
    assert torch.equal(found // 3, torch.arange(5, dtype=torch.int32).expand(8, 5))
    assert set((found % 3).flatten().tolist()) == ({0, 1, 2} if augment else {1})


def test_larger_frames_are_seen_whole() -> None:
    data = marked(extra=32)
    found = Clips(data, LISTS, CPU).frames(ALL)
    assert found.shape[-1] == 32
    means = normalised(data.pools, CPU).mean((3, 4))
    torch.testing.assert_close(found.mean((3, 4)), means, atol=0.02, rtol=0)
