"""PyNvVideoCodec's decoder without a GPU: its interface, with FFmpeg behind it.

Like the real one it takes bare streams with headers inside (Annex B for H.264 and HEVC), reads packets from
memory by address, gives NV12 in memory of its own, and writes over that at the next call.
"""

import ctypes
import os
from collections.abc import Callable
from enum import Enum
from types import SimpleNamespace
from typing import Any

import av
import numpy as np

from foveate.video.container import DecodeLimits
from foveate.video.nvdec import run_job
from foveate.video.records import Decoded, DecodeJob
from foveate.video.slab import SlabView

cudaVideoCodec = Enum("cudaVideoCodec", {"H264": 4, "HEVC": 8, "VP9": 10, "AV1": 11})
_FFMPEG = {"H264": "h264", "HEVC": "hevc", "VP9": "vp9", "AV1": "libdav1d"}


class PacketData:
    def __init__(self) -> None:
        self.bsl = self.bsl_data = self.pts = self.key = 0


class Frame:
    def __init__(self, memory: Any, pts: int) -> None:
        self._memory, self._pts = memory, pts

    def framesize(self) -> int:
        return len(self._memory)

    def GetPtrToPlane(self, plane: int) -> int:
        assert plane == 0
        return ctypes.addressof(self._memory)

    def getPTS(self) -> int:
        return self._pts


class Decoder:
    def __init__(self, codec: Any) -> None:
        self._context: Any = av.CodecContext.create(_FFMPEG[codec.name], "r")
        self._context.thread_count = 1
        self._given: list[Any] = []

    def Decode(self, packet: PacketData) -> list[Frame]:
        for memory in self._given:
            ctypes.memset(memory, 0x55, len(memory))
        self._given = []
        taken = None
        if packet.bsl:
            taken = av.Packet(ctypes.string_at(packet.bsl_data, packet.bsl))
            taken.pts = packet.pts
        return [self._frame(frame) for frame in self._context.decode(taken)]

    def _frame(self, frame: av.VideoFrame) -> Frame:
        height, half = frame.height, frame.width // 2
        planes = frame.to_ndarray().reshape(-1)
        luma = frame.width * height
        colours = planes[luma:].reshape(2, height // 2, half).transpose(1, 2, 0)
        pixels = np.concatenate([planes[:luma], colours.reshape(-1)])
        memory = (ctypes.c_uint8 * pixels.size).from_buffer_copy(pixels.tobytes())
        self._given.append(memory)
        assert frame.pts is not None
        return Frame(memory, frame.pts)


def binding(**changed: Any) -> Any:
    """The module; single functions may be others."""

    def create(gpuid: int = 0, codec: Any = cudaVideoCodec.H264, usedevicememory: bool = False) -> Decoder:
        assert not usedevicememory
        return Decoder(codec)

    def capabilities(gpuid: int = 0, codec: Any = cudaVideoCodec.H264) -> dict[str, int]:
        return {"num_decoder_engines": 1}

    found = {"CreateDecoder": create, "GetDecoderCaps": capabilities}
    return SimpleNamespace(cudaVideoCodec=cudaVideoCodec, PacketData=PacketData, **{**found, **changed})


def job(job: DecodeJob, slab: SlabView, limits: DecodeLimits, checkpoint: Callable[[], None]) -> Decoded:
    """A worker's handler."""
    return run_job(job, slab, limits, checkpoint, binding)


def broken_job(
    job: DecodeJob, slab: SlabView, limits: DecodeLimits, checkpoint: Callable[[], None]
) -> Decoded:
    """The same where the decoder cannot be made."""

    def create(**given: Any) -> Any:
        raise RuntimeError("no session is left\nand a page of advice")

    return run_job(job, slab, limits, checkpoint, lambda: binding(CreateDecoder=create))


def ended_job(
    job: DecodeJob, slab: SlabView, limits: DecodeLimits, checkpoint: Callable[[], None]
) -> Decoded:
    """The same where a call of the driver's fails while it is made: the real one ends the process."""

    def create(**given: Any) -> Any:
        os._exit(1)

    return run_job(job, slab, limits, checkpoint, lambda: binding(CreateDecoder=create))
