"""Sampled decoding of made videos: the pixels of a full decode, without its work."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from foveate.bundle.vocabulary import CropRounding, View
from foveate.errors import UndecodableVideoError, VideoLimitError
from foveate.video.container import DecodeLimits
from foveate.video.decode import decode_clip
from foveate.video.records import Decoded
from foveate.video.sampling import pool_indices
from tests.video.kinds import KINDS, X264
from tests.video.made import SMALL, blank_pages, crops, encode, full_decode, middles

LIMITS = DecodeLimits()


def decode(path: Path, *counts: int, limits: DecodeLimits = LIMITS) -> tuple[Decoded, list[Any]]:
    pages = blank_pages(sum(counts))
    return decode_clip(str(path), middles(*counts), SMALL, limits, pages), pages


@pytest.mark.parametrize("kind", KINDS)
def test_sampled_frames_are_those_of_a_full_decode(kind: str, videos: Callable[[str], Path]) -> None:
    path = videos(kind)
    reference = full_decode(path)
    for count in (1, 3, 8, 16, 48):
        decoded, pages = decode(path, count)
        indices = pool_indices(middles(count), len(reference))
        assert list(decoded.indices) == indices
        assert decoded.facts.frames == len(reference)
        assert not decoded.facts.truncated
        for entry, index in enumerate(indices):
            expected = crops(reference[index], SMALL)[0]
            np.testing.assert_array_equal(pages[decoded.pages[0][entry]], expected)


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("h264-closed.mp4", 30),
        ("h264-open.mp4", 38),
        ("hevc-open.mp4", 38),
        ("vp9.webm", 40),
        ("av1.mkv", 45),
        ("mpeg4.mp4", 30),
        ("mjpeg.avi", 3),
    ],
)
def test_few_frames_cost_little(kind: str, most: int, videos: Callable[[str], Path]) -> None:
    decoded, _ = decode(videos(kind), 3)
    assert decoded.facts.frames == 50
    assert decoded.facts.decoded <= most


def test_repeated_frames_share_a_page(videos: Callable[[str], Path]) -> None:
    decoded, pages = decode(videos("odd-size.mp4"), 16, 8)
    assert len(decoded.used) == 9
    assert decoded.unused == tuple(range(9, 24))
    assert len(decoded.pages[0]) == 24
    assert all(not pages[number].any() for number in decoded.unused)


def test_views_have_pages_of_their_own(videos: Callable[[str], Path]) -> None:
    path = videos("h264-closed.mp4")
    views = SMALL.model_copy(
        update={"crop_rounding": CropRounding.QUARTERS, "views": (View.LEFT, View.CENTRE, View.RIGHT)}
    )
    pages = blank_pages(12)
    decoded = decode_clip(str(path), middles(4), views, LIMITS, pages)
    reference = full_decode(path)
    assert decoded.used == tuple(range(12))
    for entry, index in enumerate(decoded.indices):
        for view, expected in enumerate(crops(reference[index], views)):
            np.testing.assert_array_equal(pages[decoded.pages[view][entry]], expected)


def test_times_and_facts_of_a_variable_rate(tmp_path: Path) -> None:
    times = [0, 40, 80, 300, 340, 900, 940, 980]
    path = encode(tmp_path / "variable.mkv", "libx264", options=X264, times=times)
    decoded, _ = decode(path, 8)
    assert decoded.times_s == pytest.approx([time / 1000 for time in times])
    assert decoded.facts.variable_rate
    assert decoded.facts.fps == pytest.approx(7 / 0.98)
    steady, _ = decode(encode(tmp_path / "steady.mkv", "libx264", options=X264), 5)
    assert not steady.facts.variable_rate
    assert steady.facts.fps == pytest.approx(25)
    assert steady.facts.duration_s == pytest.approx(2.0)
    assert (steady.facts.codec, steady.facts.width, steady.facts.height) == ("h264", 96, 64)


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_rotated_videos_stand_upright(rotation: int, tmp_path: Path) -> None:
    path = encode(tmp_path / "turned.mp4", "libx264", options=X264, frames=4, rotation=rotation)
    decoded, pages = decode(path, 4)
    assert decoded.facts.rotation == rotation % 360
    assert decoded.geometry.upright_size == ((96, 64) if rotation == 180 else (64, 96))
    reference = full_decode(path)
    for number, page in enumerate(pages):
        np.testing.assert_array_equal(page, crops(reference[number], SMALL)[0])


def test_start_times_other_than_zero(tmp_path: Path) -> None:
    path = encode(tmp_path / "late.mkv", "libx264", options=X264, times=[5000 + 40 * n for n in range(30)])
    decoded, _ = decode(path, 3)
    assert decoded.times_s == pytest.approx([0.2, 0.6, 1.0])


def test_a_file_that_ends_early_gives_what_it_has(videos: Callable[[str], Path], tmp_path: Path) -> None:
    whole = videos("mpeg2.ts").read_bytes()
    path = tmp_path / "cut.ts"
    path.write_bytes(whole[: len(whole) * 6 // 10])
    reference = full_decode(path)
    assert 0 < len(reference) < 50
    decoded, pages = decode(path, 8)
    assert decoded.facts.frames == len(reference)
    for entry, index in enumerate(decoded.indices):
        np.testing.assert_array_equal(pages[decoded.pages[0][entry]], crops(reference[index], SMALL)[0])


def test_a_cut_mp4_is_reported(tmp_path: Path) -> None:
    options = {**X264, "crf": "10"}
    path = encode(tmp_path / "cut.mov", "libx264", options=options, frames=40, gop=10)
    fast = tmp_path / "front.mp4"
    with av.open(str(path)) as source, av.open(str(fast), "w", options={"movflags": "faststart"}) as target:
        template = source.streams.video[0]
        stream = target.add_stream_from_template(template)
        for packet in source.demux(template):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    whole = fast.read_bytes()
    fast.write_bytes(whole[: len(whole) * 7 // 10])
    decoded, _ = decode(fast, 8)
    assert decoded.facts.truncated
    assert 10 <= decoded.facts.frames < 40
    assert list(decoded.indices) == pool_indices(middles(8), decoded.facts.frames)


def test_damaged_packets_are_passed_over(videos: Callable[[str], Path], tmp_path: Path) -> None:
    data = bytearray(videos("h264-closed.mp4").read_bytes())
    middle = data.find(b"mdat") + 1500
    data[middle : middle + 400] = bytes(400)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    reference = full_decode(path)
    decoded, pages = decode(path, 16)
    assert decoded.facts.frames == len(reference)
    for entry, index in enumerate(decoded.indices):
        np.testing.assert_array_equal(pages[decoded.pages[0][entry]], crops(reference[index], SMALL)[0])


def test_nothing_that_decodes(videos: Callable[[str], Path], tmp_path: Path) -> None:
    data = bytearray(videos("h264-closed.mp4").read_bytes())
    begin = data.find(b"mdat") + 4
    end = data.find(b"moov") - 4
    data[begin:end] = bytes(end - begin)
    path = tmp_path / "nothing.mp4"
    path.write_bytes(data)
    with pytest.raises(UndecodableVideoError, match="No frame"):
        decode(path, 8)


def test_metadata_that_is_not_utf8(tmp_path: Path) -> None:
    path = encode(tmp_path / "named.mkv", "libx264", options=X264, metadata={"title": "AAAABBBB"})
    data = path.read_bytes()
    assert data.count(b"AAAABBBB") == 1
    path.write_bytes(data.replace(b"AAAABBBB", b"\xff\xfe\xe9\x80BBBB"))
    with pytest.raises(UnicodeDecodeError):
        av.open(str(path))
    decoded, _ = decode(path, 4)
    assert decoded.facts.frames == 50


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (DecodeLimits(max_pixels=96 * 64 - 1), "96 x 64 pixels are too large"),
        (DecodeLimits(max_packets=49), "more than 49 coded frames"),
        (DecodeLimits(max_duration_s=1.5), "lasts 2 s"),
    ],
)
def test_limits(limits: DecodeLimits, message: str, videos: Callable[[str], Path]) -> None:
    with pytest.raises(VideoLimitError, match=message):
        decode(videos("h264-closed.mp4"), 8, limits=limits)


def test_a_needle_is_too_large_once_resized(tmp_path: Path) -> None:
    path = encode(tmp_path / "needle.avi", "mjpeg", pix_fmt="yuvj420p", frames=2, size=(2, 2000))
    with pytest.raises(VideoLimitError, match="40 x 40000"):
        decode(path, 2, limits=DecodeLimits(max_pixels=1_000_000))


def test_too_few_pages(videos: Callable[[str], Path]) -> None:
    with pytest.raises(ValueError, match="8 pages are needed, 7 were given"):
        decode_clip(str(videos("mpeg4.mp4")), middles(8), SMALL, LIMITS, blank_pages(7))


class StopError(Exception):
    pass


@pytest.mark.parametrize("kind", ["h264-closed.mp4", "moving.gif"])
def test_a_checkpoint_ends_the_decoding(kind: str, videos: Callable[[str], Path]) -> None:
    calls = 0

    def checkpoint() -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise StopError

    with pytest.raises(StopError):
        decode_clip(str(videos(kind)), middles(8), SMALL, LIMITS, blank_pages(8), checkpoint)
    assert calls == 5
