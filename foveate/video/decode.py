"""From a video file to the pages of its pool."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from av.container import InputContainer
from av.video.stream import VideoStream

from foveate.bundle.manifest import Preprocessing, Sampling
from foveate.errors import UndecodableVideoError
from foveate.video.container import DecodeLimits, open_video
from foveate.video.facts import seconds_of, video_facts
from foveate.video.full import decode_full
from foveate.video.handover import leave_to_gpu
from foveate.video.packets import PacketTable, read_packets
from foveate.video.records import Decoded, DecodedBy
from foveate.video.sampling import pool_indices
from foveate.video.sparse import Distrust, decode_sparse
from foveate.video.writer import Page, PageWriter, Selection


def nothing() -> None:
    """The checkpoint of a decode that is never cancelled."""


@dataclass(frozen=True, slots=True)
class _Task:
    path: str
    sampling: Sampling
    preprocessing: Preprocessing
    limits: DecodeLimits
    pages: Sequence[Page]
    checkpoint: Callable[[], None]

    def writer(self) -> PageWriter:
        return PageWriter(self.preprocessing, self.limits, self.pages)


def decode_clip(
    path: str,
    sampling: Sampling,
    preprocessing: Preprocessing,
    limits: DecodeLimits,
    pages: Sequence[Page],
    checkpoint: Callable[[], None] = nothing,
    large_pixels: int | None = None,
) -> Decoded:
    """Decode the frames that a bundle's pool needs, and write them to pages.

    Frames are numbered as a full decode yields them. Where the packets tell them, only what the wanted ones
    need is decoded; elsewhere everything, again if there are not as many as the packets promised.

    Args:
        path: absolute path of the file, named by the server.
        sampling: of the bundle.
        preprocessing: of the bundle.
        limits: what a video may ask for.
        pages: uint8 [crop, crop, 3] arrays, at least ``sampling.pool`` times the number of views.
        checkpoint: called between packets; what it raises ends the decoding and is passed on.
        large_pixels: width times height from which on a frame is left to the GPU; None where there is none.

    Raises:
        HandedBack: the video is for the GPU.
        UnsupportedMediaError: if the file is no video of an allowed kind.
        UndecodableVideoError: if no frame can be decoded.
        VideoLimitError: beyond a limit.
        ValueError: if there are too few pages.
    """
    require_pages(pages, sampling, preprocessing)
    task = _Task(path, sampling, preprocessing, limits, pages, checkpoint)
    with open_video(path, limits) as (container, stream):
        leave_to_gpu(stream, large_pixels)
        table = read_packets(container, stream, limits)
        if table.doubt is None:
            with suppress(Distrust):
                return _decode_some(task, container, stream, table)
    return _decode_all(task, table.frames, table.damaged)


def _decode_some(task: _Task, container: InputContainer, stream: VideoStream, table: PacketTable) -> Decoded:
    selection = Selection(pool_indices(task.sampling, table.frames))
    writer = task.writer()
    decoded = decode_sparse(stream, table, selection, writer, task.checkpoint)
    times = [table.packets[position].pts for position in table.shown]
    return result_of(selection, writer, container, stream, times, decoded, table.damaged, len(task.pages))


def require_pages(pages: Sequence[Page], sampling: Sampling, preprocessing: Preprocessing) -> None:
    """Check that there are enough pages for any video.

    Raises:
        ValueError: if a pool could need more.
    """
    needed = sampling.pool * len(preprocessing.views)
    if len(pages) < needed:
        raise ValueError(f"{needed} pages are needed, {len(pages)} were given")


def _decode_all(task: _Task, promised: int, damaged: bool) -> Decoded:
    frames = promised
    decoded = 0
    for _ in range(2):
        writer = task.writer()
        selection = Selection(pool_indices(task.sampling, frames)) if frames else None
        with open_video(task.path, task.limits) as (container, stream):
            found = decode_full(container, stream, selection, writer, task.limits, task.checkpoint)
            decoded += len(found.times)
            if not found.times:
                break
            if selection and frames == len(found.times):
                # Some containers give times by decoding order; shown order is the order they come out in.
                times = (
                    found.times if None in found.times else sorted(t for t in found.times if t is not None)
                )
                truncated = damaged or found.damaged
                given = len(task.pages)
                return result_of(selection, writer, container, stream, times, decoded, truncated, given)
        frames = len(found.times)
    raise UndecodableVideoError("No frame of the video could be decoded.")


def result_of(
    selection: Selection,
    writer: PageWriter,
    container: InputContainer,
    stream: VideoStream,
    times: Sequence[int | None],
    decoded: int,
    truncated: bool,
    given: int,
    by: DecodedBy = "cpu",
) -> Decoded:
    """What a decode comes to, once its frames are written.

    Args:
        selection: the frames that were wanted.
        writer: that wrote them.
        container: still open, as is the stream.
        stream: of the video.
        times: presentation times of all frames, in the stream's time base.
        decoded: frames that were reconstructed.
        truncated: parts are missing or did not decode.
        given: pages that there were.
        by: what reconstructed them.

    Raises:
        UndecodableVideoError: no frame was written.
    """
    if writer.geometry is None or writer.first is None:
        raise UndecodableVideoError("No frame of the video could be decoded.")
    facts = video_facts(container, stream, writer.first, times, decoded, truncated, writer.size_changes)
    # Without times in the file, frames are taken to be evenly spaced.
    seconds = seconds_of(times, stream.time_base) or [i / (facts.fps or 1.0) for i in range(len(times))]
    return Decoded(
        pages=selection.pages(writer.views),
        unused=tuple(range(len(selection.wanted) * writer.views, given)),
        indices=selection.indices,
        times_s=tuple(seconds[index] for index in selection.indices),
        geometry=writer.geometry,
        facts=replace(facts, by=by),
    )
