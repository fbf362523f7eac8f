"""From decoded frames to pages."""

import av
import numpy as np
import pytest

from foveate.bundle.vocabulary import Resize
from foveate.errors import UndecodableVideoError, VideoLimitError
from foveate.video.container import DecodeLimits
from foveate.video.writer import PageWriter, Selection, bounded_geometry
from tests.video.made import CROP, SMALL, blank_pages, picture

LIMITS = DecodeLimits()


def frame(number: int, width: int, height: int) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(picture(number, width, height), format="rgb24")


def test_a_selection_has_each_frame_once() -> None:
    selection = Selection([5, 2, 5, 9])
    assert selection.wanted == (2, 5, 9)
    assert selection.pages(1) == ((1, 0, 1, 2),)
    assert selection.pages(2) == ((2, 0, 2, 4), (3, 1, 3, 5))


def test_frames_of_another_size_are_noted() -> None:
    pages = blank_pages(3)
    writer = PageWriter(SMALL, LIMITS, pages)
    writer.write(0, frame(0, 96, 64))
    writer.write(1, frame(1, 96, 64))
    before = writer.size_changes
    writer.write(2, frame(2, 40, 50))
    assert (before, writer.size_changes) == (False, True)
    assert writer.geometry
    assert writer.geometry.upright_size == (96, 64)
    np.testing.assert_array_equal(pages[2], picture(2, 40, 50)[9 : 9 + CROP, 4 : 4 + CROP])


def test_sizes_beyond_the_limits() -> None:
    with pytest.raises(VideoLimitError, match="1000 x 1000"):
        bounded_geometry(SMALL, DecodeLimits(max_pixels=999_999), 1000, 1000)
    with pytest.raises(VideoLimitError, match="40 x 40000"):
        bounded_geometry(SMALL, DecodeLimits(max_pixels=999_999), 1, 1000)


def test_sizes_that_do_not_suit() -> None:
    exact = SMALL.model_copy(update={"resize": Resize.NONE})
    with pytest.raises(UndecodableVideoError, match="frames must be 32 x 32 pixels, not 33 x 32"):
        bounded_geometry(exact, LIMITS, 33, 32)
