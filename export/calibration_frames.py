"""Frames for calibrating 8-bit integers: a folder of pictures, or made-up ones."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from export.int8 import Calibration
from foveate.errors import ConfigError
from foveate.parity.frames import smooth_frames

_MADE_UP = 4
_MOST = 64
"""Videos; more make scales no better and take memory."""
_KINDS = {".bmp", ".jpeg", ".jpg", ".png", ".webp"}


def calibration_frames(folder: Path | None, pool: int, crop: int) -> Calibration:
    """Frames of videos of ``pool`` frames, each a square of ``crop`` pixels.

    Args:
        folder: of pictures, which are taken in the order of their names: each ``pool`` of them make a video;
            None for smooth made-up ones.
        pool: frames of a video.
        crop: side in pixels; pictures are made to fit it and cropped about their centre.

    Raises:
        ConfigError: the folder holds too few pictures, or one cannot be read.
    """
    if folder is None:
        return Calibration(smooth_frames(_MADE_UP, pool, crop), "smooth made-up frames")
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in _KINDS)
    videos = min(len(paths) // pool, _MOST)
    if not videos:
        raise ConfigError(f"{folder} holds {len(paths)} pictures; a video needs {pool}")
    frames = np.stack([_square(path, crop) for path in paths[: videos * pool]])
    return Calibration(frames.reshape(videos, pool, crop, crop, 3), f"{videos * pool} pictures")


def _square(path: Path, crop: int) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            return np.asarray(ImageOps.fit(image.convert("RGB"), (crop, crop)), np.uint8)
    except (UnidentifiedImageError, OSError) as error:
        raise ConfigError(f"{path} is no picture that can be read") from error
