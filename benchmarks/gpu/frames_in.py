"""Videos a second through the engine, their frames already in the slab: no decoding, no HTTP."""

import queue
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.load import Bundle
from foveate.engine.engine import Engine
from foveate.engine.executor import MakeExecutor
from foveate.engine.messages import Event, Failure, Options, Released, Submit
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.errors import ExecutionError
from foveate.runtimes.base import Runtime


def frames_in(
    bundle: Bundle,
    memory: NDArray[np.uint8],
    runtime: Runtime,
    make: MakeExecutor | None,
    rules: LaneRules,
    in_flight: int,
    seconds: float,
) -> dict[str, float]:
    """Keep so many videos in flight for a while.

    Args:
        bundle: the bundle.
        memory: the frames of as many videos, one after the other: (pages, bytes of a frame).
        runtime: runs the graphs where ``make`` is None.
        make: makes a device's executor.
        rules: the engine's.
        in_flight: videos in flight.
        seconds: how long, after the first round.

    Returns:
        ``videos_per_s`` and ``multiply_adds_per_s``, after a first round of all videos.

    Raises:
        ExecutionError: a video failed.
    """
    events = queue.SimpleQueue[Sequence[Event]]()

    def page(number: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        frame: NDArray[np.uint8] = memory[number]
        return frame.reshape(shape)

    engine = Engine(runtime, rules, page, events.put, make_executor=make)
    engine.add_bundle("x", bundle)
    engine.start()
    plan = BundlePlan.of(bundle.manifest)
    rate = _rate(engine, plan, events, in_flight, seconds)
    engine.close()
    return {"videos_per_s": rate, "multiply_adds_per_s": rate * plan.manifest.cost.nominal[-1]}


def _rate(
    engine: Engine,
    plan: BundlePlan,
    events: queue.SimpleQueue[Sequence[Event]],
    in_flight: int,
    seconds: float,
) -> float:
    ended = 0
    for video in range(in_flight):
        engine.handle(Submit(str(video), "x", _pages(plan, video), Options()))
    started = time.perf_counter()
    while ended < in_flight or time.perf_counter() - started < seconds:
        for event in events.get():
            if isinstance(event, Failure):
                raise ExecutionError(f"a video failed: {event.error}")
            if isinstance(event, Released):
                ended += 1
                started = time.perf_counter() if ended == in_flight else started
                engine.handle(Submit(event.id, "x", _pages(plan, int(event.id)), Options()))
    return (ended - in_flight) / (time.perf_counter() - started)


def _pages(plan: BundlePlan, video: int) -> tuple[tuple[int, ...], ...]:
    pool = plan.manifest.sampling.pool
    first = video * pool * plan.views
    return tuple(tuple(range(first + v * pool, first + (v + 1) * pool)) for v in range(plan.views))
