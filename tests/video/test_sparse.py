"""Every single frame on its own, where groups are open, references deep, or frames hidden."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from foveate.video.container import DecodeLimits, open_video
from foveate.video.packets import PacketTable, read_packets
from foveate.video.sparse import Distrust, decode_sparse
from foveate.video.writer import PageWriter, Selection
from tests.video.made import SMALL, blank_pages, crops, full_decode

LIMITS = DecodeLimits()


def decode(path: Path, selection: Selection, spoil: Callable[[PacketTable], PacketTable]) -> list[object]:
    pages = blank_pages(len(selection.wanted))
    with open_video(str(path), LIMITS) as (container, stream):
        table = spoil(read_packets(container, stream, LIMITS))
        assert table.doubt is None
        decode_sparse(stream, table, selection, PageWriter(SMALL, LIMITS, pages), lambda: None)
    return list(pages)


@pytest.mark.parametrize(
    "kind",
    [
        "h264-closed.mp4",
        "h264-open.mp4",
        "h264-long-group.ts",
        "hevc-open.mp4",
        "hevc-layers.mkv",
        "vp9-altref.webm",
        "av1.mkv",
        "mpeg4-b.avi",
        "mpeg2.ts",
    ],
)
def test_every_frame_alone(kind: str, videos: Callable[[str], Path]) -> None:
    path = videos(kind)
    for index, frame in enumerate(full_decode(path)):
        (page,) = decode(path, Selection([index]), lambda table: table)
        np.testing.assert_array_equal(page, crops(frame, SMALL)[0], err_msg=f"frame {index}")


def test_open_groups_are_open(videos: Callable[[str], Path]) -> None:
    # Otherwise the tests above would say nothing of leading pictures.
    with open_video(str(videos("h264-open.mp4")), LIMITS) as (container, stream):
        table = read_packets(container, stream, LIMITS)
    last_keyframe = max(i for i, packet in enumerate(table.packets) if packet.is_keyframe)
    keyframe, following = table.packets[last_keyframe : last_keyframe + 2]
    assert following.pts is not None
    assert keyframe.pts is not None
    assert following.pts < keyframe.pts


@pytest.mark.parametrize("kind", ["h264-intra-refresh.mp4", "h264-interlaced.mp4", "h264.avi"])
def test_what_does_not_keep_its_promise_is_distrusted(kind: str, videos: Callable[[str], Path]) -> None:
    with pytest.raises(Distrust):
        decode(videos(kind), Selection(range(3, 50, 7)), lambda table: table)


def test_a_missing_frame_is_noticed(videos: Callable[[str], Path]) -> None:
    def hide(table: PacketTable) -> PacketTable:
        # A packet that shows nothing takes the wanted one's place.
        packets = list(table.packets)
        packets[table.shown[20]] = packets[table.shown[19]]
        return PacketTable(tuple(packets), table.shown, None, False)

    with pytest.raises(Distrust):
        decode(videos("mpeg4.mp4"), Selection([19, 20, 21]), hide)
