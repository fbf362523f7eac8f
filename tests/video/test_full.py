"""Decoding everything."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from foveate.errors import VideoLimitError
from foveate.video.container import DecodeLimits, open_video
from foveate.video.full import FullDecode, decode_full
from foveate.video.writer import PageWriter, Selection
from tests.video.made import SMALL, blank_pages, crops, full_decode

LIMITS = DecodeLimits()


def run(
    path: Path, selection: Selection | None, limits: DecodeLimits = LIMITS
) -> tuple[FullDecode, list[object]]:
    pages = blank_pages(len(selection.wanted) if selection else 0)
    with open_video(str(path), LIMITS) as (container, stream):
        writer = PageWriter(SMALL, limits, pages)
        return decode_full(container, stream, selection, writer, limits, lambda: None), list(pages)


@pytest.mark.parametrize("kind", ["moving.gif", "h264-interlaced.mp4", "mpeg2.mpg"])
def test_frames_are_counted_and_written_in_order(kind: str, videos: Callable[[str], Path]) -> None:
    found, pages = run(videos(kind), Selection([3, 30, 49]))
    reference = full_decode(videos(kind))
    assert len(found.times) == len(reference) == 50
    assert not found.damaged
    for page, index in zip(pages, (3, 30, 49), strict=True):
        np.testing.assert_array_equal(page, crops(reference[index], SMALL)[0])


def test_counting_alone(videos: Callable[[str], Path]) -> None:
    assert len(run(videos("moving.gif"), None)[0].times) == 50


def test_packets_are_bounded(videos: Callable[[str], Path]) -> None:
    with pytest.raises(VideoLimitError, match="more than 20"):
        run(videos("moving.gif"), None, DecodeLimits(max_packets=20))
