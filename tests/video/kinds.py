"""The kinds of videos that decoding is tested on; every one is 50 small frames unless it says otherwise."""

from typing import Any

X264 = {"preset": "veryfast", "crf": "30", "threads": "1", "bf": "3", "b-pyramid": "normal"}
X265 = "log-level=none:pools=1:frame-threads=1:bframes=4"
AV1 = {"preset": "12", "svtav1-params": "lp=1"}

KINDS: dict[str, dict[str, Any]] = {
    "h264-closed.mp4": {"codec": "libx264", "options": X264},
    "h264-open.mp4": {
        "codec": "libx264",
        "options": {**X264, "x264-params": "open-gop=1:keyint=12:scenecut=0"},
    },
    "h264-open.mkv": {
        "codec": "libx264",
        "options": {**X264, "x264-params": "open-gop=1:keyint=12:scenecut=0"},
    },
    "h264-no-b.mov": {"codec": "libx264", "options": {**X264, "bf": "0"}},
    "h264-long-group.ts": {"codec": "libx264", "options": X264, "gop": 250},
    "h264-intra-refresh.mp4": {"codec": "libx264", "options": {**X264, "intra-refresh": "1"}},
    "h264-interlaced.mp4": {"codec": "libx264", "options": {**X264, "x264-params": "tff=1"}},
    "h264.avi": {"codec": "libx264", "options": X264},
    "hevc-open.mp4": {
        "codec": "libx265",
        "options": {"preset": "ultrafast", "x265-params": f"{X265}:open-gop=1:keyint=12"},
    },
    "hevc-layers.mkv": {
        "codec": "libx265",
        "options": {
            "preset": "ultrafast",
            "x265-params": f"{X265}:keyint=24:b-pyramid=1:temporal-layers=3",
        },
    },
    "hevc-10bit.mp4": {
        "codec": "libx265",
        "pix_fmt": "yuv420p10le",
        "options": {"preset": "ultrafast", "x265-params": f"{X265}:keyint=12"},
    },
    "vp8-altref.webm": {
        "codec": "libvpx",
        "options": {"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good", "cpu-used": "5"},
        "gop": 24,
    },
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"cpu-used": "8", "deadline": "realtime"}, "gop": 20},
    "vp9-altref.webm": {
        "codec": "libvpx-vp9",
        "options": {"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good", "cpu-used": "5"},
        "gop": 20,
    },
    "av1.mkv": {"codec": "libsvtav1", "options": AV1, "gop": 20},
    "mpeg4.mp4": {"codec": "mpeg4"},
    "mpeg4-b.avi": {"codec": "mpeg4", "max_b_frames": 2},
    "mpeg2.ts": {"codec": "mpeg2video", "max_b_frames": 2},
    "mpeg2.mpg": {"codec": "mpeg2video", "max_b_frames": 2},
    "mpeg1.mpg": {"codec": "mpeg1video", "container": "mpeg"},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "moving.gif": {"codec": "gif", "pix_fmt": "rgb8"},
    "odd-size.mp4": {"codec": "libx264", "options": X264, "size": (98, 66), "frames": 9},
}
