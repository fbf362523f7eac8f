"""Which videos the CPU leaves to a GPU."""

from pathlib import Path

import pytest

from foveate.video.container import DecodeLimits
from foveate.video.decode import decode_clip
from foveate.video.handover import HandedBack
from tests.video.made import SMALL, blank_pages, encode, middles


def decode(path: Path, large_pixels: int | None) -> int:
    pages = blank_pages(2)
    found = decode_clip(str(path), middles(2), SMALL, DecodeLimits(), pages, large_pixels=large_pixels)
    return found.facts.frames


def test_large_frames_of_a_kind_that_a_gpu_may_decode(tmp_path: Path) -> None:
    path = encode(tmp_path / "plain.mp4", "libx264", frames=4)
    assert decode(path, None) == decode(path, 96 * 64 + 1) == 4
    with pytest.raises(HandedBack, match="96 x 64 are for the GPU"):
        decode(path, 96 * 64)


def test_other_codecs_and_pixels_stay(tmp_path: Path) -> None:
    assert decode(encode(tmp_path / "old.mp4", "mpeg4", frames=4), 1) == 4
    assert decode(encode(tmp_path / "10.mp4", "libx264", frames=4, pix_fmt="yuv444p"), 1) == 4
