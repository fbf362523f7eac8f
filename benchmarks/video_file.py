"""A video to measure with: made here, so that nothing has to be fetched.

``python -m benchmarks.video_file clip.mp4`` writes it.
"""

import sys
from pathlib import Path

import av
import numpy as np


def write_video(
    path: Path, width: int = 320, height: int = 240, seconds: int = 10, rate: int = 25, group: int = 12
) -> Path:
    """Write an H.264 file of a textured, moving scene and return its path.

    Args:
        path: where to.
        width: in pixels.
        height: in pixels.
        seconds: its length.
        rate: frames a second.
        group: frames from one key frame to the next.
    """
    rng = np.random.default_rng(3)
    scene = rng.integers(0, 256, (height // 8 + 32, width // 8 + 32, 3), np.uint8)
    scene = scene.repeat(8, axis=0).repeat(8, axis=1)
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"g": str(group), "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(seconds * rate):
            y, x = number % 128, (number * 2) % 200
            pixels = np.ascontiguousarray(scene[y : y + height, x : x + width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


if __name__ == "__main__":
    print(write_video(Path(sys.argv[1])))
