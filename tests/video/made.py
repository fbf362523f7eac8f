"""Small videos encoded on the spot, and the reference they are held to: PyAV's plain full decode."""

from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Preprocessing, Sampling
from foveate.bundle.vocabulary import CropRounding, Resize, SamplingRule
from foveate.video.geometry import geometry_of
from foveate.video.packets import VideoPacket
from foveate.video.preprocess import preprocess

CROP = 32
SMALL = Preprocessing(
    resize=Resize.PILLOW_BILINEAR,
    short_side=40,
    crop=CROP,
    crop_rounding=CropRounding.HALF_EVEN,
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
)


def packet(data: bytes) -> VideoPacket:
    """A packet of no file: PyAV's types know of no stream that it is of."""
    return cast("VideoPacket", av.Packet(data))


def middles(*counts: int) -> Sampling:
    return Sampling(rule=SamplingRule.SEGMENT_MIDDLES, counts=counts)


def blank_pages(count: int, crop: int = CROP) -> list[NDArray[np.uint8]]:
    return list(np.zeros((count, crop, crop, 3), np.uint8))


def picture(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """A gradient with a moving bright block; every number gives another picture."""
    ys, xs = np.mgrid[:height, :width]
    frame = np.stack(
        [(xs * 2 + number * 5) % 256, (ys * 3 + number * 2) % 256, (xs + ys + number) % 256], axis=-1
    ).astype(np.uint8)
    top, left = (number * 3) % max(1, height - 8), (number * 5) % max(1, width - 8)
    frame[top : top + 8, left : left + 8] = 255 - number % 64
    return frame


def encode(
    path: Path,
    codec: str,
    container: str | None = None,
    frames: int = 50,
    size: tuple[int, int] = (96, 64),
    pix_fmt: str = "yuv420p",
    gop: int = 12,
    options: dict[str, str] | None = None,
    times: list[int] | None = None,
    rotation: int | None = None,
    metadata: dict[str, str] | None = None,
    **settings: Any,
) -> Path:
    """Encode a video of ``picture`` frames at 25 a second, or at the given times in 1/1000 s."""
    with av.open(str(path), "w", format=container) as output:
        output.metadata.update(metadata or {})
        stream: Any = output.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        stream.gop_size = gop
        for name, value in settings.items():
            setattr(stream.codec_context, name, value)
        if times is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for number in range(len(times) if times is not None else frames):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), format="rgb24")
            frame.pts = times[number] if times is not None else number
            frame.time_base = Fraction(1, 1000) if times is not None else Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def full_decode(path: Path) -> list[av.VideoFrame]:
    """All frames of the best video stream, errors of single packets passed over."""
    frames: list[av.VideoFrame] = []
    with av.open(str(path), metadata_errors="replace") as container:
        stream = container.streams.best("video")
        assert isinstance(stream, av.VideoStream)
        stream.thread_type = "NONE"
        for packet in container.demux(stream):
            try:
                frames += packet.decode()
            except av.error.InvalidDataError:
                continue
    return frames


def crops(frame: av.VideoFrame, preprocessing: Preprocessing) -> list[NDArray[np.uint8]]:
    """What the pages of a frame must hold, one for each view."""
    geometry = geometry_of(preprocessing, frame.width, frame.height, round(frame.rotation / 90) * 90)
    pages = blank_pages(len(preprocessing.views), preprocessing.crop)
    rgb: Any = frame.to_ndarray(format="rgb24")
    preprocess(rgb, preprocessing, geometry, pages)
    return pages
