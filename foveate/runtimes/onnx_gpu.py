"""ONNX Runtime on a GPU, by its CUDA provider.

Not run on a GPU yet: written to ONNX Runtime's documented options, tested with the library replaced.
"""

import io
import logging
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import onnxruntime

from foveate.bundle.manifest import Graph
from foveate.runtimes.base import LoadedGraph, PassedOver, RuntimeInfo
from foveate.runtimes.gpu import Gpu, find_gpu
from foveate.runtimes.onnx_session import Provider, open_session
from foveate.runtimes.wish import Wish

log = logging.getLogger(__name__)

CUDA, TENSORRT, CPU = "CUDAExecutionProvider", "TensorrtExecutionProvider", "CPUExecutionProvider"


@dataclass(frozen=True, slots=True)
class CudaOptions:
    """Options of the CUDA provider that somebody may have a reason to change.

    Attributes:
        convolution_search: how cuDNN picks an algorithm. EXHAUSTIVE measures all for every new shape and
            takes their workspace; batches here come in many sizes, so the rule of thumb is the default.
        tf32: products of float32 in TensorFloat-32. Off, so that a plan is the one a CPU makes.
        arena: how the memory arena grows; kSameAsRequested takes no more than was asked for.
        memory_limit: most bytes of the arena; 0 for all there is.
        stream: address of the CUDA stream that everything runs in; None for one of its own.
    """

    convolution_search: str = "HEURISTIC"
    tf32: bool = False
    arena: str = "kSameAsRequested"
    memory_limit: int = 0
    stream: int | None = None


def cuda_provider(device: int, options: CudaOptions) -> Provider:
    """The CUDA provider with its options."""
    given = {
        "device_id": str(device),
        "cudnn_conv_algo_search": options.convolution_search,
        "use_tf32": str(int(options.tf32)),
        "arena_extend_strategy": options.arena,
    }
    if options.memory_limit:
        given["gpu_mem_limit"] = str(options.memory_limit)
    if options.stream is not None:
        given["user_compute_stream"] = str(options.stream)
    return CUDA, given


class OnnxGpuRuntime:
    """Sessions of the CUDA provider on one GPU.

    Args:
        gpu: where they run.
        reason: why this runtime.
        passed_over: what was tried before it.
        options: of the provider.
    """

    def __init__(
        self,
        gpu: Gpu,
        reason: str,
        passed_over: tuple[PassedOver, ...] = (),
        options: CudaOptions | None = None,
    ) -> None:
        self._cuda = cuda_provider(gpu.index, options or CudaOptions())
        self._info = gpu_info(CUDA, gpu, reason, passed_over)

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return self._info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load an ONNX file; see ``Runtime.load``.

        Raises:
            ConfigError: the provider is not there; ONNX Runtime would have gone on without it.
        """
        return open_session(path, graph, [self._cuda, (CPU, {})])


def gpu_info(provider: str, gpu: Gpu, reason: str, passed_over: tuple[PassedOver, ...]) -> RuntimeInfo:
    """What a provider on a GPU is called."""
    name = f"onnxruntime {onnxruntime.__version__} ({provider})"
    return RuntimeInfo(name, f"cuda:{gpu.index} ({gpu.name})", reason, passed_over)


def why_not(provider: str) -> str | None:
    """Why a provider cannot be had, without opening anything; None where nothing speaks against it."""
    if provider not in onnxruntime.get_available_providers():
        return f"this ONNX Runtime was built without {provider}; the extra 'gpu' installs one with it"
    return None


def load_cuda_libraries() -> None:
    """Load CUDA and cuDNN from the wheels they come in, where no path of the loader leads.

    What is not there is left to the loader; a provider that lacks it is missed when a graph is opened.
    """
    said = io.StringIO()
    with redirect_stdout(said):  # it prints what it does not find
        onnxruntime.preload_dlls()
    for line in said.getvalue().splitlines():
        log.debug("%s", line)


def make(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> OnnxGpuRuntime:
    """The CUDA provider for the chain; see ``choose``."""
    gpu = find_gpu(wish.device)
    load_cuda_libraries()
    return OnnxGpuRuntime(gpu, reason, passed_over)
