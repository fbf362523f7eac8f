"""Frames for comparing a graph with its network: smooth, moving, and the same everywhere."""

import numpy as np
from numpy.typing import NDArray


def smooth_frames(videos: int, frames: int, side: int, seed: int = 0) -> NDArray[np.uint8]:
    """Draw 8-bit RGB frames: slow waves of colour, and a bright disc that moves across them.

    Returns:
        (videos, frames, side, side, 3).
    """
    generator = np.random.Generator(np.random.Philox(key=seed))
    line = np.linspace(-1, 1, side, dtype=np.float64)
    y, x = line[:, None], line[None, :]
    out = np.empty((videos, frames, side, side, 3), np.uint8)
    for video in range(videos):
        waves = generator.uniform(-3, 3, (3, 2, 4))
        start, speed = generator.uniform(-0.7, 0.7, (2, 2))
        for frame in range(frames):
            time = frame / max(1, frames - 1)
            place = np.sin(np.pi * (start + speed * 2 * time))
            disc = np.exp(-((y - place[0]) ** 2 + (x - place[1]) ** 2) / 0.05)
            for channel in range(3):
                value = sum(np.sin(a * y + b * x + c + d * time) for a, b, c, d in waves[channel])
                out[video, frame, ..., channel] = np.clip(120 + 45 * value + 90 * disc, 0, 255)
    return out


def normalised(
    pixels: NDArray[np.uint8], mean: tuple[float, float, float], std: tuple[float, float, float]
) -> NDArray[np.float32]:
    """(..., height, width, 3) 8-bit to (..., 3, height, width) float32, as the published code ends."""
    scaled = pixels.astype(np.float32) / np.float32(255)
    planes = np.moveaxis((scaled - np.asarray(mean, np.float32)) / np.asarray(std, np.float32), -1, -3)
    return np.ascontiguousarray(planes, np.float32)
