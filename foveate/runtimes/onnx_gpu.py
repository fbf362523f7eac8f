"""ONNX Runtime on a GPU: its CUDA provider, and its TensorRT provider before it.

Not run on a GPU yet: written to ONNX Runtime's documented options, tested with the library replaced.
"""

from dataclasses import dataclass
from pathlib import Path

import onnxruntime

from foveate.bundle.load import untrained_bundle
from foveate.bundle.manifest import Graph
from foveate.runtimes.base import LoadedGraph, PassedOver, RuntimeInfo
from foveate.runtimes.gpu import Gpu, find_gpu
from foveate.runtimes.onnx_session import Provider, open_session, raw_session
from foveate.runtimes.weights import weight_precision
from foveate.runtimes.wish import Wish

CUDA, TENSORRT, CPU = "CUDAExecutionProvider", "TensorrtExecutionProvider", "CPUExecutionProvider"
_TRIAL = "classifier_step.onnx"
"""A small graph of the embedded bundle, opened to see whether a provider is really there."""


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


def tensorrt_provider(path: Path, graph: Graph, wish: Wish) -> Provider:
    """The TensorRT provider for one graph: engines kept, and built for every batch size at once.

    Without profiles it builds anew for each new size, for minutes, while requests wait.
    """
    cache = wish.engine_cache / "onnxruntime"
    most = wish.most_units(graph)
    return TENSORRT, {
        "device_id": str(wish.device),
        # Otherwise weights in half precision are run in float32; float32 ones must not become half.
        "trt_fp16_enable": str(int(weight_precision(path) == "fp16")),
        "trt_bf16_enable": str(int(weight_precision(path) == "bf16")),
        "trt_int8_enable": str(int(weight_precision(path) == "int8")),
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(cache),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(cache),
        "trt_profile_min_shapes": _shapes(graph, 1),
        "trt_profile_opt_shapes": _shapes(graph, most),
        "trt_profile_max_shapes": _shapes(graph, most),
    }


def _shapes(graph: Graph, units: int) -> str:
    return ",".join(f"{p.name}:{'x'.join(map(str, (units, *p.shape)))}" for p in graph.inputs)


class OnnxGpuRuntime:
    """Sessions on one GPU.

    Args:
        wish: what is asked.
        gpu: where they run.
        tensorrt: whether the TensorRT provider is put before the CUDA provider.
        reason: why this runtime.
        passed_over: what was tried before it.
        options: of the CUDA provider.
    """

    def __init__(
        self,
        wish: Wish,
        gpu: Gpu,
        tensorrt: bool,
        reason: str,
        passed_over: tuple[PassedOver, ...] = (),
        options: CudaOptions | None = None,
    ) -> None:
        self._wish = wish
        self._tensorrt = tensorrt
        self._cuda = cuda_provider(gpu.index, options or CudaOptions())
        name = f"onnxruntime {onnxruntime.__version__} ({TENSORRT if tensorrt else CUDA})"
        device = f"cuda:{gpu.index} ({gpu.name})"
        self._info = RuntimeInfo(name, device, reason, passed_over)

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return self._info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load an ONNX file; see ``Runtime.load``.

        Raises:
            ConfigError: the provider is not there; ONNX Runtime would have gone on without it.
        """
        providers = [self._cuda, (CPU, {})]
        if self._tensorrt:
            (self._wish.engine_cache / "onnxruntime").mkdir(parents=True, exist_ok=True)
            providers.insert(0, tensorrt_provider(path, graph, self._wish))
        return open_session(path, graph, providers)


def why_not(provider: str) -> str | None:
    """Why a provider cannot be had, without opening anything; None where nothing speaks against it."""
    if provider not in onnxruntime.get_available_providers():
        return f"this ONNX Runtime was built without {provider}; the extra 'gpu' installs one with it"
    return None


def make_cuda(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> OnnxGpuRuntime:
    """The CUDA provider for the chain; see ``choose``."""
    return _make(wish, False, reason, passed_over)


def make_tensorrt(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> OnnxGpuRuntime:
    """The TensorRT provider for the chain; see ``choose``."""
    return _make(wish, True, reason, passed_over)


def _make(wish: Wish, tensorrt: bool, reason: str, passed_over: tuple[PassedOver, ...]) -> OnnxGpuRuntime:
    gpu = find_gpu(wish.device)
    provider = (TENSORRT if tensorrt else CUDA, {"device_id": str(wish.device)})
    raw_session(untrained_bundle() / _TRIAL, [provider])
    return OnnxGpuRuntime(wish, gpu, tensorrt, reason, passed_over)
