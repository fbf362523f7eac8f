"""Scoring a bundle on a list: read, answer, collect, report."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.hashes import require_unaltered
from foveate.bundle.load import Bundle, load_bundle
from foveate.engine.budget import with_budget, with_default_exits
from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan
from foveate.errors import ConfigError, InputError
from foveate.evaluation.collected import Collected
from foveate.evaluation.folder import check_name
from foveate.evaluation.keep_probabilities import read_probabilities
from foveate.evaluation.keep_shares import KeepPoint, drops_patches, keep_point, seen, with_shares
from foveate.evaluation.listed import Listed, ListForm
from foveate.evaluation.lists import read_list
from foveate.evaluation.report import Report, make_report
from foveate.evaluation.run import Layout, blame, run_videos
from foveate.evaluation.runner import Runner
from foveate.runtimes.base import Runtime
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime

Progress = Callable[[int, int, int], None]
"""Told of videos done, videos in all, and videos skipped; where the list is gone through several times, every
time counts."""


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
        keep_shares: go through the list again for each of these shares of the patches, with a threshold at
            which as many are kept; implies every answer.
        keep_probabilities: file of those that these thresholds are solved on; None for the list's own.
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
    keep_shares: tuple[float, ...] = ()
    keep_probabilities: Path | None = None

    @property
    def complete(self) -> bool:
        """Whether every video goes through all of its plan, and every answer is kept."""
        return self.every_answer or bool(self.keep_shares)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An evaluation that nothing is known to stand in the way of.

    Attributes:
        request: as asked.
        bundle: read, and what its manifest says.
        options: what is asked of the plan.
        videos: of the list.
        probabilities: to solve thresholds of keep shares on; None for the list's own.
    """

    request: Request
    bundle: Bundle
    options: Options
    videos: tuple[Listed, ...]
    probabilities: NDArray[np.float32] | None


def evaluate(
    request: Request, progress: Progress, runtime: Runtime | None = None
) -> tuple[Report, Collected]:
    """Prepare and perform an evaluation; see both."""
    return perform(prepare(request), progress, runtime)


def prepare(request: Request) -> Prepared:
    """Read what an evaluation needs, and find what would hinder it before anything runs.

    Raises:
        BundleError: the bundle cannot be used.
        ConfigError: the budget is too small, a frame name is none, or shares are asked of a bundle that drops
            no patches.
        InputError: the list cannot be read, or a video is not there.
    """
    if request.layout.frame_name is not None:
        check_name(request.layout.frame_name)
    bundle = _load(request.bundle)
    options = options_of(request, BundlePlan.of(bundle.manifest))
    if request.keep_shares and not drops_patches(bundle):
        raise ConfigError(f"{bundle.manifest.name} drops no patches: there are no shares of them to keep")
    file = request.keep_probabilities
    if file is not None and not request.keep_shares:
        raise ConfigError("keep probabilities are for shares of patches to keep, and none is asked for")
    probabilities = None if file is None else read_probabilities(file)
    videos = read_list(request.list, bundle.labels, request.form, request.fold)[: request.limit]
    if not request.skip:
        _require_all(videos, request.layout)
    return Prepared(request, bundle, options, tuple(videos), probabilities)


def perform(
    prepared: Prepared, progress: Progress, runtime: Runtime | None = None
) -> tuple[Report, Collected]:
    """Have a bundle answer for the videos of a list, and score it.

    Args:
        prepared: what to evaluate.
        progress: told after each video.
        runtime: what runs the graphs; None for the one that the machine has.

    Returns:
        The report, and the answers of the bundle as it is.

    Raises:
        BundleError: a graph cannot be loaded.
        InputError: a video cannot be read.
        EngineError: the engine has failed.
    """
    started, bundle = time.monotonic(), prepared.bundle
    passes = _Passes(prepared, progress, runtime or OnnxCpuRuntime())
    collected = passes.run(bundle, prepared.options)
    report = make_report(bundle, collected, prepared.request.complete, 0.0)
    points = _keep_points(prepared, collected, passes)
    return replace(report, keep_shares=points, seconds=time.monotonic() - started), collected


def options_of(request: Request, plan: BundlePlan) -> Options:
    """What is asked of the plan.

    Raises:
        ConfigError: the budget is too small for the bundle, or there is one where every answer is wanted.
    """
    if request.complete:
        if request.max_multiply_adds is not None:
            raise ConfigError("a budget and every answer exclude each other: the curve holds every budget")
        return Options(every_step=True)
    if request.max_multiply_adds is None:
        return with_default_exits(Options(), plan)
    return with_budget(Options(), plan, request.max_multiply_adds)


def _keep_points(prepared: Prepared, collected: Collected, passes: "_Passes") -> tuple[KeepPoint, ...]:
    shares = prepared.request.keep_shares
    if not shares:
        return ()
    known = seen(collected) if prepared.probabilities is None else prepared.probabilities
    bundles = with_shares(prepared.bundle, known, shares)
    return tuple(keep_point(share, bundle, passes.run(bundle, Options())) for share, bundle in bundles)


class _Passes:
    """Goes through the list, once for the bundle as it is and once for each share."""

    def __init__(self, prepared: Prepared, progress: Progress, runtime: Runtime) -> None:
        self._prepared = prepared
        self._progress = progress
        self._runtime = runtime
        self._done = 0
        self._total = len(prepared.videos) * (1 + len(prepared.request.keep_shares))

    def run(self, bundle: Bundle, options: Options) -> Collected:
        """Every video's answer by a bundle."""
        return asyncio.run(self._run(bundle, options))

    async def _run(self, bundle: Bundle, options: Options) -> Collected:
        request, videos = self._prepared.request, self._prepared.videos
        collected = Collected()
        async with Runner(bundle, self._runtime, request.lanes) as runner:
            results = run_videos(runner, videos, request.layout, options, request.skip)
            async with aclosing(results):
                async for result in results:
                    collected.add(result)
                    self._done += 1
                    self._progress(self._done, self._total, len(collected.skipped))
        return collected


def _load(folder: Path) -> Bundle:
    """A bundle whose files are what its manifest says: a figure must be of the bundle it names."""
    bundle = load_bundle(folder)
    require_unaltered(bundle)
    return bundle


def _require_all(videos: Iterable[Listed], layout: Layout) -> None:
    """Refuse at once what would otherwise fail after hours."""
    for video in videos:
        if video.frames is not None and video.frames < layout.min_frames:
            continue
        try:
            layout.require(video)
        except InputError as error:
            raise blame(video, error) from error
