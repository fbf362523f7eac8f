"""When a decoder leaves a video to another one."""

from av.video.stream import VideoStream

GPU_CODECS = ("h264", "hevc", "vp9", "av1")
"""Codecs that may be left to a GPU, by FFmpeg's names."""
GPU_PIXELS = ("yuv420p", "yuvj420p")
"""Pixel formats that a GPU gives back as they were coded: 8 bits, colour at half the size."""


class HandedBack(Exception):
    """A decoder leaves a video to another; the message says why. Its pages may have been written to."""


def leave_to_gpu(stream: VideoStream, large_pixels: int | None) -> None:
    """Hand a video back whose frames are large, if a GPU may be able to decode it.

    Args:
        stream: of the video, its codec open.
        large_pixels: width times height from which on a frame is large; None where there is no GPU.

    Raises:
        HandedBack: it is for the GPU.
    """
    context = stream.codec_context
    if large_pixels is None or context.width * context.height < large_pixels:
        return
    if context.codec.canonical_name in GPU_CODECS and context.pix_fmt in GPU_PIXELS:
        raise HandedBack(f"frames of {context.width} x {context.height} are for the GPU")
