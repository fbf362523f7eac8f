"""ONNX Runtime's CUDA provider on the device path's own tensors and streams.

Inputs and outputs are bound to device memory, so nothing passes through the host; a session works on one
lane's stream, so each lane has its own. Not captured. Written to the documented interface, its binding run on
the CPU provider; not yet run on a GPU.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from foveate.bundle.manifest import Graph
from foveate.device.protocol import Stream
from foveate.engine.messages import Stage
from foveate.runtimes.base import RuntimeInfo
from foveate.runtimes.onnx_session import checked_session

CUDA = "CUDAExecutionProvider"
_TYPES = {torch.float32: np.float32, torch.float16: np.float16, torch.int64: np.int64}
_OF_NAME = {"float32": torch.float32, "float16": torch.float16, "int64": torch.int64}


class BoundGraph:
    """A session whose inputs and outputs are bound to tensors; see ``DeviceGraph``.

    Args:
        session: the session.
        graph: what the manifest says of it.
        device: where its tensors are.
    """

    capturable = False
    pixel_type = torch.float32
    pixel_layout = torch.contiguous_format

    def __init__(self, session: Any, graph: Graph, device: torch.device) -> None:
        self._session, self._graph, self._device = session, graph, device
        self._options = onnxruntime.RunOptions()
        # The lane waits for its own event; the library need not wait as well.
        self._options.add_run_config_entry("disable_synchronize_execution_providers", "1")

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """See ``DeviceGraph.run``."""
        binding = self._session.io_binding()
        index, kept = self._device.index or 0, []
        for port in self._graph.inputs:
            value = inputs[port.name].contiguous()
            kept.append(value)
            kind, shape = _TYPES[value.dtype], tuple(value.shape)
            binding.bind_input(port.name, self._device.type, index, kind, shape, value.data_ptr())
        count, outputs = len(kept[0]), []
        for output in self._graph.outputs:
            value = torch.empty(
                (count, *output.shape), dtype=_OF_NAME[output.dtype.value], device=self._device
            )
            outputs.append(value)
            kind, shape = _TYPES[value.dtype], tuple(value.shape)
            binding.bind_output(output.name, self._device.type, index, kind, shape, value.data_ptr())
        self._session.run_with_iobinding(binding, self._options)
        return outputs


class OnnxCudaLoader:
    """Loads graphs into sessions that work on a lane's stream; see ``GraphLoader``.

    Args:
        device: where.
        provider: ONNX Runtime's; another than CUDA's is for tests.
        reason: why this runtime was chosen.
    """

    def __init__(
        self, device: torch.device, provider: str = CUDA, reason: str = "the runtime that was asked for"
    ) -> None:
        self._device, self._provider, self._reason = device, provider, reason

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        name = f"onnxruntime {onnxruntime.__version__} ({self._provider}), bound to device memory"
        return RuntimeInfo(name, str(self._device), self._reason)

    def load(self, path: Path, graph: Graph, stage: Stage, stream: Stream) -> BoundGraph:
        """See ``GraphLoader.load``.

        Raises:
            BundleError: the file cannot be loaded, or its inputs and outputs are not the manifest's.
            ConfigError: the provider cannot be had; ONNX Runtime itself would fall back without a word.
        """
        session = checked_session(path, graph, [(self._provider, self._options(stream))])
        return BoundGraph(session, graph, self._device)

    def _options(self, stream: Stream) -> dict[str, str]:
        if self._provider != CUDA:
            return {}
        return {
            "device_id": str(self._device.index or 0),
            "user_compute_stream": str(stream.handle),
            "do_copy_in_default_stream": "1",
            # Every bucket is a shape of its own: an exhaustive search at each would take minutes.
            "cudnn_conv_algo_search": "HEURISTIC",
            "use_tf32": "0",
        }
