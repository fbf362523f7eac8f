import pytest
import torch

from foveate.bundle.vocabulary import CropRounding, Resize, SamplingRule
from foveate.video.sampling import pool_indices
from tests.training.end_to_end.tiny import TINY
from tests.training.forms.nets import FORMS
from training.frame_lists import frame_lists
from training.sizes import SamplerSizes

LISTS = {
    "adafocus-v2": (SamplingRule.CENTRES_REPEAT_LAST, (3,)),
    "adafocus": (SamplingRule.CENTRES_REPEAT_LAST, (3,)),
    "adafocus-plus": (SamplingRule.CENTRES_REPEAT_LAST, (3,)),
    "adafocus-tsm": (SamplingRule.CENTRES_REPEAT_FIRST, (3, 4)),
    "adafocus-v2-tsm": (SamplingRule.CENTRES_REPEAT_FIRST, (3, 4)),
    "uni-adafocus": (SamplingRule.SEGMENT_MIDDLES, (12,)),
    "uni-adafocus-tsm": (SamplingRule.SEGMENT_MIDDLES, (4, 12)),
    "uni-adafocus-x3d": (SamplingRule.SEGMENT_MIDDLES, (4, 12)),
    "tsn": (SamplingRule.CENTRES_REPEAT_LAST, (3,)),
    "tsm": (SamplingRule.CENTRES_REPEAT_FIRST, (3,)),
    "x3d": (SamplingRule.SEGMENT_MIDDLES, (4,)),
}


@pytest.mark.parametrize("system", LISTS)
def test_frames_are_sampled_as_in_the_bundle(system: str) -> None:
    lists = frame_lists((TINY | FORMS)[system])
    assert (lists.sampling().rule, lists.sampling().counts) == LISTS[system]


@pytest.mark.parametrize("frames", [48, 61, 300])
def test_choices_lie_around_the_frame_that_a_bundle_takes(frames: int) -> None:
    lists = frame_lists(TINY["uni-adafocus-tsm"])
    taken = pool_indices(lists.sampling(), frames)
    kept = pool_indices(lists.sampling(3), frames)
    assert kept[1::3] == taken
    assert all(kept[i] <= kept[i + 1] for i in range(11))


def test_a_frame_is_kept_larger_where_it_will_be_cropped() -> None:
    lists = frame_lists(TINY["adafocus-v2"].model_copy(update={"crop": 224}))
    assert (lists.preprocessing().short_side, lists.preprocessing().crop) == (256, 224)
    assert lists.preprocessing(lists.short_side).crop == 256


def test_whole_frames_are_made_smaller_half_pixel() -> None:
    lists = frame_lists(TINY["x3d"])
    ramp = torch.arange(64.0).expand(2, 3, 64, 64)
    seen = lists.seen_of(ramp)
    assert seen.shape == (2, 3, 32, 32)
    torch.testing.assert_close(seen[0, 0, 0], torch.arange(32) * 2 + 0.5)
    assert frame_lists(TINY["tsm"]).seen_of(ramp) is ramp


def test_a_frame_that_is_seen_whole_is_no_larger_than_the_crop() -> None:
    lists = frame_lists(SamplerSizes(system="ocsampler"))
    rules, kept = lists.preprocessing(), lists.preprocessing(lists.short_side)
    assert (lists.sampling().rule, lists.sampling().counts) == (SamplingRule.SEEDED_SEGMENTS, (10,))
    assert (rules.resize, rules.short_side, rules.crop) == (Resize.OPENCV_BILINEAR, 224, 224)
    assert rules.crop_rounding is CropRounding.FLOOR
    assert (kept.short_side, kept.crop) == (256, 256)
    # A choice in each of ten segments, as training draws them.
    assert [index // 30 for index in pool_indices(lists.sampling(3), 300)] == [i // 3 for i in range(30)]
