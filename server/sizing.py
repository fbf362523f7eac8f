"""Batches, decoders and pages on what a server runs on, where its settings do not say."""

from foveate.cores import core_count
from foveate.engine.scheduler import LaneRules
from foveate.errors import ConfigError
from foveate.runtimes.base import RuntimeInfo
from foveate.runtimes.batches import ON_CPU, batches_for
from foveate.runtimes.gpu import gpu_memory
from foveate.runtimes.wish import RuntimeName, Wish, default_engine_cache
from server.settings import Settings

_GPU_LANES = 3
"""Two batches in flight, and a third whose numbers are written or read meanwhile."""
_LEAST_VIDEOS = 8


def wish_of(settings: Settings) -> Wish:
    """What is asked of a runtime; batches as large as suits the GPU, if there is one that may be used."""
    suited = batches_for(None if settings.runtime is RuntimeName.CPU else gpu_memory(settings.device))
    return Wish(
        runtime=settings.runtime,
        device=settings.device,
        engine_cache=settings.engine_cache or default_engine_cache(),
        max_frames=settings.batch_frames or suited.frames,
        max_videos=settings.batch_videos or suited.videos,
    )


def rules_of(settings: Settings, wish: Wish, runtime: RuntimeInfo) -> LaneRules:
    """How batches are formed on the runtime that was had in the end.

    A GPU fills one batch before it begins another; a CPU splits what is there over its lanes.
    """
    on_cpu = runtime.device == "cpu"
    frames, videos = (ON_CPU.frames, ON_CPU.videos) if on_cpu else (wish.max_frames, wish.max_videos)
    return LaneRules(
        lanes=settings.lane_count if on_cpu else settings.lanes or _GPU_LANES,
        max_frames=settings.batch_frames or frames,
        max_videos=settings.batch_videos or videos,
        share=on_cpu,
        full=not on_cpu,
        look_ahead=settings.look_ahead,
    )


def workers_of(settings: Settings, runtime: RuntimeInfo) -> int:
    """Processes that decode: they share the cores with lanes on a CPU, and with no others beside a GPU."""
    on_cpu = runtime.device == "cpu"
    return settings.decode_workers or (settings.lane_count if on_cpu else core_count())


def require_pages(settings: Settings, largest: int) -> None:
    """Refuse settings with fewer pages than one video of the largest bundle takes.

    Raises:
        ConfigError: they say how many pages, and one video needs more.
    """
    if settings.pages and settings.pages < largest:
        raise ConfigError(f"--pages: {settings.pages} are too few; one video takes up to {largest}")


def pages_of(settings: Settings, rules: LaneRules, workers: int, largest: int) -> int:
    """Frames of shared memory: each decoder writes one video while another waits, and lanes are kept full.

    Args:
        settings: of the server.
        rules: of its lanes.
        workers: processes that decode.
        largest: frames of a video of the largest bundle.
    """
    batch = -(-rules.max_frames // largest)
    videos = min(2 * (rules.lanes * batch + workers), settings.max_in_flight)
    return settings.pages or largest * max(_LEAST_VIDEOS, videos)
