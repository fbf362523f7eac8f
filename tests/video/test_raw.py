"""Frames that come as plain pixels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foveate.bundle.vocabulary import CropRounding, View
from foveate.errors import UndecodableVideoError, VideoLimitError
from foveate.video.container import DecodeLimits
from foveate.video.geometry import geometry_of
from foveate.video.preprocess import preprocess
from foveate.video.raw import decode_raw
from foveate.video.records import RawFrames
from tests.video.made import CROP, SMALL, blank_pages, middles, picture

LIMITS = DecodeLimits()


def stored(path: Path, frames: int, width: int, height: int) -> Path:
    path.write_bytes(np.stack([picture(number, width, height) for number in range(frames)]).tobytes())
    return path


def test_frames_are_sampled_and_preprocessed(tmp_path: Path) -> None:
    path = stored(tmp_path / "frames", 20, 60, 50)
    pages = blank_pages(6)
    decoded = decode_raw(str(path), RawFrames(20, 50, 60), middles(4, 2), SMALL, LIMITS, pages)
    assert decoded.indices == (2, 7, 12, 17, 5, 15)
    assert decoded.unused == ()
    for entry, index in enumerate(decoded.indices):
        expected = blank_pages(1)
        preprocess(picture(index, 60, 50), SMALL, geometry_of(SMALL, 60, 50), expected)
        np.testing.assert_array_equal(pages[decoded.pages[0][entry]], expected[0])


def test_preprocessed_frames_are_the_pool(tmp_path: Path) -> None:
    path = stored(tmp_path / "frames", 5, CROP, CROP)
    pages = blank_pages(5)
    raw = RawFrames(5, CROP, CROP, preprocessed=True)
    decoded = decode_raw(str(path), raw, middles(3, 2), SMALL, LIMITS, pages)
    assert decoded.indices == (0, 1, 2, 3, 4)
    for number, page in enumerate(pages):
        np.testing.assert_array_equal(page, picture(number, CROP, CROP))
    assert decoded.geometry.upright_size == (CROP, CROP)


@pytest.mark.parametrize(
    ("raw", "error", "message"),
    [
        (RawFrames(4, 32, 32), UndecodableVideoError, r"\[4, 32, 32, 3\] are 12288 bytes, not 15360"),
        (RawFrames(0, 32, 32), UndecodableVideoError, "no zero"),
        (RawFrames(5, 32, 32, preprocessed=True), UndecodableVideoError, r"shape \[8, 32, 32, 3\]"),
        (RawFrames(10**9, 32, 32), VideoLimitError, "at most"),
        (RawFrames(5, 10**5, 10**5), VideoLimitError, "at most"),
    ],
)
def test_shapes_that_do_not_fit(raw: RawFrames, error: type[Exception], message: str, tmp_path: Path) -> None:
    path = stored(tmp_path / "frames", 5, 32, 32)
    with pytest.raises(error, match=message):
        decode_raw(str(path), raw, middles(8), SMALL, LIMITS, blank_pages(8))


def test_preprocessed_frames_have_one_view(tmp_path: Path) -> None:
    views: Any = SMALL.model_copy(
        update={"crop_rounding": CropRounding.QUARTERS, "views": (View.LEFT, View.CENTRE)}
    )
    path = stored(tmp_path / "frames", 4, CROP, CROP)
    with pytest.raises(UndecodableVideoError, match="several views"):
        decode_raw(
            str(path),
            RawFrames(4, CROP, CROP, preprocessed=True),
            middles(4),
            views,
            LIMITS,
            blank_pages(8),
        )
