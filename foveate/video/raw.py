"""Frames that come as plain pixels: a file of uint8 [frames, height, width, 3] and nothing else."""

import os
from collections.abc import Callable, Iterable, Sequence
from math import prod

import numpy as np

from foveate.bundle.manifest import Preprocessing, Sampling
from foveate.bundle.vocabulary import Resize
from foveate.errors import UndecodableVideoError, VideoLimitError
from foveate.video.container import DecodeLimits
from foveate.video.decode import nothing, require_pages
from foveate.video.preprocess import preprocess
from foveate.video.records import Decoded, RawFrames, VideoFacts
from foveate.video.sampling import pool_indices
from foveate.video.writer import Page, Selection, bounded_geometry


def decode_raw(
    path: str,
    raw: RawFrames,
    sampling: Sampling,
    preprocessing: Preprocessing,
    limits: DecodeLimits,
    pages: Sequence[Page],
    checkpoint: Callable[[], None] = nothing,
) -> Decoded:
    """Write the pool of a file of raw frames to pages.

    Frames are sampled and preprocessed as those of a video are, or, where ``raw.preprocessed`` says so,
    copied as the pool itself.

    Args:
        path: absolute path of the file.
        raw: its shape and meaning.
        sampling: of the bundle.
        preprocessing: of the bundle.
        limits: what a video may ask for.
        pages: uint8 [crop, crop, 3] arrays, at least ``sampling.pool`` times the number of views.
        checkpoint: called before each frame; what it raises is passed on.

    Returns:
        Which page holds what; times are zero, for raw frames have none.

    Raises:
        UndecodableVideoError: if the shape does not fit the file or the bundle.
        VideoLimitError: beyond a limit.
        ValueError: if there are too few pages.
    """
    require_pages(pages, sampling, preprocessing)
    _check_shape(path, raw, limits)
    if raw.preprocessed:
        _check_pool(raw, sampling, preprocessing)
        # They are the pool itself; copying is what the operations below come to for them.
        preprocessing = preprocessing.model_copy(update={"resize": Resize.NONE})
        return _write(path, raw, range(raw.frames), preprocessing, limits, pages, checkpoint)
    indices = pool_indices(sampling, raw.frames)
    return _write(path, raw, indices, preprocessing, limits, pages, checkpoint)


def _write(
    path: str,
    raw: RawFrames,
    indices: Iterable[int],
    preprocessing: Preprocessing,
    limits: DecodeLimits,
    pages: Sequence[Page],
    checkpoint: Callable[[], None],
) -> Decoded:
    geometry = bounded_geometry(preprocessing, limits, raw.width, raw.height)
    selection = Selection(indices)
    source = np.memmap(path, np.uint8, "r", shape=(raw.frames, raw.height, raw.width, 3))
    views = len(preprocessing.views)
    for rank, index in enumerate(selection.wanted):
        checkpoint()
        preprocess(source[index], preprocessing, geometry, pages[rank * views : (rank + 1) * views])
    return Decoded(
        pages=selection.pages(views),
        unused=tuple(range(len(selection.wanted) * views, len(pages))),
        indices=selection.indices,
        times_s=(0.0,) * len(selection.indices),
        geometry=geometry,
        facts=_facts(raw),
    )


def _check_shape(path: str, raw: RawFrames, limits: DecodeLimits) -> None:
    if min(raw.frames, raw.height, raw.width) < 1:
        raise UndecodableVideoError("The shape of raw frames must hold no zero.")
    if raw.frames > limits.max_packets or raw.width * raw.height > limits.max_pixels:
        raise VideoLimitError(
            f"Raw frames may be at most {limits.max_packets} of {limits.max_pixels} pixels each."
        )
    size = os.stat(path).st_size
    shape = (raw.frames, raw.height, raw.width, 3)
    if size != prod(shape):
        raise UndecodableVideoError(f"Raw frames of shape {list(shape)} are {prod(shape)} bytes, not {size}.")


def _check_pool(raw: RawFrames, sampling: Sampling, preprocessing: Preprocessing) -> None:
    crop = preprocessing.crop
    if len(preprocessing.views) > 1:
        raise UndecodableVideoError("This model takes several views of a frame; send frames before the crop.")
    if (raw.frames, raw.height, raw.width) != (sampling.pool, crop, crop):
        raise UndecodableVideoError(
            f"Preprocessed frames of this model have the shape [{sampling.pool}, {crop}, {crop}, 3]."
        )


def _facts(raw: RawFrames) -> VideoFacts:
    return VideoFacts(
        container="raw",
        codec="rawvideo",
        width=raw.width,
        height=raw.height,
        rotation=0,
        frames=raw.frames,
        fps=None,
        duration_s=None,
        variable_rate=False,
        truncated=False,
        size_changes=False,
        sample_aspect=None,
        pixel_format="rgb24",
        full_range=True,
        transfer=None,
        decoded=raw.frames,
    )
