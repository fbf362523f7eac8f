"""ONNX Runtime on the CPU: the embedded default."""

from pathlib import Path

import onnxruntime

from foveate.bundle.manifest import Graph
from foveate.runtimes.base import LoadedGraph, PassedOver, RuntimeInfo
from foveate.runtimes.onnx_session import open_session
from foveate.runtimes.wish import Wish

_PROVIDER = "CPUExecutionProvider"


class OnnxCpuRuntime:
    """One single-threaded session a graph, called by every lane.

    A session of one thread called from two lanes is as fast as two sessions, and holds the weights once.
    """

    def __init__(
        self, reason: str = "the only device asked for", passed_over: tuple[PassedOver, ...] = ()
    ) -> None:
        self._reason = reason
        self._passed_over = passed_over

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        name = f"onnxruntime {onnxruntime.__version__} ({_PROVIDER})"
        return RuntimeInfo(name, "cpu", self._reason, self._passed_over)

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load an ONNX file; see ``Runtime.load``."""
        return open_session(path, graph, [(_PROVIDER, {})])


def make(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> OnnxCpuRuntime:
    """The runtime for the chain; see ``choose``."""
    return OnnxCpuRuntime(reason, passed_over)
