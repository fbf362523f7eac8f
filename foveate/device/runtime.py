"""A GPU as a runtime that keeps batches on it. Not yet run on one."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from numpy.typing import NDArray

from foveate.bundle.manifest import Graph
from foveate.device.cuda import CudaDevice
from foveate.device.executors import DeviceExecutors
from foveate.device.graph import GraphLoader
from foveate.device.onnx_cuda import OnnxCudaLoader
from foveate.device.torch_runtime import TorchArrayRuntime, TorchRuntime
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.base import LoadedGraph, PassedOver, RuntimeInfo

_SWITCH_S = 2e-4
"""How long a thread may hold the interpreter while another asks for it: lanes ask often and hold it briefly,
and at Python's 5 ms the GPU would wait for the one that its batch is due from."""

GraphsBy = Literal["torch", "onnxruntime"]
"""``torch`` captures its graphs; ONNX Runtime's CUDA provider works on the same memory without."""


class GpuRuntime:
    """One GPU; see ``foveate.engine.executor.OpensDevice``.

    Args:
        index: which GPU.
        graphs_by: what runs the graphs.
        half: with torch, run glance and focus in half precision whatever the bundle has them in. A bundle
            that was exported in half precision needs no such thing, and has been held to its choices.
        reason: why this runtime was chosen.
        passed_over: what was tried before it.

    Raises:
        ConfigError: there is no such GPU.
    """

    def __init__(
        self,
        index: int = 0,
        graphs_by: GraphsBy = "torch",
        half: bool = False,
        reason: str = "the runtime that was asked for",
        passed_over: tuple[PassedOver, ...] = (),
    ) -> None:
        self._device, self._where = CudaDevice(index), torch.device("cuda", index)
        self._loader: GraphLoader
        if graphs_by == "torch":
            loader = TorchRuntime(self._where, half, reason)
            self._loader, info = loader, loader.info
        else:
            bound = OnnxCudaLoader(self._where, reason=reason)
            self._loader, info = bound, bound.info
        self._info = RuntimeInfo(info.name, self._device.name, reason, passed_over)

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return self._info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """A graph between arrays in host memory, in torch; the engine does not need it."""
        return TorchArrayRuntime(self._where).load(path, graph)

    def rules(self, rules: LaneRules) -> LaneRules:
        """As many batches in flight as there were, each filled before another is begun."""
        return replace(rules, share=False, full=True)

    def open_device(
        self, slab: NDArray[Any], rules: LaneRules, videos: int, slots: int | None = None
    ) -> DeviceExecutors:
        """Pin a slab, where the system lets us, and make ready for bundles.

        Args:
            slab: (pages, page bytes) uint8, the decode slab.
            rules: the engine's.
            videos: videos of one bundle that may be in flight.
            slots: device slots for frames; as many as pages by default.

        Raises:
            DeviceError: the device has no room for the slots.
            ImportError: Triton is not installed.
        """
        # Triton is loaded no sooner: it is slow to start, and looks for a driver.
        from foveate.device.kernels.look import look

        sys.setswitchinterval(_SWITCH_S)
        return DeviceExecutors(self._device, slab, self._loader, look, rules, videos, slots)
