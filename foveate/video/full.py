"""Decoding a video from its first packet, for all kinds that cannot be told from their packets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from foveate.errors import VideoLimitError
from foveate.video.container import DecodeLimits
from foveate.video.writer import PageWriter, Selection


@dataclass(frozen=True, slots=True)
class FullDecode:
    """What a full decode found.

    Attributes:
        times: presentation time of each frame in the stream's time base, in the order they came out.
        damaged: a packet did not decode, or the container ended early.
    """

    times: tuple[int | None, ...]
    damaged: bool


def decode_full(
    container: InputContainer,
    stream: VideoStream,
    selection: Selection | None,
    writer: PageWriter,
    limits: DecodeLimits,
    checkpoint: Callable[[], None],
) -> FullDecode:
    """Decode every packet in order and write the wanted frames.

    Packets that do not decode are passed over, as players do: a video with damage in the middle still has
    its end.

    Args:
        container: just opened.
        stream: its video stream.
        selection: the frames wanted, by the order in which frames come out; None only counts.
        writer: takes the wanted frames.
        limits: bounds the number of packets.
        checkpoint: called before each packet; what it raises ends the decoding.

    Raises:
        VideoLimitError: beyond a limit.
    """
    decoder = _TolerantDecoder(stream)
    ranks = selection.ranks if selection else {}
    times: list[int | None] = []
    for number, packet in enumerate(decoder.packets(container)):
        checkpoint()
        if number > limits.max_packets:
            raise VideoLimitError(f"The video has more than {limits.max_packets} coded frames.")
        for frame in decoder.decode(packet):
            rank = ranks.get(len(times))
            if rank is not None:
                writer.write(rank, frame)
            times.append(frame.pts)
    return FullDecode(tuple(times), decoder.damaged)


class _TolerantDecoder:
    """Notes errors of the container and of single packets, and goes on."""

    def __init__(self, stream: VideoStream) -> None:
        self.damaged = False
        self._stream = stream

    def packets(self, container: InputContainer) -> "Iterator[Packet[VideoStream] | None]":
        """The packets that hold data, then None for the frames the decoder still holds back."""
        try:
            for packet in container.demux(self._stream):
                self.damaged = self.damaged or packet.is_corrupt
                if packet.size:
                    yield packet
        except av.error.FFmpegError:
            self.damaged = True
        yield None

    def decode(self, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
        try:
            return self._stream.codec_context.decode(packet)
        except (av.error.FFmpegError, EOFError):
            self.damaged = True
            return []
