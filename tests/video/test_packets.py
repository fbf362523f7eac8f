"""What the packets of a video tell, and when they are not believed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from foveate.video.container import DecodeLimits, open_video
from foveate.video.packets import PacketTable, _reorder_depth, _shows, read_packets
from tests.video.made import packet

LIMITS = DecodeLimits()


def table(path: Path) -> PacketTable:
    with open_video(str(path), LIMITS) as (container, stream):
        return read_packets(container, stream, LIMITS)


@pytest.mark.parametrize(
    "kind", ["h264-closed.mp4", "hevc-open.mp4", "vp8-altref.webm", "vp9.webm", "av1.mkv", "mpeg2.ts"]
)
def test_frames_are_counted_without_decoding(kind: str, videos: Callable[[str], Path]) -> None:
    found = table(videos(kind))
    assert found.doubt is None
    assert found.frames == 50
    times = [found.packets[position].pts for position in found.shown]
    assert times == sorted(time for time in times if time is not None)


@pytest.mark.parametrize(("kind", "doubt"), [("moving.gif", "GIF"), ("mpeg2.mpg", "lack times")])
def test_doubts(kind: str, doubt: str, videos: Callable[[str], Path]) -> None:
    found = table(videos(kind))
    assert found.doubt is not None
    assert doubt in found.doubt
    assert found.frames == 50


@pytest.mark.parametrize(
    ("codec", "data", "shown"),
    [
        ("vp8", b"\x10\x00\x00", True),
        ("vp8", b"\x01\x00\x00", False),
        # Marker 10, profile 00, existing 0, interframe 1, shown or not.
        ("vp9", bytes([0b10000110, 0]), True),
        ("vp9", bytes([0b10000100, 0]), False),
        ("vp9", bytes([0b10001000, 0]), True),  # shows an existing frame
        ("vp9", bytes([0b10110001, 0b10000000]), True),  # profile 3: one reserved bit, key frame, shown
        ("vp9", bytes([0b10110000, 0b10000000]), False),
        ("vp9", bytes([0b10000100, 0b11000000]), True),  # a superframe by its last byte
        ("mpeg4", b"\x7f", False),
        ("mpeg4", b"\x00\x00\x01\xb6\x10", True),
        ("h264", b"\x00", True),
    ],
)
def test_hidden_frames_are_told_from_shown_ones(codec: str, data: bytes, shown: bool) -> None:
    assert _shows(codec, packet(data)) is shown


@pytest.mark.parametrize(
    ("times", "depth"),
    [
        ([0, 1, 2, 3], 0),
        ([0, 2, 1, 4, 3], 1),
        ([0, 4, 2, 1, 3, 8, 6, 5, 7], 2),
        ([0, 2, 4, 1, 3], 2),
        ([], 0),
    ],
)
def test_reorder_depth(times: list[int], depth: int) -> None:
    assert _reorder_depth(times) == depth


def test_packed_frames_are_doubted(clips: Path) -> None:
    found = table(clips / "hmdb51_RATRACE_wave.avi")
    assert found.doubt == "packets hold several frames or none"
    assert len(found.packets) == 73
    assert found.frames == 72
