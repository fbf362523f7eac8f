"""What a decode pool may take, and what it has done."""

from dataclasses import dataclass, field

from foveate.video.container import DecodeLimits


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How many workers there are and what each may take.

    Attributes:
        workers: processes, and so videos decoded at once.
        max_waiting: jobs that may wait for a worker; more are refused.
        timeout_s: wall-clock time of one job, after which its worker is killed.
        cancel_grace_s: how long a cancelled job may go on before its worker is killed.
        start_timeout_s: for a worker to get ready.
        recycle_after: jobs after which a worker is replaced by a fresh one.
        memory_bytes: address space a worker may take for its jobs; 0 for any.
        cpu_s: processor seconds of one job.
        open_files: files a worker may have open.
        limits: what one video may ask for.
        handler: "module:function" that does a job in the worker.
    """

    workers: int = 1
    max_waiting: int = 256
    timeout_s: float = 60.0
    cancel_grace_s: float = 1.0
    start_timeout_s: float = 30.0
    recycle_after: int = 500
    memory_bytes: int = 2 << 30
    cpu_s: int = 60
    open_files: int = 64
    limits: DecodeLimits = field(default_factory=DecodeLimits)
    handler: str = "foveate.video.jobs:run_job"


@dataclass(frozen=True, slots=True)
class PoolStats:
    """What the pool is doing and has done.

    Attributes:
        workers: processes there should be.
        alive: processes that are ready or busy.
        busy: jobs being done.
        waiting: jobs without a worker yet.
        decoded: jobs that gave a result.
        refused: jobs that ended in an InputError.
        cancelled: jobs withdrawn while a worker had them.
        timeouts: jobs whose worker was killed for taking too long.
        crashes: workers that ended by themselves.
        restarts: workers started in place of ones that were killed or ended.
        recycled: workers replaced because of their age.
        handed_back: jobs that were left to another decoder.
        decoded_on_gpu: jobs that a GPU's decoder did.
        fell_back: jobs that it was given and did not do.
        mean_job_s: recent mean of a job's time in a worker.
    """

    workers: int
    alive: int = 0
    busy: int = 0
    waiting: int = 0
    decoded: int = 0
    refused: int = 0
    cancelled: int = 0
    timeouts: int = 0
    crashes: int = 0
    restarts: int = 0
    recycled: int = 0
    handed_back: int = 0
    decoded_on_gpu: int = 0
    fell_back: int = 0
    mean_job_s: float = 0.0
