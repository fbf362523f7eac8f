"""Opening a file a client sent, without letting it decide what else is read.

FFmpeg follows references in some formats (playlists, concatenations) and picks protocols from file names,
so only containers that hold their own data are allowed, by the file protocol, under a name the server
made. Decoders are an allow-list as well: the rare ones are the least looked after.
"""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from foveate.errors import ConfigError, UndecodableVideoError, UnsupportedMediaError, VideoLimitError

FORMATS = ("mov", "matroska", "avi", "mpegts", "mpeg", "gif")
"""FFmpeg's demuxers that may be used; "mov" is MP4 and its kin, "matroska" is WebM too."""

CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "mpeg1video", "mpeg2video", "mpeg4", "mjpeg", "gif")
"""Codecs that may be used, by FFmpeg's names."""

_DECODERS = (*CODECS, "libdav1d")
_MP4_BOXES = frozenset({b"ftyp", b"styp", b"moof", b"moov", b"mdat", b"sidx", b"free", b"wide", b"skip"})


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What one video may ask for; beyond it a VideoLimitError is raised.

    Attributes:
        max_pixels: width times height of a frame, as coded and after the resize.
        max_duration_s: length of a video.
        max_packets: coded frames of the video stream.
        max_streams: streams in the container, of any kind.
        probe_bytes: how far FFmpeg may read to learn what the streams are.
        probe_s: how much video it may look at for that, in seconds.
    """

    max_pixels: int = 4096 * 2304
    max_duration_s: float = 600.0
    max_packets: int = 100_000
    max_streams: int = 32
    probe_bytes: int = 5_000_000
    probe_s: float = 5.0


def open_options(limits: DecodeLimits) -> dict[str, str]:
    """The options FFmpeg opens every file with; the codec list holds for its probing as well."""
    return {
        "format_whitelist": ",".join(FORMATS),
        "protocol_whitelist": "file",
        "codec_whitelist": ",".join(_DECODERS),
        "probesize": str(limits.probe_bytes),
        "analyzeduration": str(int(limits.probe_s * 1_000_000)),
        "max_streams": str(limits.max_streams),
    }


@contextmanager
def open_video(path: str, limits: DecodeLimits) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video file and its best video stream, ready to decode on one thread.

    Args:
        path: absolute path of a regular file, named by the server.
        limits: bounds to hold the file to.

    Yields:
        The container and the stream; the codec is open, all other streams are discarded.

    Raises:
        UnsupportedMediaError: if the bytes are no video, or of a container or codec that is not allowed.
        UndecodableVideoError: if an allowed container is incomplete.
        VideoLimitError: if the video is beyond a limit that shows before decoding.
        ValueError: if the path is not absolute.
    """
    _require_plain_file(path)
    try:
        container = av.open(path, "r", options=open_options(limits), metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, EOFError) as error:
        raise _refusal(path) from error
    with container:
        stream = _choose_stream(container, limits)
        _open_codec(stream, limits)
        yield container, stream


def _require_plain_file(path: str) -> None:
    # A relative name could start with a protocol ("concat:"); a pipe or a device would block the worker.
    if not os.path.isabs(path):
        raise ValueError(f"the path of a video must be absolute: {path}")
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UnsupportedMediaError("The upload is not a regular file.")
    except OSError as error:
        raise UndecodableVideoError("The uploaded file is no longer there.") from error


def _refusal(path: str) -> UnsupportedMediaError | UndecodableVideoError:
    with open(path, "rb") as file:
        head = file.read(8)
    if not head:
        return UnsupportedMediaError("The file is empty.")
    if head[4:8] in _MP4_BOXES:
        return UndecodableVideoError(
            "The MP4 file has no usable index: it is incomplete, or a fragment without its start."
        )
    return UnsupportedMediaError(
        "The bytes are not a video in an allowed container (MP4 and MOV, WebM and Matroska, AVI, MPEG, GIF)."
    )


def _choose_stream(container: InputContainer, limits: DecodeLimits) -> VideoStream:
    if len(container.streams) > limits.max_streams:
        raise VideoLimitError(
            f"The file holds {len(container.streams)} streams; at most {limits.max_streams} are allowed."
        )
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream) or stream.disposition & Disposition.attached_pic:
        raise UnsupportedMediaError("The file holds no video.")
    if not stream.codec_context:
        raise UnsupportedMediaError("The video's codec is unknown.")
    codec = stream.codec_context.codec.canonical_name
    if codec not in CODECS:
        raise UnsupportedMediaError(f"The codec {codec} is not allowed; allowed are {', '.join(CODECS)}.")
    duration = container.duration / av.time_base if container.duration else 0.0
    if duration > limits.max_duration_s:
        raise VideoLimitError(
            f"The video lasts {duration:.0f} s; at most {limits.max_duration_s:.0f} s are allowed."
        )
    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
    return stream


def _open_codec(stream: VideoStream, limits: DecodeLimits) -> None:
    context = stream.codec_context
    check_pixels(context.width, context.height, limits)
    context.thread_type = "NONE"
    context.thread_count = 1
    # As an option of the container it would have no effect on decoding.
    context.options = {"max_pixels": str(limits.max_pixels)}
    try:
        # Opened here, with nothing skipped: some decoders read what to skip only when they are opened.
        context.open()
    except (av.error.FFmpegError, ValueError) as error:
        raise UndecodableVideoError("The decoder does not accept the video's header.") from error


def check_pixels(width: int, height: int, limits: DecodeLimits) -> None:
    """Refuse a frame size.

    Raises:
        VideoLimitError: if it has too many pixels.
    """
    if width * height > limits.max_pixels:
        raise VideoLimitError(
            f"Frames of {width} x {height} pixels are too large; at most {limits.max_pixels} are allowed."
        )


def check_whitelist() -> None:
    """Prove that this build of FFmpeg refuses a playlist that points at another local file.

    Options that FFmpeg does not know are ignored in silence, so the protection is tried, not assumed.

    Raises:
        ConfigError: if the playlist opens.
    """
    with tempfile.TemporaryDirectory(prefix="foveate-check-") as folder:
        target = Path(folder) / "other.ts"
        _write_tiny_video(target)
        playlist = Path(folder) / "playlist.m3u8"
        playlist.write_text(
            f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target.name}\n#EXT-X-ENDLIST\n", encoding="ascii"
        )
        try:
            with av.open(str(playlist), "r", options=open_options(DecodeLimits())):
                pass
        except av.error.FFmpegError:
            return
    raise ConfigError(
        "This build of FFmpeg follows playlists in uploads; video uploads are not safe with it."
    )


def _write_tiny_video(path: Path) -> None:
    with av.open(str(path), "w", format="mpegts") as output:
        stream = output.add_stream("mpeg2video", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for number in range(25):  # Fewer, and the file is too short to be recognised.
            flat = np.full((64, 64, 3), 10 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(flat, format="rgb24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
