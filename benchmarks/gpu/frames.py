"""Frames to measure with: random bytes, for a GPU is quicker with zeros, in memory that it can copy from."""

import sys
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from foveate.device.cuda import CudaBuffer, CudaDevice
from foveate.device.executors import DeviceExecutors
from foveate.device.protocol import Buffer
from foveate.device.runtime import GpuRuntime, GraphsBy
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.base import Runtime
from foveate.video.slab import Slab

_AT_ONCE = 256


class DeviceRuntime(Runtime, Protocol):
    """A runtime that keeps batches on its device; ``GpuRuntime`` is one."""

    def open_device(self, slab: NDArray[Any], rules: LaneRules, videos: int) -> DeviceExecutors:
        """See ``OpensDevice.open_device``."""
        ...


def fill(memory: NDArray[np.uint8]) -> None:
    """Write random bytes everywhere, the same each time.

    Args:
        memory: (pages, page bytes).
    """
    drawn = np.random.default_rng(0)
    for first in range(0, len(memory), _AT_ONCE):
        block = memory[first : first + _AT_ONCE]
        block[:] = drawn.integers(0, 256, block.shape, np.uint8)


def opened(
    page_bytes: int,
    pages: int,
    runtime: DeviceRuntime,
    locked: Callable[[], DeviceRuntime],
    rules: LaneRules,
    videos: int,
) -> tuple[NDArray[np.uint8], DeviceExecutors]:
    """Frames, and a device that is ready for them.

    Args:
        page_bytes: bytes of a frame.
        pages: frames.
        runtime: opens the device on a slab as a server has it, which is yet to be page-locked.
        locked: makes one that takes memory which torch has page-locked, for where the slab cannot be; what
            is measured is the same.
        rules: the runtime's.
        videos: videos in flight.

    Returns:
        (pages, page bytes), and the device.
    """
    memory = Slab(page_bytes, pages).array()
    fill(memory)
    executors = runtime.open_device(memory, rules, videos)
    if executors.pinned:
        return memory, executors
    print("WARNING: measured from other page-locked memory than a slab", file=sys.stderr, flush=True)
    executors.close()
    memory = torch.empty((pages, page_bytes), dtype=torch.uint8, pin_memory=torch.cuda.is_available()).numpy()
    fill(memory)
    return memory, locked().open_device(memory, rules, videos)


class LockedRuntime(GpuRuntime):
    """A GPU that takes memory as page-locked already; see ``GpuRuntime``."""

    def __init__(self, index: int, graphs_by: GraphsBy, half: bool) -> None:
        super().__init__(index, graphs_by, half)
        self._device = LockedDevice(index)


class LockedDevice(CudaDevice):
    """See ``LockedRuntime``."""

    def register(self, memory: NDArray[Any]) -> Buffer:
        """The memory as it is."""
        return CudaBuffer(torch.from_numpy(memory))
