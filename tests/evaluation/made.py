"""Small data sets of folders of JPEG frames, made on the spot."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.video.made import picture

SIZE = (96, 72)
NAME = "image_{:05d}.jpg"


def frames_folder(
    folder: Path, seed: int, frames: int, name: str = NAME, first: int = 1, size: tuple[int, int] = SIZE
) -> Path:
    """Write a video as a folder of frames; every seed gives another video."""
    folder.mkdir(parents=True)
    for number in range(frames):
        image = Image.fromarray(picture(seed * 40 + number, *size))
        image.save(folder / name.format(first + number), quality=90)
    return folder


def read_back(folder: Path, frames: int, name: str = NAME) -> NDArray[np.uint8]:
    """All frames of a folder as Pillow reads them, [frames, height, width, 3]."""
    images = [Image.open(folder / name.format(number + 1)).convert("RGB") for number in range(frames)]
    return np.stack([np.asarray(image) for image in images])


def data_set(root: Path, lengths: Sequence[int], labels: Sequence[int], separator: str = ",") -> Path:
    """Folders ``v 0``, ``v 1`` ... of so many frames, and their list."""
    lines = []
    for number, (frames, label) in enumerate(zip(lengths, labels, strict=True)):
        frames_folder(root / f"video {number}", number, frames)
        lines.append(separator.join([f"video {number}", str(frames), str(label)]))
    listed = root / "list.txt"
    listed.write_text("\n".join(lines) + "\n")
    return listed
