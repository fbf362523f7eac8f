"""The packet table: what a video's packets say about its frames before any of them is decoded."""

from bisect import bisect, insort
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from foveate.errors import VideoLimitError
from foveate.video.container import DecodeLimits

if TYPE_CHECKING:
    VideoPacket = Packet[VideoStream]
else:  # PyAV's class takes its parameter in the stubs only.
    VideoPacket = Packet

_VOP_START = b"\x00\x00\x01\xb6"


@dataclass(frozen=True, slots=True)
class PacketTable:
    """The packets of one pass over the video stream, in decoding order.

    Attributes:
        packets: all of them, with their data.
        shown: positions in ``packets`` of those that show a frame, in presentation order.
        doubt: why frames cannot be told from the packets alone; None where they can.
        damaged: the container ended early or marked packets as damaged.
    """

    packets: tuple[VideoPacket, ...]
    shown: tuple[int, ...]
    doubt: str | None
    damaged: bool

    @property
    def frames(self) -> int:
        """Frames that a full decode should yield."""
        return len(self.shown)


def read_packets(container: InputContainer, stream: VideoStream, limits: DecodeLimits) -> PacketTable:
    """Read all packets of a stream, without decoding.

    Args:
        container: just opened.
        stream: its video stream.
        limits: bounds on the number of packets and the span of their times.

    Returns:
        The table; its packets may be decoded any number of times.

    Raises:
        VideoLimitError: beyond a limit.
    """
    packets: list[VideoPacket] = []
    damaged = False
    for packet in _packets(container, stream):
        if packet is None:
            damaged = True
            break
        damaged = damaged or packet.is_corrupt
        packets.append(packet)
        if len(packets) > limits.max_packets:
            raise VideoLimitError(
                f"The video has more than {limits.max_packets} coded frames, the most that are allowed."
            )
    _check_span(packets, stream.time_base, limits)
    codec = stream.codec_context.codec.canonical_name
    positions = [i for i, packet in enumerate(packets) if not packet.is_discard and _shows(codec, packet)]
    doubt = _doubt(codec, packets, positions, stream)
    if doubt is None:
        positions.sort(key=lambda i: packets[i].pts or 0)
    return PacketTable(tuple(packets), tuple(positions), doubt, damaged)


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[VideoPacket | None]:
    """Yield the packets that hold data; None stands for an error, after which nothing follows."""
    try:
        for packet in container.demux(stream):
            if packet.size:
                yield packet
    except av.error.FFmpegError:
        yield None


def _check_span(packets: list[VideoPacket], time_base: Fraction | None, limits: DecodeLimits) -> None:
    times = [packet.pts for packet in packets if packet.pts is not None]
    if not times or not time_base:
        return
    span = float((max(times) - min(times)) * time_base)
    if span > limits.max_duration_s:
        raise VideoLimitError(
            f"The video lasts {span:.0f} s; at most {limits.max_duration_s:.0f} s are allowed."
        )


def _shows(codec: str, packet: VideoPacket) -> bool:
    """Whether a packet shows a frame; some only serve as references, or fill the place of a packed one."""
    if codec == "vp8":
        # RFC 6386, section 9.1: bit 4 of the frame tag is show_frame.
        return bool(memoryview(packet)[0] & 0x10)
    if codec == "vp9":
        return _shows_vp9(memoryview(packet))
    if codec == "mpeg4":
        return _VOP_START in bytes(packet)
    return True


def _shows_vp9(data: memoryview) -> bool:
    if data[-1] & 0xE0 == 0xC0:
        return True  # A superframe: it exists to carry hidden frames together with a shown one.
    # VP9 bitstream specification, section 6.2: marker (2 bits), profile (2, or 3 for profile 3), then
    # show_existing_frame, frame_type, show_frame.
    shift = 2 if data[0] & 0x30 == 0x30 else 3
    return bool(data[0] >> shift & 1 or data[0] >> (shift - 2) & 1)


def _doubt(codec: str, packets: list[VideoPacket], shown: list[int], stream: VideoStream) -> str | None:
    """The first reason for which frames cannot be told from the packets."""
    if not shown:
        return "no packet shows a frame"
    if codec == "gif":
        return "the frames of a GIF build on each other"
    if not packets[0].is_keyframe:
        return "the video does not start with a keyframe"
    if any(packet.is_corrupt for packet in packets):
        return "a packet is damaged"
    times = [packets[i].pts for i in shown]
    if None in times or len(set(times)) < len(times):
        return "packets lack times or share them"
    if any(packet.has_sidedata("new_extradata") for packet in packets[1:]):
        return "the codec's header changes on the way"
    if codec == "mpeg4" and not _mpeg4_is_plain(packets, stream):
        return "packets hold several frames or none"
    return _order_doubt([packet.pts for packet in packets if packet.pts is not None], packets, stream)


def _order_doubt(times: list[int], packets: list[VideoPacket], stream: VideoStream) -> str | None:
    first = packets[0].pts
    if first is None or min(times) < first:
        return "frames come before the first keyframe"
    decoding = [packet.dts for packet in packets if packet.dts is not None]
    if any(later <= earlier for earlier, later in pairwise(decoding)):
        return "decoding times do not rise"
    if _reorder_depth(times) > stream.codec_context.reorder_depth:
        return "frames are reordered further than the decoder expects"
    return None


def _reorder_depth(times: list[int]) -> int:
    """How many frames a decoder must hold back to show frames in order of time.

    The most, over all frames, of frames that are decoded earlier and shown later.
    """
    depth = 0
    earlier: list[int] = []
    for time in times:
        depth = max(depth, len(earlier) - bisect(earlier, time))
        insort(earlier, time)
    return depth


def _mpeg4_is_plain(packets: list[VideoPacket], stream: VideoStream) -> bool:
    """Whether each packet surely holds one coded frame.

    AVI files often pack a B-frame with the frame before it and leave an empty packet; others mark a
    repeated frame by a header alone, for which nothing comes out. Such headers are shorter than one bit a
    macroblock, which a coded frame needs; a short B-frame looks the same and only costs a full decode.
    """
    blocks = (stream.codec_context.width + 15) // 16 * ((stream.codec_context.height + 15) // 16)
    for packet in packets:
        if packet.size < 16 + blocks // 8 or bytes(packet).count(_VOP_START) != 1:
            return False
    return True
