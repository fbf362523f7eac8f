"""A bundle's videos run straight through, one after the other: no queues, no lanes, no threads.

It is the engine's own way from pixels to answers; what runs the graphs can be exchanged.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Manifest
from foveate.bundle.vocabulary import Form
from foveate.engine.execute import Executor
from foveate.engine.messages import Options, Stage
from foveate.engine.plan import BundlePlan, Course
from foveate.engine.progress import Progress
from foveate.engine.scratch import Scratch
from foveate.engine.store import VideoStore
from foveate.engine.units import Batch, ClosedBy, QueueKey, Unit
from foveate.runtimes.base import LoadedGraph, Runtime

_MOST = 4
"""Units in a batch: more than one, so that the batch axis is put to use."""


class StraightRun:
    """Runs videos of one bundle.

    Args:
        manifest: the bundle's, checked.
        folder: where its graphs are.
        runtime: what runs them.
        frames: pool frames of each video (videos, pool, crop, crop, 3), 8-bit.
    """

    def __init__(self, manifest: Manifest, folder: Path, runtime: Runtime, frames: NDArray[np.uint8]) -> None:
        self.plan = BundlePlan.of(manifest)
        self._pool = frames.shape[1]
        pages = frames.reshape(-1, *frames.shape[2:])
        self._executor = Executor(
            self.plan, load_graphs(self.plan, folder, runtime), lambda page, _: pages[page]
        )

    def video(self, number: int, options: Options) -> VideoStore:
        """All arrays of one video, all of its views made of the same frames."""
        first = number * self._pool
        store = VideoStore(self.plan, (tuple(range(first, first + self._pool)),) * self.plan.views)
        progress = Progress(number, self.plan, options, self.plan.steps, lambda answer: False)
        scratch = Scratch()
        waiting = progress.ready()
        while waiting:
            batch = _together(waiting)
            waiting = [unit for unit in waiting if unit not in batch.units]
            outcomes = self._executor.run(batch, [store] * len(batch.units), scratch)
            for unit, outcome in zip(batch.units, outcomes, strict=True):
                progress.done(unit, outcome)
            waiting += progress.ready()
        return store

    def answers_made(self, options: Options) -> list[int]:
        """Which of a video's answers are made with these options."""
        return answers_made(self.plan, self.plan.course(options))


def load_graphs(plan: BundlePlan, folder: Path, runtime: Runtime) -> dict[tuple[Stage, Form], LoadedGraph]:
    """Every graph of a bundle.

    Raises:
        BundleError: one cannot be loaded.
    """
    loaded = {}
    for stage in Stage:
        network = plan.network(stage)
        for form, graph in network.forms.items() if network else ():
            loaded[stage, form] = runtime.load(folder / graph.file, graph)
    return loaded


def answers_made(plan: BundlePlan, course: Course) -> list[int]:
    """Which answers a course makes; the others stay zeros in a store."""
    whole = plan.manifest.networks.classifier.forms.get(Form.WHOLE)
    each = course.classifier is Form.STEP or (
        whole is not None and any(len(output.shape) == 2 for output in whole.outputs)
    )
    early = [0] if course.glance_answer else []
    offset = 1 if plan.has_glance_answer else 0
    steps = range(offset, offset + course.steps) if each else range(plan.answers - 1, plan.answers)
    return early + [answer for answer in steps if answer >= offset]


def every_course(plan: BundlePlan) -> list[Options]:
    """Options that lead through each form of each network at least once, none of them leaving early."""
    never = (float("inf"),) * plan.answers
    wanted = [Options(), Options(every_step=True), Options(thresholds=never)]
    kept: dict[tuple[Form | None, Form, bool], Options] = {}
    for options in wanted:
        course = plan.course(options)
        kept.setdefault((course.policy, course.classifier, course.glance_answer), options)
    return list(kept.values())


def _together(waiting: Sequence[Unit]) -> Batch:
    first = waiting[0]
    same = [unit for unit in waiting if (unit.stage, unit.form) == (first.stage, first.form)][:_MOST]
    return Batch(0, QueueKey("straight", first.stage, first.form), tuple(same), ClosedBy.DRAINED)
