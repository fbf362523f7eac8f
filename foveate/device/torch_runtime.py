"""Running a bundle's graphs with torch: on device tensors for the device path, on arrays like any runtime."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from foveate.bundle.manifest import Graph
from foveate.device.protocol import Stream
from foveate.device.torch_graph import TorchGraph
from foveate.engine.messages import Stage
from foveate.runtimes.base import LoadedGraph, RuntimeInfo, Tensor

_SEEING = (Stage.GLANCE, Stage.FOCUS)


class TorchRuntime:
    """Runs graphs as torch modules; see ``Runtime`` and ``GraphLoader``.

    Args:
        device: where the weights go.
        half: run glance and focus in half precision even where the bundle has them in float32. Policy and
            classifier run as they are: a patch must not move.
        reason: why this runtime was chosen.
    """

    def __init__(
        self, device: torch.device, half: bool = False, reason: str = "the runtime that was asked for"
    ) -> None:
        self._device, self._half, self._reason = device, half, reason
        self._loaded: dict[tuple[Path, bool], TorchGraph] = {}
        # Float32 must mean float32 for a policy's convolutions, which torch would run in TF32 on a GPU.
        torch.backends.cudnn.allow_tf32 = False

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        precision = ", glance and focus in half precision" if self._half else ""
        return RuntimeInfo(f"torch {torch.__version__}{precision}", str(self._device), self._reason)

    def load(
        self, path: Path, graph: Graph, stage: Stage | None = None, stream: Stream | None = None
    ) -> TorchGraph:
        """See ``GraphLoader.load``; lanes share what is loaded once."""
        half = self._half and stage in _SEEING
        if (path, half) not in self._loaded:
            self._loaded[path, half] = TorchGraph(path, graph, self._device, half)
        return self._loaded[path, half]


class OnArrays:
    """A torch graph between arrays in host memory; see ``LoadedGraph``."""

    def __init__(self, graph: TorchGraph, device: torch.device) -> None:
        self._graph, self._device = graph, device

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Run one batch and wait for it."""
        with torch.no_grad():
            tensors = {name: torch.from_numpy(value).to(self._device) for name, value in inputs.items()}
            return [value.cpu().numpy() for value in self._graph.run(tensors)]


class TorchArrayRuntime:
    """The same on arrays, for comparing with other runtimes; see ``Runtime``.

    Args:
        device: where the graphs run.
    """

    def __init__(self, device: torch.device) -> None:
        self._device, self._runtime = device, TorchRuntime(device)

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return self._runtime.info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """See ``Runtime.load``."""
        return OnArrays(self._runtime.load(path, graph), self._device)
