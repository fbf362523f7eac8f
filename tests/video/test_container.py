"""What may be opened, and what is refused."""

import os
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from foveate.errors import ConfigError, UndecodableVideoError, UnsupportedMediaError, VideoLimitError
from foveate.video import container
from foveate.video.container import DecodeLimits, check_whitelist, open_video
from tests.video.made import encode

LIMITS = DecodeLimits()


def open_it(path: Path | str, limits: DecodeLimits = LIMITS) -> str:
    with open_video(str(path), limits) as (_, stream):
        return stream.codec_context.codec.canonical_name


def test_this_build_refuses_playlists() -> None:
    check_whitelist()


def test_the_self_test_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "open_options", lambda limits: {})
    with pytest.raises(ConfigError, match="follows playlists"):
        check_whitelist()


def test_playlists_and_concatenations_are_refused(videos: Callable[[str], Path], tmp_path: Path) -> None:
    other = videos("mpeg2.ts")
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{other}\n#EXT-X-ENDLIST\n")
    with pytest.raises(UnsupportedMediaError, match="not a video in an allowed container"):
        open_it(playlist)
    script = tmp_path / "list.mp4"
    script.write_text(f"ffconcat version 1.0\nfile {other.name}\n")
    with pytest.raises(UnsupportedMediaError):
        open_it(script)


@pytest.mark.parametrize("name", ["concat:/tmp/a.ts|/tmp/b.ts", "subfile,,start,0,end,0,,:/tmp/a", "a.mp4"])
def test_names_are_absolute_paths(name: str) -> None:
    with pytest.raises(ValueError, match="must be absolute"):
        open_it(name)


def test_only_plain_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnsupportedMediaError, match="not a regular file"):
        open_it(tmp_path / "pipe")
    with pytest.raises(UndecodableVideoError, match="no longer there"):
        open_it(tmp_path / "gone")


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", UnsupportedMediaError, "is empty"),
        (b"nonsense" * 100, UnsupportedMediaError, "not a video"),
        (
            b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(50),
            UndecodableVideoError,
            "no usable index",
        ),
        (b"\x00\x00\x00\x08moof" + bytes(50), UndecodableVideoError, "no usable index"),
    ],
)
def test_bytes_that_are_no_video(data: bytes, error: type[Exception], message: str, tmp_path: Path) -> None:
    (tmp_path / "upload").write_bytes(data)
    with pytest.raises(error, match=message):
        open_it(tmp_path / "upload")


def test_other_codecs_are_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "clip.mov", "prores", pix_fmt="yuv422p10le", frames=2)
    with pytest.raises(UnsupportedMediaError, match="codec prores is not allowed"):
        open_it(path)


def test_other_containers_are_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "clip.flv", "libx264", frames=5)
    with pytest.raises(UnsupportedMediaError, match="allowed container"):
        open_it(path)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with pytest.raises(UnsupportedMediaError, match="holds no video"):
        open_it(path)


def test_frames_too_large_by_their_header(videos: Callable[[str], Path]) -> None:
    with pytest.raises(VideoLimitError, match="96 x 64 pixels are too large"):
        open_it(videos("mpeg4.mp4"), DecodeLimits(max_pixels=1000))


def test_too_long_by_its_header(videos: Callable[[str], Path]) -> None:
    with pytest.raises(VideoLimitError, match="lasts 2 s; at most 1 s"):
        open_it(videos("mpeg4.mp4"), DecodeLimits(max_duration_s=1))


def test_too_many_streams(clips: Path) -> None:
    path = clips / "odd_two_video_streams_nasa.mp4"
    with pytest.raises((VideoLimitError, UndecodableVideoError)):
        open_it(path, DecodeLimits(max_streams=3))


def test_any_name_will_do(videos: Callable[[str], Path], tmp_path: Path) -> None:
    odd = tmp_path / "upload-without-ending"
    odd.write_bytes(videos("av1.mkv").read_bytes())
    assert open_it(odd) == "av1"


def test_decoding_takes_one_thread(videos: Callable[[str], Path]) -> None:
    with open_video(str(videos("h264-closed.mp4")), LIMITS) as (_, stream):
        assert stream.codec_context.thread_count == 1
        assert stream.codec_context.is_open


def test_the_pixel_limit_reaches_the_decoder(
    videos: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The header's size is looked at before; a stream may change its size later, which only it can see.
    monkeypatch.setattr(container, "check_pixels", lambda width, height, limits: None)
    with pytest.raises(UndecodableVideoError, match="header"):
        open_it(videos("h264-closed.mp4"), DecodeLimits(max_pixels=1000))
