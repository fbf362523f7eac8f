"""Videos through an engine of their own, on the CPU or a device, until the last of them has ended."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.load import Bundle
from foveate.engine.engine import Engine
from foveate.engine.executor import OpensDevice
from foveate.engine.messages import Answer, Event, Failure, Released, Submit
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.base import Runtime
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime

_TIMEOUT_S = 1800.0


class Ended:
    """How videos ended: takes the engine's events until all are released.

    Args:
        awaited: videos.

    Attributes:
        answers: by the videos' names.
        failures: the same.
    """

    def __init__(self, awaited: int) -> None:
        self.answers: dict[str, Answer] = {}
        self.failures: dict[str, Failure] = {}
        self._left = awaited
        self._done = threading.Event()

    def take(self, events: Sequence[Event]) -> None:
        """Take some events."""
        for event in events:
            if isinstance(event, Answer):
                self.answers[event.id] = event
            elif isinstance(event, Failure):
                self.failures[event.id] = event
            elif isinstance(event, Released):
                self._left -= 1
        if self._left <= 0:
            self._done.set()

    def wait(self) -> bool:
        """Whether all have ended, and in time."""
        return self._done.wait(_TIMEOUT_S)


def run_in_engine(
    bundles: Mapping[str, Bundle],
    pages: Sequence[NDArray[np.uint8]],
    submits: Sequence[Submit],
    rules: LaneRules,
    runtime: Runtime | None = None,
) -> Ended:
    """Run videos; all are submitted before the first batch is formed.

    Args:
        bundles: by the names that the videos are submitted to.
        pages: every frame (height, width, 3), by its page number.
        submits: the videos.
        rules: the engine's; a device's own are made of them.
        runtime: what runs the graphs; None for the CPU.

    Returns:
        How they ended; a video that did not end in time is in neither.

    Raises:
        FoveateError: a bundle cannot be loaded.
    """
    runtime, make, device = runtime or OnnxCpuRuntime(), None, None
    if isinstance(runtime, OpensDevice):
        rules = runtime.rules(rules)
        device = runtime.open_device(_slab(pages), rules, len(submits))
        make = device.make
    ended = Ended(len(submits))
    engine = Engine(runtime, rules, lambda page, _: pages[page], ended.take, make_executor=make)
    for name, bundle in bundles.items():
        engine.add_bundle(name, bundle)
    for submit in submits:
        engine.handle(submit)
    engine.start()
    ended.wait()
    if engine.close() and device is not None:
        device.close()
    return ended


def _slab(pages: Sequence[NDArray[Any]]) -> NDArray[np.uint8]:
    """The frames as pages of one size."""
    slab = np.zeros((len(pages), max(frame.size for frame in pages)), np.uint8)
    for page, frame in zip(slab, pages, strict=True):
        page[: frame.size] = frame.reshape(-1)
    return slab
