"""Doing one decode job in a worker."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

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
        InputError: whatever is wrong with the file.
    """
    begun = perf_counter()
    crop = job.preprocessing.crop
    pages = [slab.page(number, (crop, crop, 3)) for number in job.pages]
    if job.raw is None:
        found = decode_clip(job.path, job.sampling, job.preprocessing, limits, pages, checkpoint)
    else:
        found = decode_raw(job.path, job.raw, job.sampling, job.preprocessing, limits, pages, checkpoint)
    return replace(
        found,
        pages=tuple(tuple(job.pages[place] for place in view) for view in found.pages),
        unused=tuple(job.pages[place] for place in found.unused),
        wall_s=perf_counter() - begun,
    )
