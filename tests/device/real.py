"""A real bundle through the engine, on a fake device or on the CPU."""

import queue
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.load import Bundle
from foveate.device.executors import DeviceExecutors
from foveate.device.graph import GraphLoader
from foveate.device.pixels import look_on_host
from foveate.engine.engine import Engine
from foveate.engine.executor import MakeExecutor
from foveate.engine.messages import Answer, Event, Options, Submit
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.device.fake import FakeDevice

RULES = LaneRules(lanes=1, max_frames=3, max_videos=1, share=False)


def frames_of(bundle: Bundle) -> NDArray[Any]:
    """A slab of noise that holds one video."""
    crop, views = bundle.manifest.preprocessing.crop, len(bundle.manifest.preprocessing.views)
    pages = bundle.manifest.sampling.pool * views
    return np.random.default_rng(4).integers(0, 256, (pages, crop * crop * 3), np.uint8)


def answer(bundle: Bundle, loader: GraphLoader | None) -> Answer:
    """The answer to a video of noise; with a loader on a fake device, without one on the CPU."""
    memory = frames_of(bundle)
    executors = loader and DeviceExecutors(FakeDevice(), memory, loader, look_on_host, RULES, videos=1)
    return run_one(bundle, memory, RULES, executors.make if executors else None)


def run_one(bundle: Bundle, memory: NDArray[Any], rules: LaneRules, make: MakeExecutor | None) -> Answer:
    """Run the video that lies in a slab through an engine."""
    found = queue.Queue[Sequence[Event]]()
    engine = Engine(
        OnnxCpuRuntime(),
        rules,
        lambda page, shape: memory[page].reshape(shape),
        found.put,
        make_executor=make,
    )
    engine.add_bundle("x", bundle)
    engine.start()
    pool = bundle.manifest.sampling.pool
    pages = tuple(tuple(range(first, first + pool)) for first in range(0, len(memory), pool))
    engine.handle(Submit("v", "x", pages, Options(every_step=True)))
    (event, _) = found.get(timeout=60)
    assert engine.close()
    assert isinstance(event, Answer)
    return event
