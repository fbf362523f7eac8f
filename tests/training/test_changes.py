import numpy as np
import pytest

from training.changes import most_changed


def _still(frames: int = 4, crop: int = 56) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    noise = np.random.default_rng(0).integers(0, 256, (1, crop, crop, 3), np.uint8)
    return np.repeat(noise, frames, 0)


def test_the_square_holds_what_moves() -> None:
    frames = _still()
    frames[1::2, 38:46, 6:14] = 255
    y, x = most_changed(frames, 14)
    assert 35 < y < 49
    assert 3 < x < 17
    assert 7 <= y <= 49
    assert 7 <= x <= 49


def test_bright_things_that_stay_do_not_count() -> None:
    frames = _still()
    frames[:, :20, :20] = 255
    frames[2:, 44:48, 44:48] = 0
    y, x = most_changed(frames, 16)
    assert abs(y - 46) <= 8
    assert abs(x - 46) <= 8


def test_a_square_as_large_as_the_frame_is_in_its_middle() -> None:
    assert most_changed(_still(), 56) == pytest.approx((28.0, 28.0))


def test_frames_of_few_pixels_have_as_many_cells() -> None:
    frames = np.zeros((3, 8, 8, 3), np.uint8)
    frames[1, 6, 1] = 200
    assert most_changed(frames, 1) == pytest.approx((6.5, 1.5))
