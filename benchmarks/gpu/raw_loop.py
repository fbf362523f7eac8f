"""The raw loop on a device: full batches one after the other on every lane, with no engine around them.

The yardstick of what the engine adds: the same programs and lanes, and batches that are always full. Frames
are copied to the device in the first round alone; the engine copies each video's anew.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from foveate.bundle.vocabulary import Form
from foveate.device.executor import DeviceExecutor
from foveate.engine.messages import Options, Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.engine.scratch import Scratch
from foveate.engine.store import VideoStore
from foveate.engine.units import Batch, ClosedBy, QueueKey, Unit


def raw_rate(executor: DeviceExecutor, plan: BundlePlan, rules: LaneRules, seconds: float) -> float:
    """Videos a second, every lane with videos of its own, after a first round that is not counted.

    Of a bundle of several views, one is gone through.

    Args:
        executor: with room for the largest batch's videos on each lane, and pages for each of them.
        plan: the bundle's.
        rules: the executor's.
        seconds: how long.

    Raises:
        Exception: what a lane ended with.
    """
    each = videos_a_round(plan, rules)
    pool = plan.manifest.sampling.pool * plan.views
    stores = [_open(executor, plan, video * pool) for video in range(each * rules.lanes)]
    lanes = [
        _Lane(executor, plan, rules, lane, stores[lane * each : (lane + 1) * each])
        for lane in range(rules.lanes)
    ]
    for lane in lanes:
        lane.round()
    with ThreadPoolExecutor(len(lanes)) as threads:
        rates: list[float] = list(threads.map(lambda lane: lane.rate(seconds), lanes))
    for store in stores:
        executor.close(store)
    return sum(rates)


def videos_a_round(plan: BundlePlan, rules: LaneRules) -> int:
    """Videos whose batches are fullest: no more than the largest batch has, and more than half of that.

    21 videos fill a batch of 256 patches of 12 a video; a 64th would have a batch for itself alone.

    Args:
        plan: the bundle's.
        rules: the engine's.
    """
    most = max(rules.most_units(plan, stage) for stage in Stage)
    return min(range(most, most // 2, -1), key=lambda videos: _if_full(plan, rules, videos) / videos)


def _if_full(plan: BundlePlan, rules: LaneRules, videos: int) -> int:
    """Multiply-adds of a round if each of its batches were full."""
    total = 0
    for stage, form, count in _stages(plan):
        most = rules.most_units(plan, stage)
        groups, units = (1, videos * count) if form is Form.WHOLE else (count, videos)
        total += groups * -(-units // most) * most * plan.cost(stage, form)
    return total


def _open(executor: DeviceExecutor, plan: BundlePlan, first: int) -> VideoStore:
    pool = plan.manifest.sampling.pool
    return executor.open(
        tuple(tuple(range(first + view * pool, first + (view + 1) * pool)) for view in range(plan.views))
    )


class _Lane:
    """A lane and the videos that it goes through again and again."""

    def __init__(
        self,
        executor: DeviceExecutor,
        plan: BundlePlan,
        rules: LaneRules,
        lane: int,
        stores: list[VideoStore],
    ) -> None:
        self._executor, self._stores, self._scratch = executor, stores, Scratch(lane)
        self._batches = _batches(plan, rules, len(stores))

    def rate(self, seconds: float) -> float:
        """Videos a second over a while."""
        videos, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            self.round()
            videos += len(self._stores)
        return videos / (time.perf_counter() - started)

    def round(self) -> None:
        """All videos, all stages."""
        for batch in self._batches:
            self._executor.run(batch, [self._stores[unit.video] for unit in batch.units], self._scratch)


def _batches(plan: BundlePlan, rules: LaneRules, videos: int) -> list[Batch]:
    """Every batch of a round, in order."""
    found = []
    for stage, form, count in _stages(plan):
        # A step must find the state of the one before: no batch holds two steps of a video.
        groups = [[(v, i) for v in range(videos)] for i in range(count)]
        if form is Form.WHOLE:
            groups = [[place for group in groups for place in group]]
        most = rules.most_units(plan, stage)
        for group in groups:
            for start in range(0, len(group), most):
                units = tuple(Unit(v, stage, form, 0, i) for v, i in group[start : start + most])
                found.append(Batch(0, QueueKey("x", stage, form), units, ClosedBy.FULL))
    return found


def _stages(plan: BundlePlan) -> Iterator[tuple[Stage, Form, int]]:
    """Each stage that has a network, its form, and its units of one video."""
    course = plan.course(Options())
    counts = {
        Stage.GLANCE: (Form.WHOLE, plan.glances),
        Stage.POLICY: (course.policy, plan.steps if course.policy is Form.STEP else 1),
        Stage.FOCUS: (Form.WHOLE, plan.focuses),
        Stage.CLASSIFY: (course.classifier, plan.steps if course.classifier is Form.STEP else 1),
    }
    for stage, (form, count) in counts.items():
        if form is not None and plan.network(stage) is not None:
            yield stage, form, count
