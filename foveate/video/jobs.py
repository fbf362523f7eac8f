"""Doing one decode job in a worker."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from foveate.video.container import DecodeLimits
from foveate.video.decode import decode_clip
from foveate.video.raw import decode_raw
from foveate.video.records import Decoded, DecodeJob
from foveate.video.slab import SlabView


def run_job(job: DecodeJob, slab: SlabView, limits: DecodeLimits, checkpoint: Callable[[], None]) -> Decoded:
    """Decode a job's file into its pages of the slab.

    Args:
        job: what to decode and where to.
        slab: of the pool.
        limits: what a video may ask for.
        checkpoint: called between packets; what it raises is passed on.

    Returns:
        The result, with the slab's page numbers.

    Raises:
        HandedBack: it is for the GPU.
        InputError: whatever is wrong with the file.
    """
    begun = perf_counter()
    pages = pages_of(job, slab)
    if job.raw is None:
        found = decode_clip(
            job.path, job.sampling, job.preprocessing, limits, pages, checkpoint, job.large_pixels
        )
    else:
        found = decode_raw(job.path, job.raw, job.sampling, job.preprocessing, limits, pages, checkpoint)
    return in_slab(found, job, perf_counter() - begun)


def pages_of(job: DecodeJob, slab: SlabView) -> list[NDArray[np.uint8]]:
    """The pages a job may write to, as uint8 [crop, crop, 3] arrays."""
    crop = job.preprocessing.crop
    return [slab.page(number, (crop, crop, 3)) for number in job.pages]


def in_slab(found: Decoded, job: DecodeJob, wall_s: float) -> Decoded:
    """A result in the slab's page numbers instead of positions among the job's."""
    return replace(
        found,
        pages=tuple(tuple(job.pages[place] for place in view) for view in found.pages),
        unused=tuple(job.pages[place] for place in found.unused),
        wall_s=wall_s,
    )
