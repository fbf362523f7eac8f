"""Temporal layers of HEVC."""

from collections.abc import Callable
from pathlib import Path

import pytest

from foveate.video.container import DecodeLimits, open_video
from foveate.video.layers import may_skip_non_references
from foveate.video.packets import read_packets
from tests.video.made import packet

LIMITS = DecodeLimits()


@pytest.mark.parametrize(
    ("kind", "allowed"), [("hevc-layers.mkv", False), ("hevc-open.mp4", True), ("h264-open.mp4", True)]
)
def test_streams(kind: str, allowed: bool, videos: Callable[[str], Path]) -> None:
    with open_video(str(videos(kind)), LIMITS) as (container, stream):
        packets = read_packets(container, stream, LIMITS).packets
        context = stream.codec_context
        assert may_skip_non_references(context.codec.canonical_name, context.extradata, packets) is allowed


@pytest.mark.parametrize(
    ("header", "allowed"), [(b"\x02\x01", True), (b"\x02\x03", False), (b"\x42\x03", True)]
)
def test_units_behind_start_codes(header: bytes, allowed: bool) -> None:
    # Type 1 (a slice) in layer 0 and 2; type 33 (a parameter set) may be in any layer.
    slices = packet(b"\x00\x00\x00\x01\x02\x01abc\x00\x00\x01" + header + b"abc")
    assert may_skip_non_references("hevc", None, [slices]) is allowed
