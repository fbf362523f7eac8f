"""A runtime that opens a fake device."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Graph
from foveate.device.executors import DeviceExecutors
from foveate.device.graph import GraphLoader
from foveate.device.pixels import look_on_host
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.base import LoadedGraph, RuntimeInfo
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.device.fake import FakeDevice


class OnFake:
    """A runtime that keeps batches on a fake device."""

    def __init__(self, loader: GraphLoader) -> None:
        self._loader = loader
        self.device = FakeDevice()
        self.opened: DeviceExecutors | None = None
        self.info = RuntimeInfo("a fake", "none", "a test asked for it")

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        return OnnxCpuRuntime().load(path, graph)

    def rules(self, rules: LaneRules) -> LaneRules:
        return LaneRules(lanes=2, max_frames=4, max_videos=1, share=False)

    def open_device(self, slab: NDArray[np.uint8], rules: LaneRules, videos: int) -> DeviceExecutors:
        self.opened = DeviceExecutors(self.device, slab, self._loader, look_on_host, rules, videos)
        return self.opened
