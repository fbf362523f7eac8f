"""Decoding large frames on a GPU's own decoder (NVDEC), through PyNvVideoCodec. Not yet run on a GPU.

Only the reconstruction of frames moves there. The file is opened, its frames are numbered and its packets are
cut by the code that decodes on the CPU; the wanted frames come back to the host as they were coded, and are
turned into RGB, resized and cropped there. So pages differ from the CPU's only where the decoders do.

Written to PyNvVideoCodec 2.2: ``CreateDecoder``, ``PacketData``, ``Decode``, frames in host memory. Where a
call of the driver's fails it may end the process, and not raise: a worker's, and the CPU does the video then.
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import chain
from time import perf_counter
from typing import Any

import av.error
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from foveate.errors import ConfigError
from foveate.video.container import DecodeLimits, open_video
from foveate.video.decode import require_pages, result_of
from foveate.video.handover import GPU_CODECS, GPU_PIXELS, HandedBack
from foveate.video.jobs import in_slab, pages_of
from foveate.video.packets import PacketTable, VideoPacket, read_packets
from foveate.video.records import Decoded, DecodeJob
from foveate.video.sampling import pool_indices
from foveate.video.slab import SlabView
from foveate.video.writer import Page, PageWriter, Selection

MODULE = "PyNvVideoCodec"
_NAMES = dict(zip(GPU_CODECS, ("H264", "HEVC", "VP9", "AV1"), strict=True))
_FILTERS = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}


def load_library() -> Any:
    """PyNvVideoCodec.

    Raises:
        ConfigError: it is not installed, or finds no driver that it can use.
    """
    try:
        return import_module(MODULE)
    except ModuleNotFoundError:
        raise ConfigError(f"{MODULE} is not installed; the extra 'nvdec' does") from None
    except Exception as error:  # what it raises without a driver is no ImportError, and fills a page
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ConfigError(f"{MODULE} cannot be used here: {reason}") from error


def run_job(
    job: DecodeJob,
    slab: SlabView,
    limits: DecodeLimits,
    checkpoint: Callable[[], None],
    load: Callable[[], Any] = load_library,
) -> Decoded:
    """Decode a job's video on the GPU; as ``foveate.video.jobs.run_job``.

    Raises:
        HandedBack: it is for the CPU, and why.
        InputError: whatever is wrong with the file.
    """
    begun = perf_counter()
    found = decode_on_gpu(job, limits, pages_of(job, slab), load(), checkpoint)
    return in_slab(found, job, perf_counter() - begun)


def decode_on_gpu(
    job: DecodeJob,
    limits: DecodeLimits,
    pages: Sequence[Page],
    library: Any,
    checkpoint: Callable[[], None],
) -> Decoded:
    """Decode the frames that a bundle's pool needs, and write them to pages.

    Every packet up to the last wanted one goes through the decoder: it has no way to leave out frames that
    are not referred to, and is not told to jump.

    Args:
        job: the video; its own list of pages is not looked at.
        limits: what a video may ask for.
        pages: uint8 [crop, crop, 3] arrays, at least ``sampling.pool`` times the number of views.
        library: PyNvVideoCodec.
        checkpoint: called between packets; what it raises ends the decoding and is passed on.

    Raises:
        HandedBack: it is for the CPU, and why.
        InputError: whatever is wrong with the file.
        ValueError: there are too few pages.
    """
    require_pages(pages, job.sampling, job.preprocessing)
    with open_video(job.path, limits) as (container, stream):
        table = read_packets(container, stream, limits)
        first = _first_frame(stream, table)
        selection = Selection(pool_indices(job.sampling, table.frames))
        writer = PageWriter(job.preprocessing, limits, pages)
        writer.begin(first)
        packets = _packets(stream, table.packets[: max(table.shown[i] for i in selection.wanted) + 1])
        frames = _frames(library, job.device, stream, first, packets, checkpoint)
        times = [table.packets[position].pts for position in table.shown]
        decoded = _write(frames, first, {times[i]: rank for i, rank in selection.ranks.items()}, writer)
        return result_of(
            selection, writer, container, stream, times, decoded, table.damaged, len(pages), "nvdec"
        )


def _write(
    frames: Iterator[tuple[int, NDArray[np.uint8]]],
    first: VideoFrame,
    wanted: dict[int | None, int],
    writer: PageWriter,
) -> int:
    """Write the wanted frames, by their times, and count all.

    Raises:
        HandedBack: they are not what the packets promised.
    """
    count, before = 0, None
    for pts, pixels in frames:
        # Some containers give times by decoding order, which tell no frame from another.
        if before is not None and pts <= before:
            raise HandedBack("frames come out of order")
        count, before = count + 1, pts
        rank = wanted.pop(pts, None)
        if rank is not None:
            writer.write_rgb(rank, _rgb(pixels, first))
    if wanted:
        raise HandedBack(f"{len(wanted)} of the wanted frames did not come out of the GPU")
    return count


def _first_frame(stream: VideoStream, table: PacketTable) -> VideoFrame:
    """The first frame, decoded on the CPU: it says how the video is coded and turned.

    Raises:
        HandedBack: what it says is nothing for the GPU.
    """
    if table.doubt is not None:
        raise HandedBack(table.doubt)
    codec = stream.codec_context.codec.canonical_name
    try:
        frame = next((f for packet in table.packets for f in stream.codec_context.decode(packet)), None)
    except (av.error.FFmpegError, EOFError) as error:
        raise HandedBack(f"the first frame does not decode: {error}") from error
    if frame is None:
        raise HandedBack("no frame comes out at once")
    if codec not in GPU_CODECS or frame.format.name not in GPU_PIXELS:
        raise HandedBack(f"{codec} in {frame.format.name} is not decoded on the GPU")
    if frame.interlaced_frame:
        raise HandedBack("the frames are interlaced")
    if frame.width % 2 or frame.height % 2:
        raise HandedBack("the frames have an odd side")
    return frame


def _packets(stream: VideoStream, packets: Sequence[VideoPacket]) -> Iterator[VideoPacket]:
    """Packets in the form that elementary streams have, their headers with each keyframe."""
    name = _FILTERS.get(stream.codec_context.codec.canonical_name)
    if name is None:
        yield from packets
        return
    converted = BitStreamFilterContext(name, stream)
    for packet in packets:
        yield from converted.filter(packet)
    yield from converted.filter(None)


def _frames(
    library: Any,
    device: int,
    stream: VideoStream,
    first: VideoFrame,
    packets: Iterator[VideoPacket],
    checkpoint: Callable[[], None],
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Time and NV12 pixels [height * 3 / 2, width] of each frame; pixels hold until the next is asked for."""
    codec = getattr(library.cudaVideoCodec, _NAMES[stream.codec_context.codec.canonical_name])
    size = first.width * first.height * 3 // 2
    try:
        decoder = library.CreateDecoder(gpuid=device, codec=codec, usedevicememory=False)
        for packet in chain(packets, (None,)):
            checkpoint()
            data = np.frombuffer(bytes(packet) if packet is not None else b"", np.uint8)
            for frame in decoder.Decode(_packet(library, packet, data)):
                if frame.framesize() != size:
                    raise HandedBack("the size of the frames changes")
                memory = (ctypes.c_uint8 * size).from_address(frame.GetPtrToPlane(0))
                yield frame.getPTS(), np.ctypeslib.as_array(memory).reshape(-1, first.width)
    except (HandedBack, GeneratorExit):
        raise
    except Exception as error:  # the library's own exceptions share no base class
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise HandedBack(f"the GPU's decoder says: {reason}") from error


def _packet(library: Any, packet: VideoPacket | None, data: NDArray[np.uint8]) -> Any:
    """A packet as the decoder takes it; an empty one ends the stream. ``data`` must outlive its use."""
    taken = library.PacketData()
    taken.bsl, taken.bsl_data = data.size, data.ctypes.data if data.size else 0
    if packet is not None:
        taken.pts, taken.key = packet.pts, int(packet.is_keyframe)
    return taken


def _rgb(pixels: NDArray[np.uint8], like: VideoFrame) -> NDArray[np.uint8]:
    """RGB [height, width, 3] of NV12, by the conversion that frames of the CPU go through.

    FFmpeg rounds NV12 in another way than planes, so the two colours are put into planes of their own first.
    """
    height, half = like.height, like.width // 2
    colours = pixels[height:].reshape(height // 2, half, 2)
    planes = np.empty_like(pixels)
    planes[:height] = pixels[:height]
    planes[height:].reshape(2, height // 2, half)[...] = colours.transpose(2, 0, 1)
    frame = VideoFrame.from_ndarray(planes, format=like.format.name)
    frame.colorspace, frame.color_range = like.colorspace, like.color_range
    rgb: Any = frame.to_ndarray(format="rgb24", threads=1)
    return rgb  # type: ignore[no-any-return]
