"""Decoding only what the wanted frames need, bit for bit as a full decode would."""

from collections.abc import Callable

import av.error
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from foveate.video.layers import may_skip_non_references
from foveate.video.packets import PacketTable, VideoPacket
from foveate.video.runs import plan_runs
from foveate.video.writer import PageWriter, Selection


class Distrust(Exception):
    """What came out of the decoder is not what the packets promised; a full decode decides."""


def decode_sparse(
    stream: VideoStream,
    table: PacketTable,
    selection: Selection,
    writer: PageWriter,
    checkpoint: Callable[[], None],
) -> int:
    """Decode the wanted frames and write them.

    Left out are groups of pictures, and frames neither wanted nor referred to; the rest is checked.

    Args:
        stream: open and not yet decoded from.
        table: of the stream, without doubt.
        selection: the frames wanted, by presentation order.
        writer: takes the wanted frames.
        checkpoint: called before each packet; what it raises ends the decoding.

    Returns:
        How many frames were reconstructed.

    Raises:
        Distrust: if anything differs from the table.
    """
    positions = {table.shown[index]: rank for index, rank in selection.ranks.items()}
    context = stream.codec_context
    skips = may_skip_non_references(context.codec.canonical_name, context.extradata, table.packets)
    idle = "NONREF" if skips else "DEFAULT"
    decoded = 0
    for number, (begin, end) in enumerate(plan_runs(table.packets, positions)):
        if number:
            context.flush_buffers()
        run = _Run(table, positions, begin, end, writer)
        for position in range(begin, end):
            checkpoint()
            context.skip_frame = "DEFAULT" if position in positions else idle  # type: ignore[assignment]
            run.take(_frames(context, table.packets[position]))
        run.take(_frames(context, None))
        decoded += run.finish()
    return decoded


def _frames(context: VideoCodecContext, packet: VideoPacket | None) -> list[VideoFrame]:
    try:
        return context.decode(packet)
    except (av.error.FFmpegError, EOFError) as error:
        raise Distrust(str(error)) from error


class _Run:
    """The frames of one run, held against the table as they come."""

    def __init__(
        self, table: PacketTable, positions: dict[int, int], begin: int, end: int, writer: PageWriter
    ) -> None:
        self._ranks = {table.packets[p].pts: rank for p, rank in positions.items() if begin <= p < end}
        self._keyframe = table.packets[begin].pts
        self._last: int | None = None
        self._written: set[int] = set()
        self._count = 0
        self._writer = writer

    def take(self, frames: list[VideoFrame]) -> None:
        for frame in frames:
            self._check(frame)
            self._count += 1
            rank = self._ranks.get(frame.pts)
            if rank is not None:
                self._writer.write(rank, frame)
                self._written.add(rank)

    def _check(self, frame: VideoFrame) -> None:
        if frame.pts is None or (self._last is not None and frame.pts <= self._last):
            raise Distrust("frames come out of order")
        self._last = frame.pts
        if frame.pts == self._keyframe and not frame.key_frame:
            raise Distrust("a keyframe is none")
        if frame.interlaced_frame or frame.is_corrupt:
            # Two packets may be the fields of one frame; a damaged frame may depend on what was skipped.
            raise Distrust("a frame is interlaced or damaged")

    def finish(self) -> int:
        if len(self._written) != len(self._ranks):
            raise Distrust("a wanted frame did not come out")
        return self._count
