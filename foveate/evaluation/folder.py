"""Videos as folders of numbered images: how the published data sets are laid out."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foveate.bundle.manifest import Preprocessing, Sampling
from foveate.errors import ConfigError, InputError
from foveate.video.container import DecodeLimits
from foveate.video.decode import require_pages
from foveate.video.geometry import Geometry
from foveate.video.preprocess import preprocess
from foveate.video.records import Decoded, VideoFacts
from foveate.video.sampling import pool_indices
from foveate.video.writer import Page, Selection, bounded_geometry

PUBLISHED_NAMES = ("image_{:05d}.jpg", "img_{:05d}.jpg", "{:05d}.jpg", "{:06d}.jpg")
"""File names of the published data sets' frames, as format strings of the frame's number."""

_FORMATS = ("JPEG", "PNG")
_NAME = re.compile(r"([^/{}]*)\{(?:0?:0?\d{0,2}d?)?\}([^/{}]*)")


@dataclass(frozen=True, slots=True)
class FrameFolder:
    """How a video's frames lie in its folder.

    Attributes:
        frames: how many the list says there are: sampling goes by this number, as published.
        name: file name of a frame as a format string of its number; None for the published name that fits.
        first: number of the first frame.
    """

    frames: int
    name: str | None = None
    first: int = 1


def check_name(name: str) -> None:
    """Refuse a file name that is not the format string of one number.

    Raises:
        ConfigError: it is not.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} does not name a frame by its number, as 'image_{{:05d}}.jpg' does")


def read_folder(
    path: str,
    folder: FrameFolder,
    sampling: Sampling,
    preprocessing: Preprocessing,
    limits: DecodeLimits,
    pages: Sequence[Page],
    checkpoint: Callable[[], None],
) -> Decoded:
    """Write the pool of a folder of frames to pages; arguments as of ``decode_clip``.

    Returns:
        Which page holds what. The facts' ``frames`` are those that the folder holds.

    Raises:
        InputError: the folder or a frame is missing, or is no image; the message names it.
        VideoLimitError: a frame beyond a limit.
        UndecodableVideoError: a frame of a size that does not suit the bundle.
        ValueError: there are too few pages.
    """
    require_pages(pages, sampling, preprocessing)
    root, name = Path(path), folder.name or _recognise(Path(path), folder.first)
    there = _count(root, name)
    selection = Selection(pool_indices(sampling, folder.frames))
    views = len(preprocessing.views)
    first: Geometry | None = None
    for rank, index in enumerate(selection.wanted):
        checkpoint()
        frame, geometry = _read(root / name.format(folder.first + index), preprocessing, limits)
        preprocess(frame, preprocessing, geometry, pages[rank * views : (rank + 1) * views])
        first = first or geometry
    assert first is not None
    return Decoded(
        pages=selection.pages(views),
        unused=tuple(range(len(selection.wanted) * views, len(pages))),
        indices=selection.indices,
        times_s=(0.0,) * len(selection.indices),
        geometry=first,
        facts=_facts(first, there, len(selection.wanted), truncated=there < folder.frames),
    )


def _recognise(root: Path, first: int) -> str:
    for name in PUBLISHED_NAMES:
        if (root / name.format(first)).is_file():
            return name
    tried = ", ".join(name.format(first) for name in PUBLISHED_NAMES)
    raise InputError(f"{root} holds no first frame under a published name ({tried})")


def _count(root: Path, name: str) -> int:
    """Frames in a folder."""
    parts = _NAME.fullmatch(name)
    assert parts is not None
    frame = re.compile(re.escape(parts[1]) + r"\d+" + re.escape(parts[2]))
    try:
        with os.scandir(root) as entries:
            return sum(frame.fullmatch(entry.name) is not None for entry in entries)
    except OSError as error:
        raise InputError(f"the folder {root} cannot be read: {error.strerror}") from error


def _read(
    path: Path, preprocessing: Preprocessing, limits: DecodeLimits
) -> tuple[NDArray[np.uint8], Geometry]:
    try:
        with Image.open(path, formats=_FORMATS) as image:
            geometry = bounded_geometry(preprocessing, limits, *image.size)
            return np.asarray(image.convert("RGB")), geometry
    except FileNotFoundError:
        raise InputError(f"the frame {path} is missing") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"the frame {path} cannot be read: {error}") from error


def _facts(geometry: Geometry, frames: int, decoded: int, truncated: bool) -> VideoFacts:
    return VideoFacts(
        container="frames",
        codec="images",
        width=geometry.source_width,
        height=geometry.source_height,
        rotation=0,
        frames=frames,
        fps=None,
        duration_s=None,
        variable_rate=False,
        truncated=truncated,
        size_changes=False,
        sample_aspect=None,
        pixel_format="rgb24",
        full_range=True,
        transfer=None,
        decoded=decoded,
    )
