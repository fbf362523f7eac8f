"""Resampling, to the bit."""

import numpy as np
import pytest
from PIL import Image

from foveate.bundle.vocabulary import Resize
from foveate.video.resize import opencv_bilinear, pillow_bilinear, resize_frame, resized_size
from tests.video.made import picture


@pytest.mark.parametrize(
    ("resize", "short_side", "source", "expected"),
    [
        (Resize.PILLOW_BILINEAR, 256, (320, 240), (341, 256)),
        (Resize.PILLOW_BILINEAR, 256, (270, 480), (256, 455)),
        (Resize.PILLOW_BILINEAR, 256, (224, 224), (256, 256)),
        (Resize.PILLOW_BILINEAR, 256, (341, 256), (341, 256)),
        (Resize.OPENCV_BILINEAR, 224, (320, 240), (299, 224)),
        (Resize.OPENCV_BILINEAR, 224, (640, 360), (398, 224)),
        (Resize.OPENCV_BILINEAR, 224, (1, 1), (224, 224)),
        (Resize.NONE, 224, (640, 360), (640, 360)),
    ],
)
def test_resized_size(
    resize: Resize, short_side: int, source: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert resized_size(resize, short_side, *source) == expected


@pytest.mark.parametrize("resize", list(Resize))
def test_a_frame_of_the_right_size_is_untouched(resize: Resize) -> None:
    frame = picture(3, 50, 40)
    assert resize_frame(frame, resize, 50, 40) is frame


def test_frames_that_are_not_resized_must_fit() -> None:
    with pytest.raises(ValueError, match="50 x 40 is not 40 x 40"):
        resize_frame(picture(3, 50, 40), Resize.NONE, 40, 40)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turning_in_pillow_is_turning_the_array(rotation: int) -> None:
    frame = picture(7, 90, 60)
    turned = np.ascontiguousarray(np.rot90(frame, rotation // 90))
    expected = np.asarray(Image.fromarray(turned).resize((45, 53), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(pillow_bilinear(frame, 45, 53, rotation), expected)


def test_opencv_weights_worked_out_by_hand() -> None:
    # From 2 to 3 pixels: positions -1/6, 1/2, 7/6. The outer taps are clamped; 1024/2048 each between.
    frame = np.array([[0, 100]], np.uint8)[:, :, None].repeat(3, axis=2)
    assert opencv_bilinear(frame, 3, 1)[0, :, 0].tolist() == [0, 50, 100]
    # From 4 to 3: positions 1/6, 3/2, 17/6; 341 and 1707 of 2048 are the rounded weights.
    frame = np.array([[0, 60, 120, 240]], np.uint8)[:, :, None].repeat(3, axis=2)
    assert opencv_bilinear(frame, 3, 1)[0, :, 0].tolist() == [10, 90, 220]


def test_opencv_halving_is_a_mean_of_four() -> None:
    frame = np.array([[0, 1], [2, 3]], np.uint8)[:, :, None].repeat(3, axis=2)
    assert opencv_bilinear(frame, 1, 1).tolist() == [[[2, 2, 2]]]  # 1.5, halves upwards


def test_opencv_keeps_a_flat_frame_nearly_flat() -> None:
    flat = np.full((37, 53, 3), 200, np.uint8)
    resized = opencv_bilinear(flat, 41, 29)
    assert np.abs(resized.astype(int) - 200).max() <= 1
