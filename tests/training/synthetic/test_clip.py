import numpy as np
import pytest

from training.synthetic.actions import LABELS
from training.synthetic.clip import SceneSettings, draw_pool, make_clip, sample_times

SMALL = SceneSettings(width=160, height=128, crop=112, clutter=15, moving=4)


def test_a_clip_follows_from_seed_split_and_number() -> None:
    def pool(seed: int, split: str, number: int) -> bytes:
        return draw_pool(make_clip(seed, split, number, SMALL), [0.5])[0].tobytes()

    assert pool(1, "train", 3) == pool(1, "train", 3)
    assert len({pool(1, "train", 3), pool(2, "train", 3), pool(1, "test", 3), pool(1, "train", 13)}) == 4


@pytest.mark.parametrize("number", range(10))
def test_the_figure_stays_in_the_crop_and_is_small(number: int) -> None:
    for turn in range(8):
        clip = make_clip(4, "train", number + 10 * turn, SMALL)
        assert clip.label == number
        for time in sample_times(2.0, 5):
            box = clip.draw(time)[1]
            left, top = (160 - 112) / 2, (128 - 112) / 2
            assert left - 2 <= box.left < box.right <= left + 112 + 2, LABELS[number]
            assert top - 4 <= box.top < box.bottom <= top + 112 + 4, LABELS[number]
            assert box.bottom - box.top < 0.4 * 112


def test_a_pool_is_the_middle_of_the_frames_and_knows_where_the_figure_is() -> None:
    clip = make_clip(5, "validation", 7, SMALL)
    times = sample_times(2.0, 3)
    pool, middles = draw_pool(clip, times)
    assert pool.shape == (3, 112, 112, 3)
    for page, middle, time in zip(pool, middles, times, strict=True):
        frame, box = clip.draw(time)
        assert np.array_equal(page, frame[8:120, 24:136])
        assert middle == pytest.approx((box.middle[1] - 8, box.middle[0] - 24), abs=1e-4)


def test_figure_scene_and_distractors_all_move() -> None:
    clip = make_clip(6, "train", 1, SMALL)
    (first, box), (last, other) = clip.draw(0.0), clip.draw(1.9)
    assert abs(box.middle[0] - other.middle[0]) > 5
    away = np.ones((128, 160), bool)
    for place in (box, other):
        away[:, max(0, int(place.left) - 2) : int(place.right) + 3] = False
    assert (first != last).any(2)[away].mean() > 0.2


def test_places_are_spread_over_the_crop() -> None:
    middles = np.array([make_clip(7, "train", n, SMALL).draw(1.0)[1].middle for n in range(60)])
    assert np.ptp(middles[:, 0]) > 60
    assert np.ptp(middles[:, 1]) > 50


def test_moments_are_the_middles_of_equal_parts() -> None:
    assert sample_times(2.0, 4) == [0.25, 0.75, 1.25, 1.75]
