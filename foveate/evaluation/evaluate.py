"""Scoring a bundle on a list: read, answer, collect, report."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from foveate.bundle.hashes import require_unaltered
from foveate.bundle.load import Bundle, load_bundle
from foveate.engine.budget import with_budget, with_default_exits
from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan
from foveate.errors import ConfigError, InputError
from foveate.evaluation.collected import Collected
from foveate.evaluation.folder import check_name
from foveate.evaluation.listed import Listed, ListForm
from foveate.evaluation.lists import read_list
from foveate.evaluation.report import Report, make_report
from foveate.evaluation.run import Layout, blame, run_videos
from foveate.evaluation.runner import Runner
from foveate.runtimes.base import Runtime
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime

Progress = Callable[[int, int, int], None]
"""Told of videos done, videos in all, and videos skipped."""


@dataclass(frozen=True, slots=True)
class Request:
    """An evaluation.

    Attributes:
        bundle: its folder.
        list: of the videos.
        layout: where they lie.
        form: of the list; None to recognise it.
        fold: of a list with folds; None for all.
        limit: only so many videos from the beginning of the list; None for all.
        every_answer: ask for every answer and no exits, for the whole accuracy-compute curve.
        max_multiply_adds: budget of a video; None for what a request without one gets.
        lanes: batches at once; 0 for one per core.
        skip: go on after a video that cannot be read.
    """

    bundle: Path
    list: Path
    layout: Layout
    form: ListForm | None = None
    fold: str | None = None
    limit: int | None = None
    every_answer: bool = False
    max_multiply_adds: float | None = None
    lanes: int = 0
    skip: bool = False


def evaluate(
    request: Request, progress: Progress, runtime: Runtime | None = None
) -> tuple[Report, Collected]:
    """Have a bundle answer for the videos of a list, and score it.

    Args:
        request: what to evaluate.
        progress: told after each video.
        runtime: what runs the graphs; None for the one that the machine has.

    Raises:
        BundleError: the bundle cannot be used.
        ConfigError: the budget is too small, or a frame name is none.
        InputError: the list or a video cannot be read.
        EngineError: the engine has failed.
    """
    started = time.monotonic()
    if request.layout.frame_name is not None:
        check_name(request.layout.frame_name)
    bundle = _load(request.bundle)
    options = options_of(request, BundlePlan.of(bundle.manifest))
    videos = read_list(request.list, bundle.labels, request.form, request.fold)[: request.limit]
    if not request.skip:
        _require_all(videos, request.layout)
    collected = asyncio.run(_collect(request, bundle, runtime or OnnxCpuRuntime(), videos, options, progress))
    return make_report(bundle, collected, request.every_answer, time.monotonic() - started), collected


def options_of(request: Request, plan: BundlePlan) -> Options:
    """What is asked of the plan.

    Raises:
        ConfigError: the budget is too small for the bundle, or there is one where every answer is wanted.
    """
    if request.every_answer:
        if request.max_multiply_adds is not None:
            raise ConfigError("a budget and every answer exclude each other: the curve holds every budget")
        return Options(every_step=True)
    if request.max_multiply_adds is None:
        return with_default_exits(Options(), plan)
    return with_budget(Options(), plan, request.max_multiply_adds)


async def _collect(
    request: Request,
    bundle: Bundle,
    runtime: Runtime,
    videos: Sequence[Listed],
    options: Options,
    progress: Progress,
) -> Collected:
    collected = Collected()
    async with Runner(bundle, runtime, request.lanes) as runner:
        results = run_videos(runner, videos, request.layout, options, request.skip)
        async with aclosing(results):
            done = 0
            async for result in results:
                collected.add(result)
                done += 1
                progress(done, len(videos), len(collected.skipped))
    return collected


def _load(folder: Path) -> Bundle:
    """A bundle whose files are what its manifest says: a figure must be of the bundle it names."""
    bundle = load_bundle(folder)
    require_unaltered(bundle)
    return bundle


def _require_all(videos: Sequence[Listed], layout: Layout) -> None:
    """Refuse at once what would otherwise fail after hours."""
    for video in videos:
        if video.frames is not None and video.frames < layout.min_frames:
            continue
        try:
            layout.require(video)
        except InputError as error:
            raise blame(video, error) from error
