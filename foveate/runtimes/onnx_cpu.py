"""ONNX Runtime on the CPU: the embedded default."""

from pathlib import Path

import onnxruntime

from foveate.bundle.manifest import Graph
from foveate.errors import BundleError
from foveate.runtimes.base import LoadedGraph, PassedOver, RuntimeInfo
from foveate.runtimes.onnx_session import open_session
from foveate.runtimes.weights import in_bf16
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
        """Load an ONNX file; see ``Runtime.load``.

        Raises:
            BundleError: it is in bfloat16, which ONNX Runtime has no convolutions for on a CPU.
        """
        try:
            return open_session(path, graph, [(_PROVIDER, {})])
        except BundleError:
            if not in_bf16(path):
                raise
            raise BundleError(
                f"{path} is in bf16, which ONNX Runtime does not run on a CPU: serve it on a GPU by "
                "tensorrt, tensorrt-rtx or torch, or export it as fp32 or fp16"
            ) from None


def make(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> OnnxCpuRuntime:
    """The runtime for the chain; see ``choose``."""
    return OnnxCpuRuntime(reason, passed_over)
