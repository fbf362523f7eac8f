"""Times, rates and colours."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from foveate.video.container import DecodeLimits, open_video
from foveate.video.facts import seconds_of, video_facts
from foveate.video.records import VideoFacts
from tests.video.made import picture


def facts(path: Path, times: list[int | None], transfer: int = 2, color_range: int = 0) -> VideoFacts:
    frame = av.VideoFrame.from_ndarray(picture(0, 96, 64), format="rgb24").reformat(format="yuv420p")
    frame.color_trc = transfer
    frame.color_range = color_range
    with open_video(str(path), DecodeLimits()) as (container, stream):
        return video_facts(container, stream, frame, times, 3, False, False)


def test_seconds() -> None:
    assert seconds_of([10, 20, 40], Fraction(1, 10)) == [0.0, 1.0, 3.0]
    assert seconds_of([10, None], Fraction(1, 10)) == []
    assert seconds_of([10], None) == []


def test_rates_come_from_times(videos: Callable[[str], Path]) -> None:
    # The time base of Matroska is a millisecond, so 30 a second is 33 or 34 of them.
    path = videos("h264-open.mkv")
    steady = facts(path, [0, 33, 67, 100])
    assert steady.fps == pytest.approx(30)
    assert steady.duration_s == pytest.approx(4 / 30)
    assert not steady.variable_rate
    assert facts(path, [0, 33, 100, 133]).variable_rate


def test_without_times_the_header_is_asked(videos: Callable[[str], Path]) -> None:
    found = facts(videos("h264-open.mkv"), [None, None])
    assert found.fps == pytest.approx(25)
    assert found.duration_s == pytest.approx(2.0, abs=0.05)
    assert found.frames == 2


@pytest.mark.parametrize(("transfer", "name"), [(16, "pq"), (18, "hlg"), (1, None)])
def test_high_dynamic_range_is_told(transfer: int, name: str | None, videos: Callable[[str], Path]) -> None:
    assert facts(videos("h264-open.mkv"), [0, 40], transfer).transfer == name


def test_full_range(videos: Callable[[str], Path]) -> None:
    assert facts(videos("h264-open.mkv"), [0, 40], color_range=2).full_range
    assert not facts(videos("h264-open.mkv"), [0, 40], color_range=1).full_range
