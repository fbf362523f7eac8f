"""What a decode worker does for an evaluation: the server's jobs, and folders of frames."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from foveate.evaluation.folder import FrameFolder, read_folder
from foveate.video import jobs
from foveate.video.container import DecodeLimits
from foveate.video.records import Decoded, DecodeJob
from foveate.video.slab import SlabView

HANDLER = f"{__name__}:run_job"
"""How the decode pool's workers find ``run_job``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderJob(DecodeJob):
    """A folder of frames to be turned into pages; ``path`` is the folder."""

    folder: FrameFolder


def run_job(job: DecodeJob, slab: SlabView, limits: DecodeLimits, checkpoint: Callable[[], None]) -> Decoded:
    """Do a job in a worker; see ``foveate.video.jobs.run_job``.

    Raises:
        InputError: whatever is wrong with the video.
    """
    if not isinstance(job, FolderJob):
        return jobs.run_job(job, slab, limits, checkpoint)
    begun = perf_counter()
    pages = jobs.pages_of(job, slab)
    found = read_folder(job.path, job.folder, job.sampling, job.preprocessing, limits, pages, checkpoint)
    return jobs.in_slab(found, job, perf_counter() - begun)
