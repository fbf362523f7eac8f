"""The time of a batch of each network, form and bucket, from the host and back, one lane alone."""

import time
from dataclasses import asdict, dataclass

import numpy as np

from foveate.bundle.vocabulary import Form, UnitKind
from foveate.device.executor import DeviceExecutor
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.engine.scratch import Scratch
from foveate.engine.units import Batch, ClosedBy, QueueKey, Unit


@dataclass(frozen=True, slots=True)
class StageTime:
    """The time of one kind of batch.

    Attributes:
        units: the bucket.
        frames: frames or patches in it.
        median_s: median wall seconds, from filling its numbers to having its decisions.
        multiply_adds_per_s: what it does in that time.
    """

    stage: str
    form: str
    units: int
    frames: int
    median_s: float
    multiply_adds_per_s: float


def stage_times(
    executor: DeviceExecutor, plan: BundlePlan, rules: LaneRules, repeats: int
) -> list[dict[str, object]]:
    """Time every program of a bundle on its first lane.

    Args:
        executor: with room for ``videos_needed`` videos, and pages for each of them.
        plan: the bundle's.
        rules: the executor's.
        repeats: timed batches of each kind, after one that is not.
    """
    timing = _Timing(executor, plan, videos_needed(plan, rules))
    timing.plan_all()
    found = []
    for stage in Stage:
        network = plan.network(stage)
        for form in network.forms if network else ():
            for size in executor.buckets(stage):
                median = timing.median(stage, form, size, repeats)
                rate = size * plan.cost(stage, form) / median
                row = StageTime(stage, form, size, size * plan.frames_in(stage), median, rate)
                found.append(asdict(row))
    timing.close()
    return found


def videos_needed(plan: BundlePlan, rules: LaneRules) -> int:
    """Videos that the largest batches are drawn from."""
    return max(rules.most_units(plan, stage) for stage in Stage)


class _Timing:
    def __init__(self, executor: DeviceExecutor, plan: BundlePlan, videos: int) -> None:
        each = plan.manifest.sampling.pool
        self._executor, self._plan = executor, plan
        self._stores = []
        for video in range(videos):
            first = video * each * plan.views
            views = range(plan.views)
            self._stores.append(
                executor.open(tuple(tuple(range(first + v * each, first + (v + 1) * each)) for v in views))
            )

    def close(self) -> None:
        """Give the videos' room back."""
        for store in self._stores:
            self._executor.close(store)

    def plan_all(self) -> None:
        """Take every video as far as its plan, so that there are patches to cut."""
        for stage in (Stage.GLANCE, Stage.POLICY):
            network = self._plan.network(stage)
            if network is None:
                continue
            form = Form.WHOLE if Form.WHOLE in network.forms else Form.STEP
            single = network.unit is UnitKind.FRAME and not (stage is Stage.POLICY and form is Form.WHOLE)
            count = (self._plan.glances if stage is Stage.GLANCE else self._plan.steps) if single else 1
            for video in range(len(self._stores)):
                for index in range(count):
                    self._run(stage, form, [(video, index)])

    def median(self, stage: Stage, form: Form, size: int, repeats: int) -> float:
        """Median seconds of a batch of as many videos as it has units."""
        which = [(video, 0) for video in range(size)]
        self._run(stage, form, which)
        times = []
        for _ in range(repeats):
            started = time.perf_counter()
            self._run(stage, form, which)
            times.append(time.perf_counter() - started)
        return float(np.median(times))

    def _run(self, stage: Stage, form: Form, which: list[tuple[int, int]]) -> None:
        units = tuple(Unit(video, stage, form, 0, index) for video, index in which)
        batch = Batch(0, QueueKey("x", stage, form), units, ClosedBy.FULL)
        self._executor.run(batch, [self._stores[video] for video, _ in which], Scratch(0))
